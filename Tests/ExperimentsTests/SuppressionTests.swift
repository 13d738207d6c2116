// SPDX-License-Identifier: Apache-2.0
import Experiments
import Profiles
import Statistics
import Testing

/// Small cells, and the attempt to compute them from what is shown.
@Suite struct SuppressionTests {
  private static func input(_ random: inout SplitMix64) throws -> ExperimentInput {
    let tiers = 2 + Int(random.uniform() * 5)
    var cells: [ExperimentInput.Cell] = []
    for tier in 0..<tiers {
      for arm in ["control", "offer"] {
        let assigned = Int(random.uniform() * random.uniform() * 400) + (tier < 2 ? 150 : 1)
        let events = (0..<assigned).count { _ in random.chance(0.12) }
        cells.append(
          ExperimentInput.Cell(
            arm: arm,
            tier: "t\(tier)",
            assigned: assigned,
            metrics: [ArmSums(successes: events, of: assigned)],
            before: [0],
            invalid: [0],
            cost: 0
          )
        )
      }
    }
    let all = cells.reduce(0) { $0 + $1.assigned }
    var input = ExperimentInput(
      name: "x",
      asOf: try #require(Instant("2026-01-01")),
      control: "control",
      split: [:],
      metrics: [
        ExperimentInput.Metric(
          name: "churn",
          kind: .event,
          isLowerBetter: true,
          horizon: FixedDuration(days: 30)
        )
      ],
      hasTiers: true,
      hasCovariate: false,
      prices: nil,
      cells: cells,
      contaminated: 0,
      entries: [
        ExperimentInput.EntryDay(
          day: try #require(CivilDate(year: 2025, month: 1, day: 1)),
          assigned: all,
          matured: all
        )
      ]
    )
    input.segments = ["region": cells]
    return input
  }

  @Test func `no hidden tier or level can be computed by subtraction from the totals`() throws {
    var random = SplitMix64(seed: 404)
    var hidden = 0
    for _ in 0..<2000 {
      let input = try Self.input(&random)
      let result = ExperimentAnalysis(input).result
      guard let effect = result.effects.first else { continue }
      for (shown, count) in [
        (result.tiers, result.hiddenTiers),
        (result.segments[0].levels, result.segments[0].hidden),
      ] where count > 0 {
        hidden += 1
        for (all, part) in [
          (effect.contrast.control, shown.map(\.contrast.control)),
          (effect.contrast.treated, shown.map(\.contrast.treated)),
        ] {
          let rest = all.count - part.reduce(0) { $0 + $1.count }
          let events =
            Int(all.total.rounded()) - part.reduce(0) { $0 + Int($1.total.rounded()) }
          // Nothing, or at least ten, of each.
          for left in [rest, events, rest - events] {
            #expect(left == 0 || left >= ExperimentAnalysis.smallestCell, "\(left)")
          }
        }
      }
    }
    #expect(hidden > 500)
  }
}
