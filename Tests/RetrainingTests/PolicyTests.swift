// SPDX-License-Identifier: Apache-2.0
import Checks
import Profiles
import Retraining
import Testing

/// When a model is trained again, and why not.
@Suite struct PolicyTests {
  private func day(_ text: String) throws -> Instant { try #require(Instant(text)) }

  private func trigger(_ severity: Severity = .critical) throws -> RetrainingCase.Trigger {
    let (from, to) = (try day("2026-02-22"), try day("2026-03-01"))
    return RetrainingCase.Trigger(
      alert: 7,
      rule: "RecallDecay",
      severity: severity,
      since: try day("2026-02-20"),
      window: try #require(TimeRange(from: from, to: to)),
      reason: "recall fell"
    )
  }

  private func item(
    _ action: Advice.Action? = .retrain,
    triggers: [RetrainingCase.Trigger]? = nil,
    history: RetrainingCase.History = .init(),
    labels: Int = 5000,
    missed: Double? = nil
  ) throws -> RetrainingCase {
    RetrainingCase(
      version: "v1",
      since: try day("2026-01-01"),
      advice: action.map { Advice($0, "why") },
      triggers: try triggers ?? [trigger()],
      history: history,
      labels: labels,
      missedPerMonth: missed
    )
  }

  private func decide(
    _ policy: RetrainingPolicy,
    _ item: RetrainingCase,
    _ now: String = "2026-03-02"
  ) throws -> RetrainingDecision { policy.decide(item, now: try day(now)) }

  private func suppression(_ decision: RetrainingDecision) -> String? {
    if case .suppressed(let words) = decision { return words }
    return nil
  }

  @Test func `an alert that asks makes a job with its reasons, once for each evaluation`() throws {
    let decision = try decide(RetrainingPolicy(), try item())
    guard case .create(let order) = decision else {
      Issue.record("\(decision)")
      return
    }
    #expect(order.remedy == .retrain && order.triggers == [7] && !order.needsApproval)
    #expect(order.reason == "RecallDecay fires since 2026-02-20T00:00:00Z: recall fell")
    #expect(order.key == "retrain/v1/2026-03-01T00:00:00Z")
    #expect(try decide(RetrainingPolicy(), try item(), "2026-03-05") == decision)
  }

  @Test func `without an alert that asks nothing happens, whatever the advice`() throws {
    for action in Advice.Action.allCases {
      #expect(try decide(RetrainingPolicy(), try item(action, triggers: [])) == .none)
    }
  }

  @Test
  func
    `the smaller remedy is taken where it helps, and none where the data are broken or all is well`()
    throws
  {
    guard case .create(let order) = try decide(RetrainingPolicy(), try item(.recalibrate)) else {
      Issue.record("a job")
      return
    }
    #expect(order.remedy == .recalibrate)
    let feed = try decide(RetrainingPolicy(), try item(.fixData))
    #expect(suppression(feed)?.contains("the data must be fixed first: why") ?? false)
    #expect(
      suppression(try decide(RetrainingPolicy(), try item(.nothing)))?.hasSuffix("; why") ?? false
    )
    #expect(suppression(try decide(RetrainingPolicy(), try item(nil))) != nil)
  }

  @Test func `each objection gives its reason`() throws {
    var paused = RetrainingCase.History()
    paused.isPaused = true
    paused.pauseReason = "migration (ann)"
    var recent = RetrainingCase.History()
    recent.made = [try day("2026-02-27")]
    var spent = RetrainingCase.History()
    spent.made = [try day("2026-02-20"), try day("2026-02-10")]
    let cases: [(RetrainingPolicy, RetrainingCase, String)] = [
      (RetrainingPolicy(isEnabled: false), try item(), "switched off"),
      (RetrainingPolicy(), try item(history: paused), "paused: migration (ann)"),
      (
        RetrainingPolicy(minimumLabels: 10_000), try item(),
        "5,000 final labels so far, 10,000"
      ),
      (
        RetrainingPolicy(cooldown: FixedDuration(days: 7)), try item(history: recent),
        "may be from 2026-03-06"
      ),
      (
        RetrainingPolicy(budget: (2, FixedDuration(days: 30))), try item(history: spent),
        "2 jobs were made within 30d"
      ),
      (RetrainingPolicy(money: (500, 10)), try item(missed: 20), "it would bring 200"),
    ]
    for (policy, item, words) in cases {
      let found = try decide(policy, item)
      #expect(suppression(found)?.contains(words) ?? false, "\(words): \(found)")
      #expect(suppression(found)?.hasPrefix("RecallDecay fires") ?? false)
    }
    guard case .create = try decide(RetrainingPolicy(money: (500, 10)), try item(missed: 60)) else {
      Issue.record("worth its cost")
      return
    }
  }

  @Test func `the cool-down is exact, and begins with the making`() throws {
    let policy = RetrainingPolicy(cooldown: FixedDuration(days: 7))
    var history = RetrainingCase.History()
    history.made = [try day("2026-03-01")]
    #expect(
      suppression(try decide(policy, try item(history: history), "2026-03-07T23:59:59Z")) != nil
    )
    guard case .create = try decide(policy, try item(history: history), "2026-03-08") else {
      Issue.record("seven days have passed")
      return
    }
  }

  @Test func `a training that changed nothing is not repeated by itself`() throws {
    var history = RetrainingCase.History()
    func success(
      _ version: String,
      _ state: ModelVersion.State? = nil,
      at: String = "2026-03-01",
      _ remedy: RetrainingDecision.Remedy = .retrain
    ) throws -> RetrainingCase.Success {
      RetrainingCase.Success(
        at: try day(at),
        remedy: remedy,
        versionThen: version,
        made: state == nil ? nil : "v2",
        state: state,
        reason: "it is worse"
      )
    }
    history.lastSuccess = try success("v1", at: "2026-01-01")
    #expect(
      suppression(try decide(RetrainingPolicy(), try item(history: history)))?.contains(
        "did not help"
      ) ?? false
    )
    // While what came of it is in trial, nothing asks for more; where it was rejected, the same
    // decay does not.
    for (state, words) in [
      (ModelVersion.State.registered, "is in trial"), (.challenger, "v2, made by the training of"),
      (.awaitingApproval, "waits to be promoted"),
      (.rejected, "did not help: v2 was rejected (it is worse)"),
    ] {
      history.lastSuccess = try success("v1", state)
      let found = suppression(try decide(RetrainingPolicy(), try item(history: history)))
      #expect(found?.contains(words) ?? false, "\(state): \(found ?? "no objection")")
    }
    for (last, why) in [
      (try success("v0"), "another version is in use since"),
      (try success("v1", .champion), "it was promoted"),
      (try success("v1", .rejected, at: "2026-02-01"), "what decays began later"),
      (try success("v1", .rejected, .recalibrate), "another remedy was tried"),
      (
        try success("v1", .challenger, .recalibrate),
        "the smaller remedy does not hold up the larger"
      ),
    ] {
      history.lastSuccess = last
      guard case .create = try decide(RetrainingPolicy(), try item(history: history)) else {
        Issue.record("\(why)")
        return
      }
    }
  }

  @Test func `one job at a time: others are taken on by it`() throws {
    var history = RetrainingCase.History()
    history.active = 3
    let decision = try decide(RetrainingPolicy(), try item(history: history))
    guard case .coalesced(into: 3, _) = decision else {
      Issue.record("\(decision)")
      return
    }
  }

  @Test func `training by time is due with the calendar, and waits for data that are fixed`()
    throws
  {
    let policy = RetrainingPolicy(every: FixedDuration(days: 90), approval: .triggered)
    var history = RetrainingCase.History()
    // Without a job before, the version's own beginning counts.
    #expect(try decide(policy, try item(.nothing, triggers: [], history: history)) == .none)
    guard
      case .create = try decide(
        policy,
        try item(.nothing, triggers: [], history: history),
        "2026-04-02"
      )
    else {
      Issue.record("ninety days of the version")
      return
    }
    history.made = [try day("2025-12-10")]
    #expect(try decide(policy, try item(.nothing, triggers: [], history: history)) == .none)
    guard
      case .create(let order) = try decide(
        policy,
        try item(.nothing, triggers: [], history: history),
        "2026-03-10"
      )
    else {
      Issue.record("due")
      return
    }
    #expect(order.remedy == .retrain && !order.needsApproval && order.key.hasPrefix("periodic/v1/"))
    #expect(
      suppression(
        try decide(policy, try item(.fixData, triggers: [], history: history), "2026-03-10")
      ) != nil
    )
  }

  @Test func `what speaks against an alert's wish does not keep training by time from being due`()
    throws
  {
    let policy = RetrainingPolicy(every: FixedDuration(days: 90))
    var history = RetrainingCase.History()
    history.made = [try day("2025-11-01")]
    history.lastSuccess = RetrainingCase.Success(
      at: try day("2025-11-01"),
      remedy: .retrain,
      versionThen: "v1"
    )
    guard case .create(let order) = try decide(policy, try item(history: history)) else {
      Issue.record("due by time")
      return
    }
    #expect(order.key.hasPrefix("periodic/") && order.triggers.isEmpty)
  }

  @Test func `approval and quiet hours hold a job back and do not lose it`() throws {
    let end = try day("2026-03-02T06:00Z")
    let policy = RetrainingPolicy(approval: .triggered) { _ in end }
    guard case .create(let order) = try decide(policy, try item()) else {
      Issue.record("a job")
      return
    }
    #expect(order.needsApproval && order.notBefore == end)
  }

  @Test func `keys are the same for the same run and take no character that a back end refuses`()
    throws
  {
    let task = TrainingTask(
      model: "prod/chürn 1",
      remedy: .retrain,
      version: "v1",
      reason: "r",
      from: try day("2026-01-01"),
      to: try day("2026-02-01"),
      asOf: try day("2026-02-02"),
      query: nil,
      map: nil
    )
    #expect(
      TrainingOrder(job: 5, token: "a1", run: 1, task: task).key == "plumbline-prod-ch-rn-1-5-a1"
    )
    #expect(
      TrainingOrder(job: 5, token: "a1", run: 2, task: task).key
        == "plumbline-prod-ch-rn-1-5-a1-run2"
    )
  }
}
