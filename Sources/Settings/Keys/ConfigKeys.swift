// SPDX-License-Identifier: Apache-2.0

/// Every key of `plumbline.yaml`, from the lists that the readers themselves use.
package enum ConfigKeys {
  package static let all: [ConfigSection] =
    [
      ConfigSection("", SettingsFile.keys),
      ConfigSection("include[]", SettingsFile.includedKeys),
      ConfigSection("models[]", ModelReader.keys),
      ConfigSection("models[].predictions", ModelReader.predictionKeys),
      ConfigSection("models[].outcomes", ModelReader.outcomeKeys),
      ConfigSection("models[].customers", ModelReader.customerKeys),
      ConfigSection("models[].treatment", ModelReader.treatmentKeys),
      ConfigSection("models[].decision", ModelReader.decisionKeys),
      ConfigSection("models[].decision.thresholds[]", ModelReader.thresholdKeys),
      ConfigSection("models[].features", ModelReader.featureKeys),
      ConfigSection("models[].reference[]", ModelReader.rangeKeys),
      ConfigSection("models[].reference", ModelReader.trailingKeys + ModelReader.trainingKeys),
      ConfigSection("models[].retention", ModelReader.retentionKeys),
    ] + retraining + alerting + experiments + [ConfigSection("*", Secret.keys)]

  private static let retraining = [
    ConfigSection("models[].retraining", RetrainingReader.keys),
    ConfigSection("models[].retraining.budget", RetrainingReader.budgetKeys),
    ConfigSection("models[].retraining.gate", RetrainingReader.gateKeys),
    ConfigSection("models[].retraining.registry", RetrainingReader.registryKeys),
  ]

  private static let alerting = [
    ConfigSection("alerting", AlertingReader.keys),
    ConfigSection("alerting.budget", AlertingReader.budgetKeys),
    ConfigSection("alerting.channels[]", AlertingReader.channelKeys),
  ]

  private static let experiments = [
    ConfigSection("experiments[]", ExperimentReader.keys),
    ConfigSection("experiments[].assignments", ExperimentReader.assignmentKeys),
    ConfigSection("experiments[].metrics[]", ExperimentReader.metricKeys),
    ConfigSection("experiments[].value", ExperimentReader.priceKeys),
    ConfigSection("experiments[].cost", ExperimentReader.costKeys),
    ConfigSection("experiments[].exposures", ExperimentReader.exposureKeys),
    ConfigSection("experiments[].candidates", ExperimentReader.candidateKeys),
  ]
}
