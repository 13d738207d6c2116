// SPDX-License-Identifier: Apache-2.0
package import Findings
package import Profiles

/// What speaks for training a model anew, and what against it, as far as it is known.
package struct RetrainingCase: Sendable {
  /// An alert that fires and asks for it.
  package struct Trigger: Sendable, Hashable {
    package let alert: Int
    package let rule: String
    package let severity: Severity
    package let since: Instant
    package let window: TimeRange
    package let reason: String

    package init(
      alert: Int,
      rule: String,
      severity: Severity,
      since: Instant,
      window: TimeRange,
      reason: String
    ) {
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
    /// When jobs were made, newest first.
    package var made: [Instant] = []
    /// When the last one that succeeded was made.
    package var lastSuccess: Instant?
    /// The versions in use when it was made.
    package var versionAtLastSuccess: String?

    package init() {}
  }

  package let version: String
  /// What its newest windows advise; nil where nothing could be measured.
  package let advice: Advice?
  package let triggers: [Trigger]
  package let history: History
  /// Final labels of predictions since the last training.
  package let labels: Int
  /// Churners a month whom the version misses more than the reference did; nil where it is not known.
  package let missedPerMonth: Double?

  package init(
    version: String,
    advice: Advice?,
    triggers: [Trigger],
    history: History,
    labels: Int,
    missedPerMonth: Double?
  ) {
    self.version = version
    self.advice = advice
    self.triggers = triggers
    self.history = history
    self.labels = labels
    self.missedPerMonth = missedPerMonth
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
  /// The job that is not over takes it on.
  case coalesced(into: Int, String)
  case create(Order)

  /// A job to be made.
  package struct Order: Sendable, Hashable {
    package let remedy: Remedy
    /// What asks for it, for people.
    package let reason: String
    /// The same for the same trigger and window, so that one look makes one job however often it is repeated.
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

/// Decides whether a model is trained anew: a function of what is known, without clock or storage.
package struct RetrainingPolicy: Sendable {
  package enum Approval: Sendable { case never, always, triggered }

  package var isEnabled: Bool
  package var minimumLabels: Int
  package var cooldown: FixedDuration
  package var budget: (jobs: Int, period: FixedDuration)?
  package var every: FixedDuration?
  package var approval: Approval
  /// What a training costs, and what a churner who is caught is worth.
  package var money: (cost: Double, value: Double)?
  /// The end of the quiet hours in which a moment lies; nil where it lies in none.
  package var quietUntil: @Sendable (Instant) -> Instant?

  package init(
    isEnabled: Bool = true,
    minimumLabels: Int = 0,
    cooldown: FixedDuration = .zero,
    budget: (jobs: Int, period: FixedDuration)? = nil,
    every: FixedDuration? = nil,
    approval: Approval = .never,
    money: (cost: Double, value: Double)? = nil,
    quietUntil: @escaping @Sendable (Instant) -> Instant? = { _ in nil }
  ) {
    self.isEnabled = isEnabled
    self.minimumLabels = minimumLabels
    self.cooldown = cooldown
    self.budget = budget
    self.every = every
    self.approval = approval
    self.money = money
    self.quietUntil = quietUntil
  }

  /// Returns what is to be done.
  ///
  /// Drift alone never asks for training: only alerts whose rules say so do, and then the advice says which remedy, if
  /// any, would help. Broken data come first: a model that learns from them learns the fault.
  ///
  /// - `now`: The moment of the check.
  package func decide(_ item: RetrainingCase, now: Instant) -> RetrainingDecision {
    guard let (remedy, reason, key) = remedy(item, now: now) else { return .none }
    if case .failure(let why) = remedy { return .suppressed("\(reason); \(why.words)") }
    guard case .success(let remedy) = remedy else { return .none }
    if !isEnabled {
      return .suppressed("\(reason); retraining is switched off in the configuration")
    }
    if item.history.isPaused {
      return .suppressed(
        "\(reason); retraining is paused: \(item.history.pauseReason ?? "no reason given")"
      )
    }
    if let active = item.history.active { return .coalesced(into: active, reason) }
    if let objection = objection(item, now: now) { return .suppressed("\(reason); \(objection)") }
    let isTriggered = !item.triggers.isEmpty
    let needsApproval =
      switch approval {
      case .never: false
      case .always: true
      case .triggered: isTriggered
      }
    return .create(
      RetrainingDecision.Order(
        remedy: remedy,
        reason: reason,
        key: key,
        notBefore: quietUntil(now),
        needsApproval: needsApproval,
        triggers: item.triggers.map(\.alert)
      )
    )
  }

  /// Why the advice speaks against any remedy.
  private struct Objection: Error { let words: String }

  private func remedy(
    _ item: RetrainingCase,
    now: Instant
  ) -> (Result<RetrainingDecision.Remedy, Objection>, reason: String, key: String)? {
    let gravest = item.triggers.max {
      ($0.severity, -$0.since.microseconds) < ($1.severity, -$1.since.microseconds)
    }
    guard let gravest else { return periodic(item, now: now) }
    let others = item.triggers.count - 1
    let reason =
      "\(gravest.rule) fires since \(gravest.since): \(gravest.reason)"
      + (others > 0 ? " (and \(others) more)" : "")
    let newest = item.triggers.map(\.window.to).max() ?? now
    func key(_ remedy: RetrainingDecision.Remedy) -> String {
      "\(remedy.rawValue)/\(item.version)/\(newest)"
    }
    switch item.advice?.action {
    case .retrain?: return (.success(.retrain), reason, key(.retrain))
    case .recalibrate?: return (.success(.recalibrate), reason, key(.recalibrate))
    case .mendFeed?:
      return (
        .failure(Objection(words: "the data are to be mended first: \(item.advice?.reason ?? "")")),
        reason, ""
      )
    case .nothing?:
      return (
        .failure(Objection(words: item.advice?.reason ?? "nothing is to be done")), reason, ""
      )
    case nil:
      return (.failure(Objection(words: "nothing could be measured")), reason, "")
    }
  }

  private func periodic(
    _ item: RetrainingCase,
    now: Instant
  ) -> (Result<RetrainingDecision.Remedy, Objection>, reason: String, key: String)? {
    guard let every, let last = item.history.made.first, last.advanced(by: every) <= now else {
      return nil
    }
    let reason = "last trained at \(last), due every \(every)"
    if item.advice?.action == .mendFeed {
      let words = "the data are to be mended first: \(item.advice?.reason ?? "")"
      return (.failure(Objection(words: words)), reason, "")
    }
    return (.success(.retrain), reason, "periodic/\(item.version)/\(last)")
  }

  /// What speaks against a job now, in the order in which it matters.
  private func objection(_ item: RetrainingCase, now: Instant) -> String? {
    let history = item.history
    // A loop that changes nothing would go on for ever.
    if !item.triggers.isEmpty, let last = history.lastSuccess,
      history.versionAtLastSuccess == item.version
    {
      return
        "the training of \(last) did not help: \(item.version) is still in use; make a job by hand when it should "
        + "be tried again"
    }
    if item.labels < minimumLabels {
      return
        "\(NumberText.grouped(item.labels)) final labels since the last training, \(NumberText.grouped(minimumLabels)) are asked for"
    }
    if let money, let missed = item.missedPerMonth, !item.triggers.isEmpty {
      let benefit = missed * money.value
      if benefit < money.cost {
        return
          "it would bring \(NumberText.text(benefit)) a month (\(NumberText.text(missed)) churners more would be caught) and "
          + "cost \(NumberText.text(money.cost))"
      }
    }
    if let last = history.made.first, last.advanced(by: cooldown) > now {
      return
        "the last job was made at \(last); the next may be from \(last.advanced(by: cooldown)) on"
    }
    if let budget {
      let since = now.advanced(by: -budget.period)
      let count = history.made.count { $0 > since }
      if count >= budget.jobs {
        return
          "\(count) jobs were made within \(budget.period), no more than \(budget.jobs) are allowed"
      }
    }
    return nil
  }
}
