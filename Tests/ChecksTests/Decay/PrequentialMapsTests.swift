// SPDX-License-Identifier: Apache-2.0
import Checks
import Foundation
import Profiles
import Statistics
import Testing

/// Maps are advised where they help the predictions to come, by seeded simulation.
@Suite struct PrequentialMapsTests {
  /// Customers after a reference of 120 days, and what is known of them.
  private struct Operator {
    static let reference = 120
    let cohorts: [Cohort]
    let state: DecayState

    /// - `level`: By day, the factor on everybody's odds of churn.
    init(days: Int, seed: UInt64, level: (Int) -> Double) throws {
      var random = SplitMix64(seed: seed)
      cohorts = (0..<days).map { day in
        var law = CohortLaw(customers: 30)
        law.horizon = 60
        law.risk = law.risk.map { risk in
          let odds = risk / (1 - risk) * level(day)
          return odds / (1 + odds)
        }
        return law.cohort(day, &random)
      }
      state = try DecayState(
        reference: Array(cohorts.prefix(Self.reference)),
        after: CohortLaw.day(Self.reference),
        DecaySpecification(followUp: nil, horizon: FixedDuration(days: 60)),
        asOf: CohortLaw.day(Self.reference + 61)
      )
    }

    func maps(since: Int, until: Int) -> PrequentialMaps? {
      PrequentialMaps(
        state.calibrationLayout.units(cohorts, knownBy: CohortLaw.day(until)),
        PrequentialMaps.Scale(state),
        since: CohortLaw.day(since),
        until: CohortLaw.day(until)
      )
    }

    /// By how much the level known at a moment lowers the log loss of the sixty days after it.
    func future(since: Int, until: Int) throws -> Double {
      let known = state.calibrationLayout.units(cohorts, knownBy: CohortLaw.day(until))
        .filter { $0.cohort >= CohortLaw.day(since) }.map(\.outcome)
      let shift = try #require(
        CalibrationDecay.shift(
          known,
          against: state.calibration.hypotheses,
          rates: state.calibrationRates,
          layout: state.calibrationLayout
        )
      )
      let later = state.calibrationLayout
        .units(cohorts, knownBy: CohortLaw.day(until + 120))
        .filter { CohortLaw.day(until) <= $0.cohort && $0.cohort < CohortLaw.day(until + 60) }
      return later.reduce(0) { sum, unit in
        let old = state.calibration.hypotheses.reference[unit.outcome.kind]
        let odds = old / (1 - old) * exp(shift.level)
        let new = odds / (1 + odds)
        let (trials, churned) = (Double(unit.outcome.trials), Double(unit.outcome.successes))
        return sum + churned * log(new / old) + (trials - churned) * log((1 - new) / (1 - old))
      }
    }
  }

  @Test func `a level that lasts gets a map, with a gain that comes true`() throws {
    var helpful = 0
    for seed in 1...20 {
      let shop = try Operator(days: 320, seed: UInt64(seed)) { $0 < 140 ? 1 : 1.6 }
      let maps = try #require(shop.maps(since: 140, until: 200))
      guard case .helps(let gain, let predictions) = maps.answer else { continue }
      helpful += 1
      #expect(gain > 0 && predictions > 0)
      #expect(try shop.future(since: 140, until: 200) > 0)
    }
    #expect(helpful >= 18, "\(helpful) of 20")
  }

  @Test func `two windows are asked for`() throws {
    let shop = try Operator(days: 260, seed: 3) { $0 < 140 ? 1 : 1.6 }
    let early = try #require(shop.maps(since: 140, until: 165))
    guard case .waits(let count) = early.answer else {
      Issue.record("\(early.answer)")
      return
    }
    #expect(count < PrequentialMaps.needed)
    #expect(early.obstacle?.contains("\(count) of 2 windows") == true)
  }

  @Test func `where nothing has changed no map helps`() throws {
    var helpful = 0
    for seed in 1...60 {
      let shop = try Operator(days: 220, seed: UInt64(seed)) { _ in 1 }
      if case .helps? = shop.maps(since: 140, until: 210)?.answer { helpful += 1 }
    }
    #expect(helpful <= 3, "\(helpful) of 60")
  }

  @Test func `where the level swings, maps that would do harm are rarely advised`() throws {
    var (harmful, unguarded) = (0, 0)
    for period in [60.0, 90, 120, 180, 365] {
      for seed in 1...6 {
        let shop = try Operator(days: 620, seed: UInt64(seed)) { day in
          exp(0.5 * sin(2 * .pi * (Double(day) / period + Double(seed) / 6)))
        }
        // Each month, a decay is thought to have begun seventy days ago.
        for until in stride(from: 200, through: 500, by: 30) {
          guard let maps = shop.maps(since: until - 70, until: until),
            try shop.future(since: until - 70, until: until) < 0
          else { continue }
          unguarded += 1
          if case .helps = maps.answer { harmful += 1 }
        }
      }
    }
    #expect(unguarded >= 200)
    #expect(harmful * 8 <= unguarded, "\(harmful) of \(unguarded)")
  }
}
