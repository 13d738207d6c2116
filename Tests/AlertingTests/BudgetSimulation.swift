// SPDX-License-Identifier: Apache-2.0
import Alerting
import Checks
import Foundation
import Profiles
import Statistics
import TestKit
import Testing

/// The dial "false alerts a month" and the share of false ones among alert episodes, by seeded
/// simulation.
@Suite struct BudgetSimulation {
  /// Episodes of a year.
  private struct Year {
    var isTrue = 0
    var isFalse = 0
    var found: Set<Int> = []
  }

  /// 50 features that sit at the tolerance all year and 5 that move to 0.25 in spring, evaluated
  /// daily on sliding weeks against one reference.
  private static func year(_ seed: UInt64, _ budget: ErrorBudget) -> Year {
    let (quiet, moving, rows) = (50, 5, 400)
    var random = SplitMix64(seed: seed)
    let level = budget.level(tests: quiet + moving)
    let z = Normal.quantile(1 - level)
    var year = Year()
    for feature in 0..<(quiet + moving) {
      let reference = even.draw(90 * rows, &random)
      var week: [[Int]] = []
      var quietDays = 1000
      var threshold: Double?
      for day in 0..<365 {
        let hasMoved = feature >= quiet && day >= 100
        week.append((hasMoved ? far : atTolerance).draw(rows, &random))
        if week.count > 7 { week.removeFirst() }
        guard week.count == 7 else { continue }
        let current = (0..<10).map { group in week.reduce(0) { $0 + $1[group] } }
        let (value, law) = PopulationStabilityIndex.measure(
          GroupedCounts(current: current, reference: reference)
        )
        // The law is the same every day but for its excess.
        let base = threshold ?? law.threshold(tolerance: 0.1, alpha: level) - law.excess
        threshold = base
        let limit = base + law.excess
        if value > max(limit, 0.1 + z * law.standardError) {
          // Windows that overlap an alarm are of the same episode.
          if quietDays >= 7 {
            if feature < quiet || day < 100 { year.isFalse += 1 } else { year.isTrue += 1 }
            if feature >= quiet { year.found.insert(feature) }
          }
          quietDays = 0
        } else {
          quietDays += 1
        }
      }
    }
    return year
  }

  private static let shares = Array(repeating: 0.1, count: 10)
  private static let even = Shares(shares)
  private static let atTolerance = Shares(Shares.shifted(shares, psi: 0.1))
  private static let far = Shares(Shares.shifted(shares, psi: 0.25))

  @Test func `false alerts stay within the budget, and few of the alerts are false`() async {
    let budget = ErrorBudget(
      falseAlertsPerMonth: ErrorBudget.usual,
      .sliding(days: 7),
      bucketsPerDay: 1,
      windowKinds: 1
    )
    let runs = 200
    let years = await withTaskGroup(of: Year.self) { group in
      for seed in 0..<runs { group.addTask { Self.year(UInt64(9000 + seed), budget) } }
      return await group.reduce(into: []) { $0.append($1) }
    }
    let perMonth = Double(years.reduce(0) { $0 + $1.isFalse }) / Double(runs) / 12
    #expect(perMonth <= ErrorBudget.usual, "\(perMonth) false alerts a month")
    let shares = years.map { Double($0.isFalse) / Double(max(1, $0.isFalse + $0.isTrue)) }
    let rate = shares.reduce(0, +) / Double(runs)
    #expect(rate <= 0.1, "\(rate) of the episodes are false")
    let found = Double(years.reduce(0) { $0 + $1.found.count }) / Double(5 * runs)
    #expect(found >= 0.95, "\(found) of the moved features were found")
  }

  @Test func `the step-up procedure keeps its rate and rejects what stands out`() {
    #expect(FalseDiscoveryRate.level([], rate: 0.05) == 0.05)
    // Two of four stand out: each may be tested at two quarters of the rate.
    #expect(FalseDiscoveryRate.level([0.001, 0.02, 0.3, 0.8], rate: 0.05) == 0.05 * 2 / 4)
    var random = SplitMix64(seed: 5)
    var wrong = 0.0
    let runs = 4000
    for _ in 0..<runs {
      let quiet = (0..<40).map { _ in random.uniform() }
      let loud = (0..<10).map { _ in Normal.upperTail(3 + random.normal()) }
      let level = FalseDiscoveryRate.level(quiet + loud, rate: 0.1)
      let isFalse = quiet.count { $0 <= level }
      wrong += Double(isFalse) / Double(max(1, isFalse + loud.count { $0 <= level }))
    }
    #expect(wrong / Double(runs) <= 0.1, "\(wrong / Double(runs))")
  }
}
