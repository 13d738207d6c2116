// SPDX-License-Identifier: Apache-2.0
import Checks
package import Profiles

/// Decides whether a model is trained again: a function of what is known, without clock or storage.
package struct RetrainingPolicy: Sendable {
  package enum Approval: Sendable { case never, always, triggered }

  package var isEnabled: Bool
  package var minimumLabels: Int
  package var cooldown: FixedDuration
  package var budget: (jobs: Int, period: FixedDuration)?
  package var every: FixedDuration?
  package var approval: Approval
  /// What a training costs, and what a churner who is found is worth.
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
  /// Drift alone never asks for training: only alerts whose rules say so do, and then the advice
  /// says which remedy, if any, would help. Broken data come first: a model that learns from them
  /// learns the error.
  ///
  /// - `now`: The moment of the check.
  package func decide(_ item: RetrainingCase, now: Instant) -> RetrainingDecision {
    guard !item.triggers.isEmpty else { return decide(item, periodic(item, now: now), now: now) }
    let decision = decide(item, triggered(item, now: now), now: now)
    // What speaks against an alert's request does not speak against training that is due anyway.
    guard case .suppressed = decision, let due = periodic(item, now: now) else { return decision }
    return decide(item.withoutTriggers, due, now: now)
  }

  private typealias Request = (
    remedy: Result<RetrainingDecision.Remedy, Refusal>, reason: String, key: String
  )

  private func decide(
    _ item: RetrainingCase,
    _ request: Request?,
    now: Instant
  ) -> RetrainingDecision {
    guard let (remedy, reason, key) = request else { return .none }
    if case .failure(let why) = remedy { return .suppressed("\(reason); \(why.reason)") }
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
    if let blocker = blocker(item, remedy, now: now) {
      return .suppressed("\(reason); \(blocker)")
    }
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
  private struct Refusal: Error { let reason: String }

  private func triggered(_ item: RetrainingCase, now: Instant) -> Request? {
    let mostSevere = item.triggers.max {
      ($0.severity, -$0.since.microseconds) < ($1.severity, -$1.since.microseconds)
    }
    guard let mostSevere else { return nil }
    let others = item.triggers.count - 1
    let reason =
      "\(mostSevere.rule) fires since \(mostSevere.since): \(mostSevere.reason)"
      + (others > 0 ? " (and \(others) more)" : "")
    let newest = item.triggers.map(\.window.to).max() ?? now
    func key(_ remedy: RetrainingDecision.Remedy) -> String {
      "\(remedy.rawValue)/\(item.version)/\(newest)"
    }
    switch item.advice?.action {
    case .retrain?: return (.success(.retrain), reason, key(.retrain))
    case .recalibrate?: return (.success(.recalibrate), reason, key(.recalibrate))
    case .fixData?:
      return (
        .failure(Refusal(reason: "the data must be fixed first: \(item.advice?.reason ?? "")")),
        reason, ""
      )
    case .fixLabels?:
      return (
        .failure(Refusal(reason: "the labels must be fixed first: \(item.advice?.reason ?? "")")),
        reason, ""
      )
    case .rollback?:
      return (
        .failure(Refusal(reason: "the version before was better: \(item.advice?.reason ?? "")")),
        reason, ""
      )
    case .nothing?, .watch?:
      return (
        .failure(Refusal(reason: item.advice?.reason ?? "nothing is to be done")), reason, ""
      )
    case nil:
      return (.failure(Refusal(reason: "nothing could be measured")), reason, "")
    }
  }

  private func periodic(_ item: RetrainingCase, now: Instant) -> Request? {
    let last = item.history.made.first ?? item.since
    guard let every, last.advanced(by: every) <= now else { return nil }
    let reason = "last asked for at \(last), due every \(every)"
    let faults = [Advice.Action.fixData: "data", .fixLabels: "labels"]
    if let advice = item.advice, let broken = faults[advice.action] {
      let blocker = "the \(broken) must be fixed first: \(advice.reason)"
      return (.failure(Refusal(reason: blocker)), reason, "")
    }
    return (.success(.retrain), reason, "periodic/\(item.version)/\(last)")
  }

  /// What speaks against a job now, in the order in which it matters.
  private func blocker(
    _ item: RetrainingCase,
    _ remedy: RetrainingDecision.Remedy,
    now: Instant
  ) -> String? {
    let history = item.history
    if let blocker = blockerFromLastTraining(item, wanting: remedy) { return blocker }
    // The map of a recalibration comes from labels of its own.
    if remedy == .retrain, item.labels < minimumLabels {
      let since = item.labelsSince.map { "of predictions since \($0)" } ?? "so far"
      return
        "\(NumberText.grouped(item.labels)) final labels \(since), \(NumberText.grouped(minimumLabels)) are asked for"
    }
    if let money, let missed = item.missedPerMonth, !item.triggers.isEmpty {
      let benefit = missed * money.value
      if benefit < money.cost {
        return
          "it would bring \(NumberText.text(benefit)) a month (\(NumberText.text(missed)) more churners would be found) and "
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

  /// What speaks against a job because of what came of the last one: its version is in trial, or it
  /// did not help.
  ///
  /// A loop that changes nothing would never end. Where the version was evaluated and rejected,
  /// something that began only later is another matter, and so is another remedy.
  private func blockerFromLastTraining(
    _ item: RetrainingCase,
    wanting remedy: RetrainingDecision.Remedy
  ) -> String? {
    guard let last = item.history.lastSuccess else { return nil }
    let name = last.made ?? "a version"
    switch last.state {
    case .registered?, .challenger?, .awaitingApproval?:
      // The larger remedy does not wait for what the smaller one brings.
      guard last.remedy == .retrain || remedy == .recalibrate else { return nil }
      let standing = last.state == .awaitingApproval ? "waits to be promoted" : "is in trial"
      return "\(name), made by the training of \(last.at), \(standing): \(last.reason ?? "")"
    case .champion?, .retired?: return nil
    case .rejected?:
      let isOld = item.triggers.contains { $0.onset <= last.at }
      guard isOld, last.remedy == remedy, last.versionThen == item.version else { return nil }
      return unhelpful(last, "\(name) was rejected (\(last.reason ?? ""))")
    case nil:
      guard !item.triggers.isEmpty, last.versionThen == item.version else { return nil }
      return unhelpful(last, "\(item.version) is still in use")
    }
  }

  private func unhelpful(_ last: RetrainingCase.Success, _ why: String) -> String {
    "the training of \(last.at) did not help: \(why); make a job by hand when it should be tried again"
  }
}
