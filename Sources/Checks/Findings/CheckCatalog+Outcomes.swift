// SPDX-License-Identifier: Apache-2.0
import Profiles

/// Checks that measure performance once labels are there.
extension CheckCatalog {
  static let prevalence = CheckDefinition(
    title: CheckDefinition.Title("share of churners", heading: "churned"),
    kind: .performance,
    unit: .share,
    worse: .either,
    isDistance: false,
    subject: Subject.outcomeName,
    evidence: .interval,
    interval: "Wilson",
    designEffect: .prevalence,
    symptom: nil
  )
  static let accuracy = performance(
    CheckDefinition.Title("accuracy"),
    .share,
    interval: "Wilson",
    designEffect: .accuracy,
    symptom: .lostMeaning
  )
  static let recall = performance(
    CheckDefinition.Title("recall"),
    .share,
    interval: "Wilson",
    designEffect: .recall,
    symptom: .lostRanking
  )
  static let precision = performance(
    CheckDefinition.Title("precision"),
    .share,
    interval: "Wilson",
    designEffect: .precision,
    symptom: .lostMeaning
  )
  static let f1 = performance(
    CheckDefinition.Title("F1 score"),
    .bounded,
    interval: "Wilson, mapped",
    designEffect: .f1,
    symptom: .lostMeaning
  )
  static let auc = performance(
    CheckDefinition.Title("area under the ROC curve", heading: "AUC"),
    .probability,
    interval: "DeLong on the logit scale",
    designEffect: .auc,
    symptom: .lostRanking
  )
  /// Its law is that of a share of churners.
  static let aucPR = performance(
    CheckDefinition.Title("area under the precision–recall curve"),
    .bounded,
    interval: "logit, with as many trials as churners",
    designEffect: .recall,
    symptom: .lostRanking
  )
  static let lift = performance(
    CheckDefinition.Title("lift"),
    .ratio,
    interval: "delta method on the logarithm",
    designEffect: .lift,
    symptom: .lostMeaning
  )
  static let brier = performance(
    CheckDefinition.Title("Brier score"),
    .bounded,
    worse: .higher,
    interval: "normal",
    designEffect: .brier,
    symptom: .lostMeaning
  )
  static let logLoss = performance(
    CheckDefinition.Title("log loss"),
    .nats,
    worse: .higher,
    interval: "normal",
    designEffect: .logLoss,
    symptom: .lostMeaning
  )
  static let calibrationLevel = performance(
    CheckDefinition.Title(
      "calibration in the large",
      heading: "observed − predicted",
      narrowHeading: "calib."
    ),
    .signedShare,
    worse: .either,
    interval: "normal",
    designEffect: .calibrationLevel,
    symptom: .lostMeaning
  )
  static let calibrationSlope = performance(
    CheckDefinition.Title("calibration slope"),
    .slope,
    worse: .either,
    interval: "Wald",
    designEffect: .calibrationSlope,
    symptom: .lostMeaning
  )
  /// Its law is that of the level, bin by bin.
  static let ece = performance(
    CheckDefinition.Title("expected calibration error", heading: "ECE"),
    .share,
    worse: .higher,
    interval: "normal, less the bias",
    designEffect: .calibrationLevel,
    symptom: .lostMeaning
  )
  static let smoothECE = performance(
    CheckDefinition.Title("smooth calibration error"),
    .share,
    worse: .higher,
    interval: nil,
    designEffect: nil,
    symptom: nil
  )
  static let spiegelhalter = performance(
    CheckDefinition.Title("Spiegelhalter's Z"),
    .standardErrors,
    worse: .either,
    interval: nil,
    designEffect: .spiegelhalter,
    symptom: nil
  )

  private static func performance(
    _ title: CheckDefinition.Title,
    _ unit: CheckDefinition.Unit,
    worse: CheckDefinition.Direction = .lower,
    interval: String?,
    designEffect: CheckName?,
    symptom: CheckDefinition.Symptom?
  ) -> CheckDefinition {
    CheckDefinition(
      title: title,
      kind: .performance,
      unit: unit,
      worse: worse,
      isDistance: false,
      subject: Subject.scoreName,
      evidence: .interval,
      interval: interval,
      designEffect: designEffect,
      symptom: symptom
    )
  }
}

/// Checks of labels that are known early, and of what is expected before any is.
extension CheckCatalog {
  static let recallDecay = CheckDefinition(
    title: CheckDefinition.Title("recall of labels of the same age"),
    kind: .decay,
    unit: .share,
    worse: .lower,
    isDistance: false,
    subject: Subject.scoreName,
    evidence: .detector(.drop),
    interval: "Wilson",
    designEffect: .recall,
    symptom: .lostRanking
  )
  static let calibrationDecay = CheckDefinition(
    title: CheckDefinition.Title("churners over those expected from scores"),
    kind: .decay,
    unit: .ratio,
    worse: .either,
    isDistance: false,
    subject: Subject.scoreName,
    evidence: .detector(.oddsChange),
    interval: poissonInterval,
    designEffect: .calibrationLevel,
    symptom: .lostMeaning
  )
  static let labelFeed = CheckDefinition(
    title: CheckDefinition.Title("churn labels that arrived over those expected"),
    kind: .feed,
    unit: .ratio,
    worse: .lower,
    isDistance: false,
    subject: Subject.outcomeName,
    evidence: .interval,
    interval: poissonInterval,
    designEffect: nil,
    symptom: .brokenData
  )
  static let estimatedRecall = estimate(
    "estimated recall",
    .share,
    interval: "Poisson-binomial with the reference's error",
    of: .recall
  )
  static let estimatedAUC = estimate(
    "estimated area under the ROC curve",
    .probability,
    interval: "DeLong on both sides",
    of: .auc
  )
  static let estimatedPrevalence = estimate(
    "estimated share of churners",
    .share,
    worse: .either,
    interval: "Poisson-binomial with the reference's error",
    of: .prevalence
  )

  private static let poissonInterval = "Poisson with the reference's own error"

  /// What a metric will probably be; its design effect and its subject are the metric's.
  private static func estimate(
    _ title: String,
    _ unit: CheckDefinition.Unit,
    worse: CheckDefinition.Direction = .lower,
    interval: String,
    of metric: CheckName
  ) -> CheckDefinition {
    CheckDefinition(
      title: CheckDefinition.Title(title),
      kind: .estimate,
      unit: unit,
      worse: worse,
      isDistance: false,
      subject: definition(of: metric).subject,
      evidence: .interval,
      interval: interval,
      designEffect: metric,
      symptom: nil
    )
  }
}
