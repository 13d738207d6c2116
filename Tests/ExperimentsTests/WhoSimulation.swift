// SPDX-License-Identifier: Apache-2.0
import Experiments
import Statistics
import Testing

/// What curves, ratios and shrunken effects promise, kept in seeded simulations.
@Suite struct WhoSimulation {
  /// Three standard errors of a share of runs.
  private func slack(_ share: Double, _ runs: Int) -> Double {
    3 * (share * (1 - share) / Double(runs)).squareRoot()
  }

  @Test(.timeLimit(.minutes(1)))
  func `intervals of a curve cover in 93 to 97 %`() throws {
    var random = SplitMix64(seed: 44)
    let (runs, horizon, hazard) = (2_000, 60, 0.01)
    let days = [15, 40, 55]
    let truth = days.map { day in (0...day).reduce(1.0) { share, _ in share * (1 - hazard) } }
    var covered = [0, 0, 0]
    for _ in 0..<runs {
      var rows: [(day: Int, events: Int, censored: Int)] = []
      for _ in 0..<250 {
        // Entered on any of 60 days before today, or earlier.
        let last = random.chance(0.4) ? horizon : Int(random.uniform() * Double(horizon))
        let event = (0...last).first { _ in random.chance(hazard) }
        rows.append((event ?? last, event == nil ? 0 : 1, event == nil ? 1 : 0))
      }
      let curve = KaplanMeier(rows, horizon: horizon)
      for (place, day) in days.enumerated() {
        let interval = try #require(curve.step(at: day)).interval
        let isCovered = interval.lower <= truth[place] && truth[place] <= interval.upper
        covered[place] += isCovered ? 1 : 0
      }
    }
    for count in covered {
      let share = Double(count) / Double(runs)
      #expect((0.93...0.97).contains(share), "\(share)")
    }
  }

  @Test(.timeLimit(.minutes(1)))
  func `an interim look after each 50 customers alarms in at most α of right splits`() {
    var random = SplitMix64(seed: 45)
    let runs = 2_500
    for shares in [["a": 0.5, "b": 0.5], ["a": 0.9, "b": 0.1]] {
      let test = SequentialSampleRatio(shares: shares, planned: 3_000)
      let chance = shares["b"] ?? 0
      var lowest: [Double] = []
      for _ in 0..<runs {
        var (first, second, evidence) = (0, 0, 0.0)
        for _ in 0..<100 {
          for _ in 0..<50 {
            if random.chance(chance) { second += 1 } else { first += 1 }
          }
          evidence = max(evidence, test.logEvidence(["a": first, "b": second]))
        }
        lowest.append(evidence)
      }
      // p = exp(−evidence), as at a single interim look.
      for (alpha, bar) in [(0.001, 6.907755), (0.01, 4.605170), (0.05, 2.995732)] {
        let share = Double(lowest.count { $0 > bar }) / Double(runs)
        #expect(share <= alpha + slack(alpha, runs), "\(alpha): \(share)")
      }
    }
  }

  @Test(.timeLimit(.minutes(1)))
  func `45 to 55 instead of halves is seen within 3,000 customers, and 40 to 60 within 800`() {
    var random = SplitMix64(seed: 46)
    let test = SequentialSampleRatio(shares: ["a": 1, "b": 1], planned: 10_000)
    for (chance, most) in [(0.55, 3_000), (0.6, 800)] {
      var seen: [Int] = []
      for _ in 0..<300 {
        var (first, second) = (0, 0)
        while first + second < 10_000 {
          for _ in 0..<50 {
            if random.chance(chance) { second += 1 } else { first += 1 }
          }
          if test.p([["a": first, "b": second]]) < SampleRatio.alarm { break }
        }
        seen.append(first + second)
      }
      let median = seen.sorted()[150]
      #expect(median <= most, "\(chance): \(median)")
      #expect(seen.allSatisfy { $0 < 10_000 })
    }
  }

  @Test(.timeLimit(.minutes(1)))
  func `equal tiers are called different, and a trend seen, in 5 % of campaigns`() throws {
    var random = SplitMix64(seed: 47)
    let runs = 5_000
    let errors = [0.01, 0.012, 0.015, 0.02, 0.03]
    var (different, sloped) = (0, 0)
    for _ in 0..<runs {
      let tiers = errors.map { (effect: 0.02 + $0 * random.normal(), standardError: $0) }
      let found = try #require(Heterogeneity(tiers))
      different += found.p < 0.05 ? 1 : 0
      sloped += (found.trend?.p ?? 1) < 0.05 ? 1 : 0
    }
    for count in [different, sloped] {
      let share = Double(count) / Double(runs)
      #expect(abs(share - 0.05) <= slack(0.05, runs), "\(share)")
    }
  }

  @Test(.timeLimit(.minutes(1)))
  func `shrunken effects are nearer to the truth, and their intervals cover`() throws {
    var random = SplitMix64(seed: 48)
    let runs = 3_000
    for count in [4, 5, 10] {
      for spread in [0, 0.5, 1, 2] {
        var (raw, shrunken, covered) = (0.0, 0.0, 0)
        for _ in 0..<runs {
          let tiers = (0..<count).map { place in
            let error = 0.7 + 0.6 * Double(place) / Double(count - 1)
            return (truth: 3 + spread * random.normal(), error: error)
          }
          let measured = tiers.map { ($0.truth + $0.error * random.normal(), $0.error) }
          let found = try #require(Heterogeneity(measured))
          for (place, tier) in tiers.enumerated() {
            let effect = try #require(found.shrunken[place])
            let (before, after) = (measured[place].0 - tier.truth, effect.estimate - tier.truth)
            raw += before * before
            shrunken += after * after
            let interval = effect.interval
            covered += interval.lower <= tier.truth && tier.truth <= interval.upper ? 1 : 0
          }
        }
        let share = Double(covered) / Double(runs * count)
        #expect(shrunken < raw, "\(count) \(spread): \(shrunken / raw)")
        #expect(share >= 0.93, "\(count) \(spread): \(share)")
      }
    }
  }
}
