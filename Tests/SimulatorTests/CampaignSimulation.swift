// SPDX-License-Identifier: Apache-2.0
import Experiments
import Profiles
import Simulator
import Statistics
import Testing

/// The campaign of the simulated operator: what is said of it beside what it did.
@Suite struct CampaignSimulation {
  /// The operator's campaign as one scan over its tables gives it, with what it really changed.
  private static func campaign(
    customers: Int,
    seed: UInt64
  ) throws -> (input: ExperimentInput, saved: [String: Double], treated: Int) {
    var calendar = try SimulatorTests.calendar(customers, months: 2)
    calendar.seed = seed
    calendar.campaign = Campaign(
      name: "spring",
      month: try SimulatorTests.day("2025-01-01"),
      holdOut: 0.3
    )
    var simulated = SimulatedOperator(calendar)
    var members: [CampaignMember] = []
    var left: [String: Instant] = [:]
    for _ in 0..<(calendar.months + SimulatedOperator.monthsAfter) {
      simulated.advance()
      members += simulated.members(0..<simulated.assignmentCount)
      for report in (1...31).flatMap({ simulated.outcomes(ofDay: $0) }).sorted(by: {
        $0.time < $1.time
      }) {
        left[report.customer] = report.hasChurned ? report.time : nil
      }
    }
    let twice = Set(
      Dictionary(grouping: members, by: \.customer).filter { $0.value.count > 1 }.keys
    )
    // Its effect lasts three months.
    let until = try #require(Instant("2025-04-01"))
    var counts: [String: (assigned: Int, left: Int)] = [:]
    for member in members where !twice.contains(member.customer) {
      let key = "\(member.isTreated ? "offer" : "control") \(member.tier.name)"
      let isGone = left[member.customer].map { $0 < until } ?? false
      counts[key, default: (0, 0)].assigned += 1
      counts[key, default: (0, 0)].left += isGone ? 1 : 0
    }
    let cells = counts.sorted { $0.key < $1.key }.map { key, count in
      let parts = key.split(separator: " ").map(String.init)
      return ExperimentInput.Cell(
        arm: parts[0],
        tier: parts[1],
        assigned: count.assigned,
        metrics: [ArmSums(successes: count.left, of: count.assigned)],
        before: [0],
        invalid: [0],
        cost: 0
      )
    }
    let assigned = counts.values.reduce(0) { $0 + $1.assigned }
    let input = ExperimentInput(
      name: "spring",
      asOf: try #require(Instant("2025-06-01")),
      control: "control",
      split: ["control": 0.3, "offer": 0.7],
      metrics: [
        ExperimentInput.Metric(
          name: "churn",
          kind: .event,
          isLowerBetter: true,
          horizon: FixedDuration(days: 90)
        )
      ],
      hasTiers: true,
      hasCovariate: false,
      prices: Prices(currency: "EUR", value: 300, contact: 1.5),
      cells: cells,
      contaminated: 0,
      entries: [
        ExperimentInput.EntryDay(
          day: try SimulatorTests.day("2025-01-01"),
          assigned: assigned,
          matured: assigned
        )
      ]
    )
    let saved = Dictionary(
      uniqueKeysWithValues: simulated.campaignTruth.tiers.map {
        ($0.key.name, $0.value.leaversWithout - $0.value.leaversWith)
      }
    )
    let treated = members.count { $0.isTreated && !twice.contains($0.customer) }
    return (input, saved, treated)
  }

  @Test(.timeLimit(.minutes(5)))
  func `the true effect and the true money lie within their intervals in 93 % of operators`() throws
  {
    let runs = 200
    var (effects, money) = (0, 0)
    for seed in 1...runs {
      let (input, saved, treated) = try Self.campaign(customers: 3000, seed: UInt64(seed))
      let result = ExperimentAnalysis(input).result
      let effect = try #require(result.effects.first)
      let truth = saved.values.reduce(0, +)
      if effect.interval.lower <= -truth / Double(treated),
        -truth / Double(treated) <= effect.interval.upper
      {
        effects += 1
      }
      let net = 300 * truth - 1.5 * Double(treated)
      let told = try #require(result.money["offer"])
      if told.interval.lower <= net, net <= told.interval.upper { money += 1 }
    }
    let least = 0.93 - 3 * (0.93 * 0.07 / Double(runs)).squareRoot()
    #expect(Double(effects) / Double(runs) >= least, "effects: \(effects) of \(runs)")
    #expect(Double(money) / Double(runs) >= least, "money: \(money) of \(runs)")
  }

  @Test(.timeLimit(.minutes(5)))
  func `with enough customers the helped and the harmed tier are named`() throws {
    let (input, saved, _) = try Self.campaign(customers: 150_000, seed: 7)
    #expect((saved["high"] ?? 0) > 0 && (saved["low"] ?? 0) < 0)
    let result = ExperimentAnalysis(input).result
    let tiers = Dictionary(uniqueKeysWithValues: result.tiers.map { ($0.name, $0) })
    #expect(tiers["high"]?.isHelped ?? false)
    #expect(tiers["low"]?.isHarmed ?? false)
    #expect(!(tiers["middle"]?.isHelped ?? true) && !(tiers["middle"]?.isHarmed ?? true))
    let verdict = try #require(result.verdicts.first)
    #expect(verdict.kind == .target && verdict.tiers == ["high"], "\(verdict.sentence)")
    let who = try #require(result.who.first)
    // In the middle nothing was changed: chance decides whether it is worth a contact.
    #expect(who.cut?.chosen.first?.name == "high")
    #expect(!(who.cut?.chosen.contains { $0.name == "low" } ?? true))
    #expect(who.names == ["high", "middle", "low"])
  }
}
