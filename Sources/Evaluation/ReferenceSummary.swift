// SPDX-License-Identifier: Apache-2.0
package import Profiles

/// Which reference the windows were compared with.
package struct ReferenceSummary: Sendable, Hashable {
  /// How it was chosen.
  package enum Kind: Sendable, Hashable {
    case pinned, samePeriodLastYear, firstWeeks
    case trailing(days: Int)
    case training(table: String)

    /// As configurations spell it.
    package var name: String {
      switch self {
      case .pinned: "pinned"
      case .trailing: "trailing"
      case .training: "training_table"
      case .samePeriodLastYear: "same_period_last_year"
      case .firstWeeks: "first_weeks"
      }
    }

    /// What people should know of it; nil where the ranges say it all.
    package var text: String? {
      switch self {
      case .pinned: nil
      case .trailing(let days):
        "features and volume: the \(days) days before each window; performance and decay: what stands still"
      case .samePeriodLastYear:
        "features and volume: the same period of last year; performance and decay: what stands still"
      case .training(let table):
        "features: the training rows of \(table); scores, volume and performance: the version's first 28 days"
      case .firstWeeks: "the version's first 28 days, since it had no rows in the reference"
      }
    }
  }

  package var kind: Kind
  package var ranges: [TimeRange]
  package var rows: Int
  package var number: Int
  package var reason: String

  package init(
    kind: Kind = .pinned,
    ranges: [TimeRange],
    rows: Int,
    number: Int,
    reason: String
  ) {
    self.kind = kind
    self.ranges = ranges
    self.rows = rows
    self.number = number
    self.reason = reason
  }
}
