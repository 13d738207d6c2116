// SPDX-License-Identifier: Apache-2.0
package import Profiles

/// What was decided about a campaign.
package struct RecordedDecision: Sendable {
  /// What operators decide.
  package enum Kind: String, Sendable, CaseIterable {
    case rollOut = "roll-out"
    case target
    case keepRunning = "keep-running"
    case stop

    /// Whether the campaign is over, so that its report stands as it was.
    package var isFinal: Bool { self != .keepRunning }
  }

  package var at: Instant
  package var kind: Kind
  package var verdict: String
  package var author: String
  package var secondAuthor: String?
  package var reason: String
  /// The net benefit that was forecast, with its interval.
  package var net: (value: Double, lower: Double, upper: Double)?
  /// The sums that it rests on.
  package var input: ExperimentInput
  package var software: String

  package init(
    at: Instant,
    kind: Kind,
    verdict: String,
    author: String,
    secondAuthor: String?,
    reason: String,
    net: (value: Double, lower: Double, upper: Double)?,
    input: ExperimentInput,
    software: String
  ) {
    self.at = at
    self.kind = kind
    self.verdict = verdict
    self.author = author
    self.secondAuthor = secondAuthor
    self.reason = reason
    self.net = net
    self.input = input
    self.software = software
  }
}
