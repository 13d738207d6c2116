// SPDX-License-Identifier: Apache-2.0
package import Profiles

/// When the bad verdicts of a rule make an alert, and what follows.
package struct AlertPolicy: Sendable {
  /// How long verdicts must be bad.
  package enum HoldCondition: Sendable, Hashable, CustomStringConvertible {
    /// So many bad windows that do not overlap, among as many as fit between now and so many
    /// windows back.
    case windows(Int, of: Int)
    /// The newest window bad at every check for so long.
    case duration(FixedDuration)

    /// Reads `2 of 3 windows` or `2d`; nil for anything else.
    package init?(_ text: String) {
      if let duration = FixedDuration(text) {
        guard duration >= .zero else { return nil }
        self = .duration(duration)
        return
      }
      let parts = text.split(separator: " ")
      guard parts.count == 4, parts[1] == "of", parts[3] == "windows" || parts[3] == "window",
        let bad = Int(parts[0]), let all = Int(parts[2]), 1 <= bad, bad <= all, all <= 100
      else { return nil }
      self = .windows(bad, of: all)
    }

    package var description: String {
      switch self {
      case .windows(let bad, let all): "\(bad) of \(all) windows"
      case .duration(let duration): duration.description
      }
    }
  }

  /// What follows when an alert fires.
  package enum Action: String, Sendable, Codable, CaseIterable { case notify, retrain }

  /// What a window without data means.
  package enum NoData: String, Sendable, CaseIterable {
    /// The alert stays as it is; one that does not fire says `no_data`.
    case keep
    /// The alert fires.
    case fire
  }

  package var hold = HoldCondition.windows(1, of: 1)
  /// How long an alert goes on after the condition has ended.
  package var keepFiringFor = FixedDuration.zero
  package var noData = NoData.keep
  /// Alerts of the same version that explain this one: while one fires, this one does not begin.
  package var inhibitors: [String] = []
  /// Nil leaves it to the severity.
  package var actions: Set<Action>?
  /// Further labels of notices; they are part of the alert's identity elsewhere.
  package var labels: [String: String] = [:]
  /// Further texts of notices, with the placeholders of a summary.
  package var annotations: [String: String] = [:]

  package init() {}
}
