// SPDX-License-Identifier: Apache-2.0

/// The name of a check as rules, reports and JSON spell it; `CheckCatalog` says what it is.
package enum CheckName: String, Sendable, Hashable, Codable, CaseIterable {
  case psi, ks, wasserstein
  case jensenShannon = "jensen-shannon"
  case chiSquare = "chi-square"
  case missing, stuck
  case newValues = "new-values"
  case outOfRange = "out-of-range"
  case volume, coverage
  case scorePSI = "score-psi"
  case prevalence, accuracy, recall, precision, f1, auc
  case aucPR = "auc-pr"
  case lift, brier
  case logLoss = "log-loss"
  case calibrationLevel = "calibration-level"
  case calibrationSlope = "calibration-slope"
  case ece
  case recallDecay = "recall-decay"
  case calibrationDecay = "calibration-decay"
  case labelFeed = "label-feed"
  case smoothECE = "smooth-ece"
  case spiegelhalter
  case estimatedRecall = "estimated-recall"
  case estimatedAUC = "estimated-auc"
  case estimatedPrevalence = "estimated-prevalence"
}
