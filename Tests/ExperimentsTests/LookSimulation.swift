// SPDX-License-Identifier: Apache-2.0
import Experiments
import Profiles
import Statistics
import Testing

/// What an interim look every day does, and what money intervals promise.
@Suite struct LookSimulation {
  @Test(.timeLimit(.minutes(1)))
  func
    `daily interim looks alarm in at most 5 % of campaigns without effect, naive ones in more than 20 %`()
    throws
  {
    var random = SplitMix64(seed: 28)
    let (runs, days, perDay) = (1_500, 28, 250)
    let sequence = ConfidenceSequence(planned: 2 * days * perDay)
    var (honest, naive) = (0, 0)
    for _ in 0..<runs {
      var (first, second) = (0, 0)
      var (isHonest, isNaive) = (false, false)
      for day in 1...days {
        for _ in 0..<perDay {
          if random.chance(0.15) { first += 1 }
          if random.chance(0.15) { second += 1 }
        }
        let contrast = try #require(
          Contrast.proportions(
            control: ArmSums(successes: first, of: day * perDay),
            treated: ArmSums(successes: second, of: day * perDay)
          )
        )
        let p = sequence.p(
          contrast.difference,
          standardError: contrast.standardError,
          count: 2 * day * perDay
        )
        isHonest = isHonest || p < 0.05
        isNaive = isNaive || contrast.p < 0.05
      }
      honest += isHonest ? 1 : 0
      naive += isNaive ? 1 : 0
    }
    #expect(Double(honest) / Double(runs) <= 0.05)
    #expect(Double(naive) / Double(runs) > 0.2)
  }

  @Test(.timeLimit(.minutes(1)))
  func `intervals of effects, adjusted or not, and of money cover in 93 to 97 %`() throws {
    var random = SplitMix64(seed: 29)
    let runs = 2_000
    var covered = [0, 0, 0, 0]
    var ratio = 0.0
    let slack = 3 * (0.95 * 0.05 / Double(runs)).squareRoot()
    for _ in 0..<runs {
      func arm(_ count: Int, _ shift: Double) -> ArmSums {
        var sums = ArmSums.empty
        for _ in 0..<count {
          let x = random.normal()
          let y = 3 + shift + 0.8 * x + 0.6 * random.normal()
          sums.merge(ArmSums(count: 1, mean: y, squares: 0, covariateMean: x))
        }
        return sums
      }
      let (control, treated) = (arm(120, 0), arm(180, 0.1))
      let plain = try #require(Contrast.means(control: control, treated: treated))
      let adjusted = try #require(Contrast.adjusted(control: control, treated: treated))
      ratio += (adjusted.standardError / plain.standardError) / Double(runs)
      let a = (0..<600).count { _ in random.chance(0.2) }
      let b = (0..<900).count { _ in random.chance(0.14) }
      let shares = try #require(
        Contrast.proportions(
          control: ArmSums(successes: a, of: 600),
          treated: ArmSums(successes: b, of: 900)
        )
      )
      let money = NetBenefit(
        improvement: (-shares.difference, shares.standardError),
        customers: 900,
        prices: Prices(currency: "EUR", value: 300, contact: 4),
        measuredCost: 500
      )
      let truth = 900 * 0.06 * 300 - 900 * 4 - 500
      for (index, (interval, value)) in [
        (plain.interval, 0.1), (adjusted.interval, 0.1), (shares.interval, -0.06),
        (money.interval, truth),
      ].enumerated() where interval.lower <= value && value <= interval.upper {
        covered[index] += 1
      }
    }
    for (index, count) in covered.enumerated() {
      let share = Double(count) / Double(runs)
      #expect(share > 0.93 - slack / 2 && share < 0.97 + slack / 2, "\(index): \(share)")
    }
    // A correlation of 0.8 takes 64 % of the variance: the error is 0.6 of what it was.
    #expect(abs(ratio - 0.6) < 0.01, "\(ratio)")
  }
}
