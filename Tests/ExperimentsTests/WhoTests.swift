// SPDX-License-Identifier: Apache-2.0
import Experiments
import Foundation
import Statistics
import TestKit
import Testing

/// Who has the event when, whether arms are as intended, and whom to contact, against scipy;
/// `Golden/who.py` made the file.
@Suite struct WhoTests {
  struct Figure: Decodable {
    let value: Double
    let lower: Double
    let upper: Double
  }

  struct Curve: Decodable {
    struct Step: Decodable {
      let day: Int
      let atRisk: Int
      let survival: Double
      let lower: Double?
      let upper: Double?
    }
    let rows: [[Int]]
    let horizon: Int
    let steps: [Step]

    var days: [(day: Int, events: Int, censored: Int)] { rows.map { ($0[0], $0[1], $0[2]) } }
  }

  struct Ratio: Decodable {
    let shares: [Double]
    let planned: Int
    let looks: [[Int]]
    let logs: [Double]
    let p: Double
  }

  struct Tiers: Decodable {
    struct Effect: Decodable {
      let value: Double
      let error: Double
      let lower: Double
      let upper: Double
      let p: Double?
    }
    let effects: [Double]
    let errors: [Double]
    let q: Double
    let p: Double
    let between: Double
    let mean: Effect
    let shrunken: [Effect]
    let trend: Effect?
  }

  struct Cut: Decodable {
    struct Plan: Decodable {
      let value: Double
      let error: Double
      let lower: Double
      let upper: Double
      let chance: Double
    }
    let tiers: [[Double]]
    let capacity: Int
    let contacted: [Int]
    let plan: Plan
    let unlimited: Plan
    let everyone: Plan
  }

  struct Uplift: Decodable {
    struct Point: Decodable {
      let depth: Double
      let gain: Figure
      let random: Double
      let advantage: Figure
    }
    let tiers: [[Double]]
    let prices: [Double]?
    let points: [Point]
  }

  struct Balance: Decodable {
    struct Found: Decodable {
      let difference: Double
      let standardised: Double
      let p: Double
      let adjustedP: Double
    }
    let arms: [[Double]]
    let found: [Found]
  }

  struct File: Decodable {
    let curves: [Curve]
    let ratios: [Ratio]
    let tiers: [Tiers]
    let cuts: [Cut]
    let uplifts: [Uplift]
    let balances: [Balance]
  }

  private static func file() throws -> File {
    let url = Golden.root.appendingPathComponent("Tests/ExperimentsTests/Golden/who.json")
    return try JSONDecoder().decode(File.self, from: Data(contentsOf: url))
  }

  /// Expects a number, or an interval, of scipy's to 1e-9.
  private func expect(_ mine: Double, _ theirs: Double, _ at: SourceLocation = #_sourceLocation) {
    #expect(agree(mine, theirs, 1e-9), "\(mine) \(theirs)", sourceLocation: at)
  }

  private func expect(
    _ mine: Interval,
    _ lower: Double,
    _ upper: Double,
    _ at: SourceLocation = #_sourceLocation
  ) {
    expect(mine.lower, lower, at)
    expect(mine.upper, upper, at)
  }

  // MARK: When

  @Test func `curves are scipy's`() throws {
    for item in try Self.file().curves {
      let curve = KaplanMeier(item.days, horizon: item.horizon)
      #expect(curve.steps.map(\.day) == item.steps.map(\.day))
      #expect(curve.steps.map(\.atRisk) == item.steps.map(\.atRisk))
      for (mine, theirs) in zip(curve.steps, item.steps) {
        expect(mine.survival, theirs.survival)
        #expect(curve.survival(at: mine.day) == mine.survival)
        // Scipy has no limits where nobody is left.
        guard let lower = theirs.lower, let upper = theirs.upper else { continue }
        expect(mine.interval, lower, upper)
      }
    }
  }

  @Test func `the order of rows and their parts do not matter`() throws {
    for item in try Self.file().curves {
      let whole = KaplanMeier(item.days, horizon: item.horizon)
      let parts = item.days.reversed().flatMap { row in
        [(row.day, row.events, 0), (row.day, 0, row.censored), (row.day, 0, 0)]
      }
      let other = KaplanMeier(parts, horizon: item.horizon)
      #expect(other.steps == whole.steps)
      #expect(other.count == whole.count)
      #expect(other.lastDay == whole.lastDay)
    }
  }

  @Test func `nobody, no event, and an event for everyone`() throws {
    let nobody = KaplanMeier([], horizon: 30)
    #expect(nobody.steps.isEmpty && nobody.survival(at: 0) == nil && nobody.thinned().isEmpty)
    let censored = KaplanMeier([(5, 0, 40), (12, 0, 60)], horizon: 30)
    #expect(censored.steps.isEmpty && censored.count == 100 && censored.thinned().isEmpty)
    #expect(censored.survival(at: 12) == 1 && censored.survival(at: 13) == nil)
    let gone = KaplanMeier([(3, 5, 0), (8, 5, 0)], horizon: 30)
    #expect(gone.survival(at: 2) == 1 && gone.survival(at: 30) == 0)
    #expect(gone.survival(at: -1) == nil && gone.survival(at: 31) == nil)
    let steps = gone.steps.map(\.interval)
    #expect(steps[1] == Interval(lower: 0, upper: steps[0].upper))
    // None of 10 survived: Clopper and Pearson's upper limit.
    let once = try #require(KaplanMeier([(0, 10, 0)], horizon: 30).steps.first)
    expect(once.interval, 0, 0.3084971078187608)
    // Events after the horizon are none, and before the assignment customers are not evaluated.
    let late = KaplanMeier([(-2, 9, 0), (4, 1, 0), (31, 7, 2)], horizon: 30)
    #expect(late.count == 10 && late.lastDay == 30 && late.survival(at: 30) == 0.9)
  }

  @Test func `a thinned curve shows no fewer than ten`() throws {
    var random = SplitMix64(seed: 41)
    var shown = 0
    for _ in 0..<300 {
      let days = (0..<40).map { day in
        (day: day, events: Int(random.uniform() * 5), censored: Int(random.uniform() * 8))
      }
      let curve = KaplanMeier(days, horizon: 35)
      let steps = curve.thinned()
      let inSteps = steps.reduce(0) { $0 + $1.events }
      let left = curve.steps.reduce(0) { $0 + $1.events } - inSteps
      #expect(left == 0 || left >= 10)
      #expect(steps.first.map { $0.atRisk == curve.count } ?? true)
      for (step, next) in zip(steps, steps.dropFirst()) {
        #expect(step.remaining == next.atRisk && step.day < next.day)
      }
      for step in steps {
        #expect(step.events >= 10 && step.remaining >= 10)
        let censored = step.atRisk - step.remaining - step.events
        #expect(censored == 0 || censored >= 10)
        #expect(curve.survival(at: step.day) == step.survival)
      }
      shown += steps.count
    }
    #expect(shown > 1000)
    // Nine left over join the step before; a large end of which few remain is left out.
    let joined = KaplanMeier([(1, 12, 0), (2, 9, 0), (3, 0, 50)], horizon: 9).thinned()
    #expect(joined.map(\.day) == [2] && joined.map(\.events) == [21])
    let ended = KaplanMeier([(1, 12, 0), (2, 14, 0), (3, 0, 9)], horizon: 9).thinned()
    #expect(ended.map(\.day) == [1])
    #expect(KaplanMeier([(1, 12, 0), (2, 5, 0), (3, 0, 9)], horizon: 9).thinned().isEmpty)
    // Three who are censored make a step wait for the next day.
    let unseen = KaplanMeier([(1, 12, 3), (2, 11, 8), (3, 0, 50)], horizon: 9).thinned()
    #expect(unseen.map(\.day) == [2] && unseen.map(\.events) == [23])
  }

  // MARK: As intended

  @Test func `evidence against a ratio is that of scipy's multinomial laws`() throws {
    for item in try Self.file().ratios {
      let names = item.shares.indices.map { "arm \($0)" }
      let shares = Dictionary(uniqueKeysWithValues: zip(names, item.shares))
      let looks = item.looks.map { Dictionary(uniqueKeysWithValues: zip(names, $0)) }
      // An arm that nobody is meant to be in changes nothing.
      let test = SequentialSampleRatio(
        shares: shares.merging(["none": 0]) { first, _ in first },
        planned: item.planned
      )
      for (look, log) in zip(looks, item.logs) {
        #expect(agree(test.logEvidence(look.merging(["none": 77]) { $1 }), log, 1e-9))
      }
      #expect(agree(test.p(looks), item.p, 1e-9))
      #expect(test.p(looks.reversed()) == test.p(looks))
    }
    let one = SequentialSampleRatio(shares: ["a": 1, "b": 0], planned: 100)
    #expect(one.p([["a": 50, "b": 50]]) == 1)
    let empty = SequentialSampleRatio(shares: ["a": 1, "b": 1], planned: 0)
    #expect(empty.p([]) == 1 && abs(empty.logEvidence([:])) < 1e-12)
  }

  @Test func `covariates have the p-values of scipy's Welch test`() throws {
    func sums(_ arm: [Double]) -> ArmSums {
      ArmSums(
        count: Int(arm[0]),
        mean: 0,
        squares: 0,
        covariateMean: arm[1],
        covariateSquares: arm[2] * arm[2] * (arm[0] - 1)
      )
    }
    for item in try Self.file().balances {
      let treated = item.arms.dropFirst().enumerated().map { place, arm in
        ("arm \(place)", sums(arm))
      }
      let balance = try #require(
        PrePeriodBalance(
          control: sums(item.arms[0]),
          treated: Dictionary(uniqueKeysWithValues: treated)
        )
      )
      for (mine, theirs) in zip(balance.arms, item.found) {
        expect(mine.difference, theirs.difference)
        expect(try #require(mine.standardisedDifference), theirs.standardised)
        expect(mine.p, theirs.p)
        expect(mine.adjustedP, theirs.adjustedP)
        #expect(mine.isImbalanced == (theirs.adjustedP < 0.001))
      }
    }
    // What rounding leaves of a constant is balanced; two constants are not; no number is neither.
    let flat = sums([400, 0.1, 1e-16])
    let same = PrePeriodBalance(control: flat, treated: ["a": sums([400, 0.1 + 1e-16, 1e-16])])
    #expect(same?.arms[0].p == 1 && same?.arms[0].standardisedDifference == nil)
    let other = PrePeriodBalance(control: flat, treated: ["a": sums([9, 0.2, 0])])
    #expect(other?.isImbalanced == true)
    #expect(PrePeriodBalance(control: flat, treated: ["a": sums([9, .nan, 1])]) == nil)
    #expect(PrePeriodBalance(control: flat, treated: ["a": sums([1, 1, 0])]) == nil)
    #expect(PrePeriodBalance(control: .empty, treated: [:]) == nil)
  }

  // MARK: Whom

  @Test func `effects of tiers are those of the definitions in matrices`() throws {
    for item in try Self.file().tiers {
      let tiers = zip(item.effects, item.errors).map { (effect: $0, standardError: $1) }
      let found = try #require(Heterogeneity(tiers))
      expect(found.q, item.q)
      expect(found.p, item.p)
      expect(found.betweenVariance, item.between)
      expect(found.mean.estimate, item.mean.value)
      expect(found.mean.interval, item.mean.lower, item.mean.upper)
      for (mine, theirs) in zip(found.shrunken, item.shrunken) {
        let mine = try #require(mine)
        expect(mine.estimate, theirs.value)
        expect(mine.standardError, theirs.error)
        expect(mine.interval, theirs.lower, theirs.upper)
      }
      #expect((found.trend == nil) == (item.trend == nil))
      guard let mine = found.trend, let theirs = item.trend else { continue }
      expect(mine.slope, theirs.value)
      expect(mine.interval, theirs.lower, theirs.upper)
      expect(mine.p, try #require(theirs.p))
    }
  }

  @Test func `tiers that show nothing are left out, and equal ones are one`() throws {
    #expect(Heterogeneity([]) == nil)
    #expect(Heterogeneity([(0.1, 0), (.nan, 1), (1, .infinity), (1, 1e-300)]) == nil)
    let some = try #require(Heterogeneity([(0.01, 0.01), (0, 0), (0.03, 0.01)]))
    #expect(some.degreesOfFreedom == 1 && some.shrunken[1] == nil)
    // The slope is over places in the order: two tiers apart.
    expect(try #require(some.trend).slope, 0.01)
    let one = try #require(Heterogeneity([(0.02, 0.01)]))
    #expect(one.p == 1 && one.trend == nil && one.betweenVariance == 0)
    #expect(one.shrunken[0]?.estimate == 0.02)
    let equal = try #require(Heterogeneity(Array(repeating: (0.02, 0.01), count: 6)))
    #expect(equal.q < 1e-20 && equal.p == 1 && equal.betweenVariance == 0)
    #expect(equal.shrunken.allSatisfy { abs(($0?.estimate ?? 0) - 0.02) < 1e-15 })
    #expect(equal.shrunken.allSatisfy { ($0?.standardError ?? 1) < 0.01 })
  }

  @Test func `the cut is the best plan of a linear programme`() throws {
    for item in try Self.file().cuts {
      let tiers = item.tiers.enumerated().map { place, row in
        TargetingCut.Tier(
          name: "tier \(place)",
          customers: Int(row[0]),
          effect: row[1],
          standardError: row[2],
          value: row[3],
          cost: row[4]
        )
      }
      let cut = TargetingCut(tiers, capacity: item.capacity)
      let chosen = Dictionary(uniqueKeysWithValues: cut.chosen.map { ($0.name, $0.customers) })
      #expect(tiers.map { chosen[$0.name] ?? 0 } == item.contacted)
      expect(cut.chosen.reduce(0) { $0 + $1.net }, item.plan.value)
      for (mine, theirs) in [
        (cut.plan, item.plan), (cut.unlimited, item.unlimited), (cut.everyone, item.everyone),
      ] {
        expect(mine.net, theirs.value)
        expect(mine.standardError, theirs.error)
        expect(mine.interval, theirs.lower, theirs.upper)
        expect(mine.chanceToPay, theirs.chance)
      }
      let all = tiers.reduce(0) { $0 + $1.customers }
      #expect(cut.plan.customers + cut.leftOut.reduce(0) { $0 + $1.customers } == all)
      #expect(cut.everyone.customers == all)
      let other = TargetingCut(tiers.shuffled(), capacity: item.capacity)
      #expect(other.chosen.map(\.name) == cut.chosen.map(\.name))
    }
  }

  @Test func `the cut respects its capacity and says why a tier is left out`() {
    var random = SplitMix64(seed: 43)
    for _ in 0..<300 {
      let tiers = (0..<6).map { place in
        TargetingCut.Tier(
          name: "\(place)",
          customers: Int(random.uniform() * 50),
          effect: random.normal() / 50,
          standardError: 0.01,
          value: 200,
          cost: 1
        )
      }
      let capacity = Int(random.uniform() * 200)
      let cut = TargetingCut(tiers, capacity: capacity)
      #expect(cut.plan.customers <= capacity)
      #expect(cut.plan.net <= cut.unlimited.net + 1e-9)
      #expect(cut.unlimited.net >= cut.everyone.net - 1e-9)
      let isFull = cut.leftOut.contains { $0.reason == .capacity }
      #expect(isFull ? cut.plan.customers == capacity : cut.plan.net == cut.unlimited.net)
    }
    func tier(_ name: String, _ effect: Double) -> TargetingCut.Tier {
      .init(name: name, customers: 10, effect: effect, standardError: 0, value: 10, cost: 1)
    }
    let tiers = [tier("a", 0.05), tier("b", 0.2), tier("c", .nan), tier("d", 0.1), tier("e", 0.2)]
    let cut = TargetingCut(tiers, capacity: 15)
    #expect(cut.chosen.map(\.name) == ["b", "e"] && cut.chosen.map(\.customers) == [10, 5])
    #expect(cut.leftOut.map(\.name) == ["e", "a", "c", "d"])
    #expect(cut.leftOut.map(\.reason) == [.capacity, .noNet, .unmeasured, .noNet])
    #expect(cut.plan.chanceToPay == 1 && cut.everyone.customers == 40)
    let none = TargetingCut(tiers, capacity: 0)
    #expect(none.chosen.isEmpty && none.plan.net == 0 && none.plan.chanceToPay == 0)
    #expect(TargetingCut([]).leftOut.isEmpty)
  }

  @Test func `gains by depth are those of a matrix and its covariance`() throws {
    for item in try Self.file().uplifts {
      let tiers = item.tiers.enumerated().map { place, row in
        UpliftCurve.Tier(
          name: "tier \(place)",
          rank: row[0],
          customers: Int(row[1]),
          effect: row[2],
          standardError: row[3]
        )
      }
      let unit = item.prices.map {
        UpliftCurve.Unit.money(Prices(currency: "", value: $0[0], contact: $0[1]))
      }
      let curve = UpliftCurve(tiers.reversed(), unit: unit ?? .savesPerThousand)
      let names = [["tier 4"], ["tier 3"], ["tier 1", "tier 2"], ["tier 0"]]
      #expect(curve.points.map(\.names) == names)
      for (mine, theirs) in zip(curve.points, item.points) {
        expect(mine.depth, theirs.depth)
        expect(mine.gain, theirs.gain.value)
        expect(mine.interval, theirs.gain.lower, theirs.gain.upper)
        expect(mine.random, theirs.random)
        expect(mine.advantage, theirs.advantage.value)
        expect(mine.advantageInterval, theirs.advantage.lower, theirs.advantage.upper)
      }
    }
    // A campaign without effect has a curve, and tiers that are not measured are no part of it.
    let flat = UpliftCurve([
      .init(name: "a", rank: 1, customers: 5, effect: 0, standardError: 0),
      .init(name: "b", rank: 2, customers: 5, effect: 0, standardError: 0),
      .init(name: "c", rank: 3, customers: 5, effect: .nan, standardError: 1),
    ])
    #expect(flat.points.map(\.gain) == [0, 0] && flat.points.map(\.depth) == [0.5, 1])
    #expect(UpliftCurve([]).points.isEmpty)
  }
}
