// SPDX-License-Identifier: Apache-2.0
package import Checks
package import Profiles

/// What speaks for training a model again, and what against it, as far as it is known.
package struct RetrainingCase: Sendable {
  /// An alert that fires and asks for it.
  package struct Trigger: Sendable, Hashable {
    package let alert: Int
    package let rule: String
    package let severity: Severity
    package let since: Instant
    package let window: TimeRange
    /// The first predictions that are known to be concerned.
    package let onset: Instant
    package let reason: String

    /// - `onset`: nil for the window's beginning.
    package init(
      alert: Int,
      rule: String,
      severity: Severity,
      since: Instant,
      window: TimeRange,
      onset: Instant? = nil,
      reason: String
    ) {
      self.onset = onset ?? window.from
      self.alert = alert
      self.rule = rule
      self.severity = severity
      self.since = since
      self.window = window
      self.reason = reason
    }
  }

  /// What is known of the jobs before.
  package struct History: Sendable {
    package var isPaused = false
    package var pauseReason: String?
    /// The number of the job that is not over.
    package var active: Int?
    /// When jobs were made, newest first, those too that a person ended.
    package var made: [Instant] = []
    /// When the last one was made that nobody ended.
    package var trained: Instant?
    /// The last one that succeeded.
    package var lastSuccess: Success?

    package init() {}
  }

  /// A job that succeeded, and what came of it.
  package struct Success: Sendable, Hashable {
    /// The moment of the check that made it.
    package let at: Instant
    package let remedy: RetrainingDecision.Remedy
    /// The version that was to be replaced.
    package let versionThen: String
    /// The version that was made; nil where none is known.
    package let made: String?
    /// What part it plays; nil where it has not been recognised.
    package let state: ModelVersion.State?
    /// Why.
    package let reason: String?

    package init(
      at: Instant,
      remedy: RetrainingDecision.Remedy,
      versionThen: String,
      made: String? = nil,
      state: ModelVersion.State? = nil,
      reason: String? = nil
    ) {
      self.at = at
      self.remedy = remedy
      self.versionThen = versionThen
      self.made = made
      self.state = state
      self.reason = reason
    }
  }

  package let version: String
  /// When it began to score.
  package let since: Instant
  /// What its newest windows advise; nil where nothing could be measured.
  package let advice: Advice?
  package let triggers: [Trigger]
  package let history: History
  /// Final labels of predictions since then: since the last training, or since the decay began
  /// where that is later.
  package let labels: Int
  package let labelsSince: Instant?
  /// Churners a month whom the version misses more than the reference did; nil where it is not
  /// known.
  package let missedPerMonth: Double?

  package init(
    version: String,
    since: Instant,
    advice: Advice?,
    triggers: [Trigger],
    history: History,
    labels: Int,
    labelsSince: Instant? = nil,
    missedPerMonth: Double?
  ) {
    self.version = version
    self.since = since
    self.advice = advice
    self.triggers = triggers
    self.history = history
    self.labels = labels
    self.labelsSince = labelsSince
    self.missedPerMonth = missedPerMonth
  }
}

extension RetrainingCase {
  /// The same without the alerts that ask.
  var withoutTriggers: RetrainingCase {
    RetrainingCase(
      version: version,
      since: since,
      advice: advice,
      triggers: [],
      history: history,
      labels: labels,
      labelsSince: labelsSince,
      missedPerMonth: nil
    )
  }
}

/// What is to be done about a case, with its reasons.
package enum RetrainingDecision: Sendable, Hashable {
  package enum Remedy: String, Sendable, Hashable, Codable, CaseIterable {
    case retrain, recalibrate
  }

  /// Nothing asks for it.
  case none
  /// Something asks for it and something else speaks against it.
  case suppressed(String)
  /// The job that is still open takes it on.
  case coalesced(into: Int, String)
  case create(Order)

  /// A job to be made.
  package struct Order: Sendable, Hashable {
    package let remedy: Remedy
    /// What asks for it, for people.
    package let reason: String
    /// The same for the same trigger and window, so that one evaluation makes one job however often
    /// it is repeated.
    package let key: String
    /// Not to begin before; nil for at once.
    package let notBefore: Instant?
    package let needsApproval: Bool
    package let triggers: [Int]

    package init(
      remedy: Remedy,
      reason: String,
      key: String,
      notBefore: Instant?,
      needsApproval: Bool,
      triggers: [Int]
    ) {
      self.remedy = remedy
      self.reason = reason
      self.key = key
      self.notBefore = notBefore
      self.needsApproval = needsApproval
      self.triggers = triggers
    }
  }
}
