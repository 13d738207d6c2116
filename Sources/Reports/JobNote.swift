// SPDX-License-Identifier: Apache-2.0
package import Profiles

/// A retraining job as reports show it.
package struct JobNote: Sendable, Hashable {
  /// The newest that reports show.
  package static let shown = 10

  package var number: Int
  package var state: String
  /// `retrain` or `recalibrate`.
  package var remedy: String
  package var reason: String
  /// The moment of the check that made it.
  package var madeAt: Instant
  /// The version that it made, where it is known.
  package var newVersion: String?
  /// What went wrong last.
  package var error: String?

  package init(
    number: Int,
    state: String,
    remedy: String,
    reason: String,
    madeAt: Instant,
    newVersion: String?,
    error: String?
  ) {
    self.number = number
    self.state = state
    self.remedy = remedy
    self.reason = reason
    self.madeAt = madeAt
    self.newVersion = newVersion
    self.error = error
  }

  /// A line for people.
  var words: String {
    let made = newVersion.map { ", made version \($0)" } ?? ""
    let failure = state == "failed" ? ". \(error ?? "")" : ""
    return
      "no. \(number) \(state), \(remedy), of \(madeAt.description.prefix(10))\(made): \(reason)\(failure)"
  }
}
