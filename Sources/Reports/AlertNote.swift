// SPDX-License-Identifier: Apache-2.0
package import Findings
package import Profiles

/// An alert as reports show it.
package struct AlertNote: Sendable, Hashable {
  /// The number by which commands name it; nil where it is not stored.
  package var number: Int?
  package var rule: String
  package var subject: String
  package var segment: String?
  /// The kind of window.
  package var window: String
  package var severity: Severity
  /// `pending`, `firing`, `resolved` or `no_data`.
  package var state: String
  /// When it came into its state.
  package var since: Instant
  package var reason: String
  package var isSilenced: Bool
  package var acknowledgedBy: String?

  package init(
    number: Int?,
    rule: String,
    subject: String,
    segment: String?,
    window: String,
    severity: Severity,
    state: String,
    since: Instant,
    reason: String,
    isSilenced: Bool = false,
    acknowledgedBy: String? = nil
  ) {
    self.number = number
    self.rule = rule
    self.subject = subject
    self.segment = segment
    self.window = window
    self.severity = severity
    self.state = state
    self.since = since
    self.reason = reason
    self.isSilenced = isSilenced
    self.acknowledgedBy = acknowledgedBy
  }

  /// What it is of, for people.
  package var name: String {
    "\(rule) of \(subject)" + (segment.map { " (\($0))" } ?? "") + ", \(window)"
  }

  /// What people said to it.
  package var standing: String {
    (isSilenced ? ", silenced" : "") + (acknowledgedBy.map { ", acknowledged by \($0)" } ?? "")
  }
}

extension [AlertNote] {
  /// Those that are told one by one: they fire, or have ended lately.
  var told: [AlertNote] { filter { $0.state == "firing" || $0.state == "resolved" } }

  /// A sentence on those that wait, and one on those without data.
  var others: [String] {
    [("pending", "pending"), ("no_data", "without data")].compactMap { state, words in
      let alerts = filter { $0.state == state }
      guard let first = alerts.first else { return nil }
      let more = alerts.count > 1 ? " and \(alerts.count - 1) more" : ""
      return "\(words): \(first.name)\(more). \(first.reason)"
    }
  }
}
