// SPDX-License-Identifier: Apache-2.0
package import Profiles

/// What to do about a version, as far as the data show.
package struct Advice: Sendable, Hashable {
  package enum Action: String, Sendable, Hashable, Codable, CaseIterable {
    case nothing, watch, recalibrate, retrain, rollback
    case fixData = "fix-data"
    case fixLabels = "fix-labels"

    /// As people say it.
    package var text: String {
      switch self {
      case .nothing: "nothing to do"
      case .watch: "watch"
      case .recalibrate: "recalibrate"
      case .retrain: "retrain"
      case .fixData: "fix the data feed"
      case .fixLabels: "fix the label feed"
      case .rollback: "roll back to the version before"
      }
    }
  }

  /// The finding that an advice rests on.
  package struct Cause: Sendable, Hashable {
    package let check: CheckName
    package let subject: String

    package init(_ check: CheckName, of subject: String) {
      self.check = check
      self.subject = subject
    }
  }

  package let action: Action
  /// One sentence for people.
  package let reason: String
  /// The finding behind it; nil for nothing to do, and where the input itself is wrong.
  package let cause: Cause?
  /// The map to apply, with `recalibrate`, where it could be fitted.
  package let map: RecalibrationMap?
  /// The first predictions concerned, as far as is known.
  package var onset: Instant?
  /// Whether nothing could be evaluated.
  package var isBlind = false
  /// What else is wrong, and is not to be remedied first, for people.
  package private(set) var setAside: [String] = []

  package init(
    _ action: Action,
    _ reason: String,
    cause: Cause? = nil,
    map: RecalibrationMap? = nil
  ) {
    self.action = action
    self.reason = reason
    self.cause = cause
    self.map = map
  }

  /// The advice with what is known besides.
  package func since(_ onset: Instant?, setAside others: [String]) -> Advice {
    var advice = self
    advice.onset = onset
    var seen: Set<String> = [reason]
    advice.setAside = others.filter { seen.insert($0).inserted }
    return advice
  }
}

/// A map from score to probability: logit p = intercept + slope · logit score.
///
/// D. Cox (1958), J. Platt (1999).
package struct RecalibrationMap: Sendable, Hashable {
  package let intercept: Double
  package let slope: Double
  /// What maps made in this way before lowered the log loss by on the predictions after them, in
  /// nats a prediction, by the labels known so far.
  package let gain: Double
  /// Predictions behind it.
  package let rows: Int
  /// Which labels it was fitted to, for people.
  package let basis: String

  package init(intercept: Double, slope: Double, gain: Double, rows: Int, basis: String) {
    self.intercept = intercept
    self.slope = slope
    self.gain = gain
    self.rows = rows
    self.basis = basis
  }

  /// The map as a formula.
  package var formula: String {
    "logit p = \(NumberText.text(intercept)) + \(NumberText.text(slope)) · logit score"
  }
}
