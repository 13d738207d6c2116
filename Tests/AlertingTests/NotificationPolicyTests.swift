// SPDX-License-Identifier: Apache-2.0
import Alerting
import Checks
import Profiles
import Testing

@Suite struct NotificationPolicyTests {
  private typealias Decision = NotificationDecision
  private typealias Channel = NotificationPolicy.Channel

  private static let hook = Channel(name: "hook", models: nil, severity: .info, isLeased: false)
  private static let budget = NotificationPolicy.Budget(
    alerts: 3,
    period: FixedDuration(days: 7)
  )
  private static let start = Instant("2026-03-01T00:00:00Z")
  private static let window = start.flatMap {
    TimeRange(from: $0.advanced(by: FixedDuration(days: -7)), to: $0)
  }

  private func alert(_ state: AlertState = .firing, _ severity: Severity = .warning) throws
    -> Alert
  {
    let start = try #require(Self.start)
    let window = try #require(Self.window)
    return Alert(
      key: AlertKey(
        version: "v1",
        rule: "Drifted",
        subject: "tenure",
        segment: nil,
        window: .sliding(days: 7)
      ),
      state: state,
      since: start,
      firingSince: start,
      newest: AlertObservation(window: window, signal: .bad, reason: "r"),
      severity: severity,
      reason: "r"
    )
  }

  private func transition(_ from: AlertState, _ to: AlertState) throws -> NotificationOccasion {
    .transition(
      AlertTransition(from: from, to: to, at: try #require(Self.start), reason: "r")
    )
  }

  /// The decision for a channel; what is not given speaks for a notice.
  private func decision(
    _ channel: Channel = hook,
    _ alert: Alert? = nil,
    on occasion: NotificationOccasion? = nil,
    notifies: Bool = true,
    isSilenced: Bool = false,
    budget: NotificationPolicy.Budget? = budget,
    _ history: NotificationHistory = NotificationHistory()
  ) throws -> Decision {
    NotificationPolicy(
      model: "churn",
      context: NoticeContext(),
      channels: [channel],
      budget: budget
    ).decision(
      channel,
      of: try alert ?? self.alert(),
      on: try occasion ?? transition(.pending, .firing),
      notifies: notifies,
      isSilenced: isSilenced,
      history: history
    )
  }

  @Test func `a beginning is sent once`() throws {
    #expect(try decision() == .notify(.firing))
    for state in DeliveryState.allCases {
      #expect(
        try decision(NotificationHistory(beginning: state)) == .suppress(.alreadyNotified),
        "\(state)"
      )
    }
  }

  private func decision(_ history: NotificationHistory) throws -> Decision {
    try decision(Self.hook, nil, history)
  }

  @Test func `an end is sent once, and only where its beginning was sent`() throws {
    let ended = try alert(.resolved)
    let end = try transition(.firing, .resolved)
    func of(_ beginning: DeliveryState?, _ end: DeliveryState?) throws -> Decision {
      try decision(
        Self.hook,
        ended,
        on: self.transition(.firing, .resolved),
        NotificationHistory(beginning: beginning, end: end)
      )
    }
    #expect(try of(nil, nil) == .suppress(.beginningNotSent))
    #expect(try of(.queued, nil) == .notify(.resolved))
    #expect(try of(.delivered, nil) == .notify(.resolved))
    #expect(try of(.refused, nil) == .suppress(.beginningNotSent))
    #expect(try of(.expired, nil) == .suppress(.beginningNotSent))
    #expect(try of(.delivered, .queued) == .suppress(.alreadyNotified))
    // Whatever has been said since: the rule is quiet, the alert is silenced, the budget is spent.
    let strict = Channel(name: "hook", models: nil, severity: .critical, isLeased: false)
    #expect(
      try decision(
        strict,
        ended,
        on: end,
        notifies: false,
        isSilenced: true,
        NotificationHistory(beginning: .delivered, spent: 99, isBudgetNoticeSent: true)
      ) == .notify(.resolved)
    )
  }

  @Test func `a change that is neither a beginning nor an end is not sent`() throws {
    #expect(
      try decision(Self.hook, alert(.pending), on: transition(.inactive, .pending))
        == .suppress(.noChange)
    )
    #expect(try decision(Self.hook, alert(.pending), on: .review) == .suppress(.noChange))
    #expect(try decision(Self.hook, alert(.resolved), on: .review) == .suppress(.noChange))
  }

  @Test func `what the rule, the channel's models or its severity exclude is not sent`() throws {
    #expect(try decision(notifies: false) == .suppress(.ruleDoesNotNotify))
    let other = Channel(name: "hook", models: ["other"], severity: .info, isLeased: false)
    #expect(try decision(other) == .suppress(.otherModel))
    let mine = Channel(name: "hook", models: ["other", "churn"], severity: .info, isLeased: false)
    #expect(try decision(mine) == .notify(.firing))
    let strict = Channel(name: "hook", models: nil, severity: .critical, isLeased: false)
    #expect(try decision(strict) == .suppress(.belowSeverity))
    #expect(try decision(strict, alert(.firing, .critical)) == .notify(.firing))
  }

  @Test func `a silence holds a beginning back, and it is sent late when the silence ends`() throws
  {
    #expect(try decision(isSilenced: true) == .suppress(.silenced))
    #expect(try decision(Self.hook, nil, on: .review, isSilenced: true) == .suppress(.silenced))
    #expect(try decision(Self.hook, nil, on: .review) == .notify(.late))
    #expect(
      try decision(Self.hook, nil, on: .review, NotificationHistory(beginning: .delivered))
        == .suppress(.alreadyNotified)
    )
  }

  @Test func `a spent budget says so once a period and holds back what is not critical`() throws {
    #expect(try decision(NotificationHistory(spent: 2)) == .notify(.firing))
    #expect(try decision(NotificationHistory(spent: 3)) == .notify(.budgetSpent))
    let informed = NotificationHistory(spent: 3, isBudgetNoticeSent: true)
    #expect(try decision(informed) == .suppress(.overBudget))
    #expect(try decision(Self.hook, nil, on: .review, informed) == .suppress(.overBudget))
    #expect(try decision(Self.hook, alert(.firing, .critical), informed) == .notify(.firing))
    #expect(try decision(Self.hook, nil, budget: nil, informed) == .notify(.firing))
  }

  @Test func `a channel with silences and grouping of its own is sent everything`() throws {
    let manager = Channel(name: "am", models: nil, severity: .info, isLeased: true)
    #expect(
      try decision(
        manager,
        isSilenced: true,
        NotificationHistory(spent: 3, isBudgetNoticeSent: true)
      ) == .notify(.firing)
    )
  }

  @Test func `the notice of a spent budget has one key in a period and another in the next`() throws
  {
    let budget = Self.budget
    let period = budget.period
    let first = Instant(microseconds: 2_900 * period.microseconds)
    let notice = NoticeContext(environment: "prod").budgetSpent(budget, model: "churn", now: first)
    #expect(notice.key == "plumbline-budget-churn-2900")
    #expect(notice.labels["env"] == "prod" && notice.severity == .warning)
    #expect(notice.status == .firing && notice.startsAt == first)
    let last = first.advanced(by: FixedDuration(microseconds: period.microseconds - 1))
    #expect(NoticeContext.key(budget, model: "churn", now: last) == notice.key)
    let next = first.advanced(by: period)
    #expect(NoticeContext.key(budget, model: "churn", now: next) == "plumbline-budget-churn-2901")
  }
}
