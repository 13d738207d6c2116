// SPDX-License-Identifier: Apache-2.0
package import Checks
package import Profiles

/// What makes an alert that alert: its identity holds as long as it lasts, whatever its value.
package struct AlertKey: Sendable, Hashable {
  package let version: String
  package let rule: String
  package let subject: String
  package let segment: String?
  package let window: WindowSpec

  package init(
    version: String,
    rule: String,
    subject: String,
    segment: String?,
    window: WindowSpec
  ) {
    self.version = version
    self.rule = rule
    self.subject = subject
    self.segment = segment
    self.window = window
  }
}

extension AlertKey: Comparable {
  private var order: (String, String, String, String, Int) {
    (rule, subject, segment ?? "", version, window.days)
  }

  package static func < (left: AlertKey, right: AlertKey) -> Bool { left.order < right.order }
}

/// Where an alert stands.
package enum AlertState: String, Sendable, Hashable, CaseIterable {
  case inactive
  /// Windows are bad, but not enough of them or not for long enough; or another alert explains
  /// them.
  case pending
  case firing
  case resolved
  /// Nothing can be said, and nothing was wrong before.
  case noData = "no_data"
}

/// What one window says to a rule.
package struct AlertObservation: Sendable, Hashable {
  package enum Signal: String, Sendable, Hashable, CaseIterable {
    case bad
    /// Neither bad nor well: between the levels of firing and resolving, or unclear.
    case between
    case clear
    /// The rule cannot be evaluated for want of a reference or for treated customers.
    case blind
    case noData = "no_data"
  }

  package let window: TimeRange
  package let signal: Signal
  package let value: Double?
  package let reference: Double?
  package let threshold: Double?
  package let sample: Int
  /// One sentence for people.
  package let reason: String

  package init(
    window: TimeRange,
    signal: Signal,
    value: Double? = nil,
    reference: Double? = nil,
    threshold: Double? = nil,
    sample: Int = 0,
    reason: String
  ) {
    self.window = window
    self.signal = signal
    self.value = value
    self.reference = reference
    self.threshold = threshold
    self.sample = sample
    self.reason = reason
  }

  /// What a finding by a rule says of its window; nil where it says nothing yet, as while labels
  /// are still to come.
  package init?(_ finding: Finding, in window: TimeRange, by rule: Rule) {
    let signal: Signal
    switch finding.verdict {
    case .drift, .decay: signal = .bad
    case .ok, .inconclusive:
      // Too few rows to begin an alert of this size may be enough to end one: where the rule states
      // the level at which it resolves, the value decides.
      let isBack = rule.condition.resolution.map { level in
        finding.reading.value.map { !level.isBeyond($0, finding.reading.reference) } ?? false
      }
      let isEnough = finding.reading.sample.current >= rule.condition.minimumSample
      signal = (isBack ?? (finding.verdict == .ok)) && isEnough ? .clear : .between
    case .noReference, .referenceLimited, .confounded: signal = .blind
    case .noData: signal = .noData
    case .immature, .unjudged: return nil
    }
    self.init(
      window: window,
      signal: signal,
      value: finding.reading.value,
      reference: finding.reading.reference,
      threshold: finding.threshold,
      sample: finding.reading.sample.current,
      reason: finding.reason
    )
  }
}

/// An alert as it stands.
package struct Alert: Sendable, Hashable {
  package let key: AlertKey
  package var state: AlertState
  /// When it came into its state.
  package var since: Instant
  /// When it last began to fire; nil before it ever did.
  package var firingSince: Instant?
  /// When the condition last held.
  package var lastHeld: Instant?
  /// When it last ended.
  package var resolvedAt: Instant?
  /// The end of the newest window at that time: windows up to it have had their say.
  package var settledUntil: Instant?
  /// When the newest window was first bad, in a row of checks with bad newest windows.
  package var badSince: Instant?
  /// Bad windows that still count, oldest first.
  package var badWindows: [TimeRange]
  /// The newest window that said something.
  package var newest: AlertObservation
  package var severity: Severity
  /// What it is waiting for, or was ended by; the observation's own reason else.
  package var reason: String
  /// The firing alert that keeps it from beginning.
  package var inhibitor: String?

  package init(
    key: AlertKey,
    state: AlertState,
    since: Instant,
    firingSince: Instant? = nil,
    lastHeld: Instant? = nil,
    resolvedAt: Instant? = nil,
    settledUntil: Instant? = nil,
    badSince: Instant? = nil,
    badWindows: [TimeRange] = [],
    newest: AlertObservation,
    severity: Severity,
    reason: String,
    inhibitor: String? = nil
  ) {
    self.key = key
    self.state = state
    self.since = since
    self.firingSince = firingSince
    self.lastHeld = lastHeld
    self.resolvedAt = resolvedAt
    self.settledUntil = settledUntil
    self.badSince = badSince
    self.badWindows = badWindows
    self.newest = newest
    self.severity = severity
    self.reason = reason
    self.inhibitor = inhibitor
  }

  /// Whether there is nothing to remember of it.
  package var isForgettable: Bool { state == .inactive && badWindows.isEmpty }
}

/// A change of state, with its reason.
package struct AlertTransition: Sendable, Hashable {
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
