// SPDX-License-Identifier: Apache-2.0
package import Profiles

/// What was decided about a campaign, for people.
package struct DecisionNote: Sendable, Hashable {
  package var at: Instant
  package var decision: String
  /// What the data advised then.
  package var verdict: String
  package var author: String
  package var secondAuthor: String?
  package var reason: String
  /// The net benefit that was forecast, with its ends.
  package var net: [Double]?
  /// Whether the report is the one of that moment, and with which program it was made.
  package var isFrozen: Bool
  package var software: String

  package init(
    at: Instant,
    decision: String,
    verdict: String,
    author: String,
    secondAuthor: String?,
    reason: String,
    net: [Double]?,
    isFrozen: Bool,
    software: String
  ) {
    self.at = at
    self.decision = decision
    self.verdict = verdict
    self.author = author
    self.secondAuthor = secondAuthor
    self.reason = reason
    self.net = net
    self.isFrozen = isFrozen
    self.software = software
  }

  /// One line about it.
  var words: String {
    let names = [author, secondAuthor].compactMap(\.self).joined(separator: " and ")
    return
      "\(at.description.prefix(10)): \(decision), by \(names); the verdict was \(verdict). \(reason)"
  }
}
