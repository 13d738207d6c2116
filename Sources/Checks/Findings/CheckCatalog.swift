// SPDX-License-Identifier: Apache-2.0
import Profiles

/// The one table of checks.
///
/// A new check is a case of `CheckName`, for which the compiler then asks here; a measure of drift
/// also a line in `DriftMeasures.all`. A row in `docs/reference/checks.md` is asked for by a test.
package enum CheckCatalog {
  package static func definition(of check: CheckName) -> CheckDefinition {
    switch check {
    case .psi: psi
    case .ks: ks
    case .wasserstein: wasserstein
    case .jensenShannon: jensenShannon
    case .chiSquare: chiSquare
    case .missing: missing
    case .stuck: stuck
    case .newValues: newValues
    case .outOfRange: outOfRange
    case .volume: volume
    case .coverage: coverage
    case .scorePSI: scorePSI
    case .prevalence: prevalence
    case .accuracy: accuracy
    case .recall: recall
    case .precision: precision
    case .f1: f1
    case .auc: auc
    case .aucPR: aucPR
    case .lift: lift
    case .brier: brier
    case .logLoss: logLoss
    case .calibrationLevel: calibrationLevel
    case .calibrationSlope: calibrationSlope
    case .ece: ece
    case .recallDecay: recallDecay
    case .calibrationDecay: calibrationDecay
    case .labelFeed: labelFeed
    case .smoothECE: smoothECE
    case .spiegelhalter: spiegelhalter
    case .estimatedRecall: estimatedRecall
    case .estimatedAUC: estimatedAUC
    case .estimatedPrevalence: estimatedPrevalence
    }
  }
}

extension CheckCatalog {
  private static let divergenceInterval =
    "the wider of the delta method's and the noncentral χ² law's"

  private static let psi = distance(
    "population stability index",
    .unbounded,
    evidence: .law,
    interval: divergenceInterval
  )
  private static let ks = distance(
    "Kolmogorov–Smirnov distance",
    .share,
    interval: "Dvoretzky–Kiefer–Wolfowitz bands of both samples"
  )
  private static let wasserstein = distance(
    "Wasserstein distance",
    .standardDeviations,
    interval: nil
  )
  private static let jensenShannon = distance(
    "Jensen–Shannon distance",
    .bounded,
    interval: divergenceInterval
  )
  private static let chiSquare = distance("Cramér's V", .bounded, interval: nil)
  private static let missing = rowShare("share of missing values", symptom: .brokenData)
  private static let stuck = rowShare("share of rows with one value", symptom: .brokenData)
  private static let newValues = rowShare("share of new values", symptom: nil)
  private static let outOfRange = rowShare("share of values out of range", symptom: nil)

  private static let scorePSI = CheckDefinition(
    title: CheckDefinition.Title("population stability index of the score"),
    kind: .scoreDrift,
    unit: .unbounded,
    worse: .higher,
    isDistance: true,
    subject: Subject.scoreName,
    evidence: .law,
    interval: divergenceInterval,
    designEffect: nil,
    symptom: nil
  )
  private static let volume = amount(
    "predictions a day",
    .rowsPerDay,
    interval: "normal, of a count as uneven as the reference's days"
  )
  private static let coverage = amount("share of the customers who were scored", .share)

  /// A distance between two distributions of a feature.
  private static func distance(
    _ title: String,
    _ unit: CheckDefinition.Unit,
    evidence: CheckDefinition.Evidence = .interval,
    interval: String?
  ) -> CheckDefinition {
    CheckDefinition(
      title: CheckDefinition.Title(title),
      kind: .dataDrift,
      unit: unit,
      worse: .higher,
      isDistance: true,
      subject: nil,
      evidence: evidence,
      interval: interval,
      designEffect: nil,
      symptom: nil
    )
  }

  /// A share of a feature's rows.
  private static func rowShare(
    _ title: String,
    symptom: CheckDefinition.Symptom?
  ) -> CheckDefinition {
    CheckDefinition(
      title: CheckDefinition.Title(title),
      kind: .dataDrift,
      unit: .share,
      worse: .higher,
      isDistance: false,
      subject: nil,
      evidence: .rowShare,
      interval: "Wilson",
      designEffect: nil,
      symptom: symptom
    )
  }

  /// How many predictions there are.
  private static func amount(
    _ title: String,
    _ unit: CheckDefinition.Unit,
    interval: String? = nil
  ) -> CheckDefinition {
    CheckDefinition(
      title: CheckDefinition.Title(title),
      kind: .volume,
      unit: unit,
      worse: .lower,
      isDistance: false,
      subject: Subject.scoreName,
      evidence: .interval,
      interval: interval,
      designEffect: nil,
      symptom: .brokenData
    )
  }
}
