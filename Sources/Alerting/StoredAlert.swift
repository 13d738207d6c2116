// SPDX-License-Identifier: Apache-2.0
package import Checks
package import Profiles

/// An alert with what operators said to it.
package struct StoredAlert: Sendable, Hashable {
  package let identifier: Int
  package let alert: Alert
  package let acknowledgedBy: String?
  package let acknowledgement: String?
  package let isSilenced: Bool
  /// What its rule adds to notices, and what follows when it fires, as of the check that last moved
  /// it.
  package let extras: AlertExtras

  package init(
    identifier: Int,
    alert: Alert,
    acknowledgedBy: String?,
    acknowledgement: String?,
    isSilenced: Bool,
    extras: AlertExtras
  ) {
    self.identifier = identifier
    self.alert = alert
    self.acknowledgedBy = acknowledgedBy
    self.acknowledgement = acknowledgement
    self.isSilenced = isSilenced
    self.extras = extras
  }
}

/// A time in which an alert fired.
package struct AlertSpan: Sendable, Hashable {
  package let version: String
  package let rule: String
  package let subject: String
  package let severity: Severity
  package let from: Instant
  /// Nil while it fires.
  package let until: Instant?

  package init(
    version: String,
    rule: String,
    subject: String,
    severity: Severity,
    from: Instant,
    until: Instant?
  ) {
    self.version = version
    self.rule = rule
    self.subject = subject
    self.severity = severity
    self.from = from
    self.until = until
  }

  /// Returns spans in which those of one rule and subject that overlap are one: windows of several
  /// lengths have alerts of their own.
  ///
  /// - Complexity: O(n log n).
  package static func joined(_ spans: [AlertSpan]) -> [AlertSpan] {
    struct Key: Hashable { let version, rule, subject: String }
    let groups = Dictionary(grouping: spans) {
      Key(version: $0.version, rule: $0.rule, subject: $0.subject)
    }
    var all: [AlertSpan] = []
    for group in groups.values {
      var joined: [AlertSpan] = []
      for span in group.sorted(by: { $0.from < $1.from }) {
        guard let last = joined.last, last.until.map({ span.from <= $0 }) ?? true else {
          joined.append(span)
          continue
        }
        joined[joined.count - 1] = last.joined(span)
      }
      all += joined
    }
    return all.sorted { ($0.from, $0.rule, $0.subject) < ($1.from, $1.rule, $1.subject) }
  }

  /// From the start of this one to the end of the later.
  private func joined(_ next: AlertSpan) -> AlertSpan {
    var end: Instant?
    if let until, let other = next.until { end = max(until, other) }
    return AlertSpan(
      version: version,
      rule: rule,
      subject: subject,
      severity: max(severity, next.severity),
      from: from,
      until: end
    )
  }
}

/// A change of an alert's state as it was stored.
package struct StoredTransition: Sendable, Hashable {
  package let from: AlertState
  package let to: AlertState
  package let at: Instant
  package let reason: String

  package init(from: AlertState, to: AlertState, at: Instant, reason: String) {
    self.from = from
    self.to = to
    self.at = at
    self.reason = reason
  }
}
