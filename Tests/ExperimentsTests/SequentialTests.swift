// SPDX-License-Identifier: Apache-2.0
import Experiments
import Foundation
import Statistics
import TestKit
import Testing

/// Interim looks during a campaign, and its size, against scipy; `Golden/sequential.py` made the
/// file.
@Suite struct SequentialTests {
  struct Bounds: Decodable {
    let alpha: Double
    let fractions: [Double]
    let boundaries: [Double]
    let tolerance: Double
  }

  struct Power: Decodable {
    let alpha: Double
    let fractions: [Double]
    let drift: Double
    let power: Double
  }

  struct Repeated: Decodable {
    let z: [Double]
    let fractions: [Double]
    let p: Double
  }

  struct Size: Decodable {
    let kind: String
    let control: Double
    let treated: Double
    let baseline: Double
    let effect: Double
    let alpha: Double
    let power: Double
    let arms: Int
    let correlation: Double
    let reach: Double
    let looks: [Double]
    let inflation: Double
    let customers: Double
    let total: Int
    let smallestEffect: Double
    let exactPower: Double?

    var plan: SampleSize {
      SampleSize(
        control: control,
        treated: treated,
        test: SampleSize.Test(alpha: alpha, power: power, looks: looks),
        correlation: correlation,
        reach: reach,
        arms: arms
      )
    }

    var outcome: SampleSize.Outcome {
      kind == "event" ? .event(baseline: baseline) : .amount(standardDeviation: baseline)
    }
  }

  struct File: Decodable {
    let boundaries: [Bounds]
    let powers: [Power]
    let repeated: [Repeated]
    let sizes: [Size]
  }

  private static let five = [0.2, 0.4, 0.6, 0.8, 1]

  private static func file() throws -> File {
    let url = Golden.root.appendingPathComponent("Tests/ExperimentsTests/Golden/sequential.json")
    return try JSONDecoder().decode(File.self, from: Data(contentsOf: url))
  }

  @Test func `five equal interim looks have the published boundaries`() {
    // Of ldbounds and gsDesign.
    let published = [4.877, 3.357, 2.680, 2.290, 2.031]
    let found = GroupSequential().boundaries(Self.five)
    #expect(zip(found, published).allSatisfy { abs($0 - $1) < 5e-4 }, "\(found)")
    let single = GroupSequential(alpha: 0.05).boundaries([1])
    #expect(abs(single[0] - Normal.quantile(0.975)) < 1e-12)
  }

  @Test func `boundaries, power and repeated p-values are scipy's`() throws {
    let file = try Self.file()
    for item in file.boundaries {
      let found = GroupSequential(alpha: item.alpha).boundaries(item.fractions)
      #expect(found.count == item.boundaries.count)
      for (mine, theirs) in zip(found, item.boundaries) {
        #expect(abs(mine - theirs) < item.tolerance, "\(item.fractions): \(mine) \(theirs)")
      }
    }
    for item in file.powers {
      let test = GroupSequential(alpha: item.alpha)
      let mine = test.power(drift: item.drift, fractions: item.fractions)
      #expect(abs(mine - item.power) < 2e-6, "\(item.fractions): \(mine) \(item.power)")
      #expect(test.power(drift: -item.drift, fractions: item.fractions) == mine)
    }
    for item in file.repeated {
      let mine = GroupSequential.repeatedP(item.z, fractions: item.fractions)
      #expect(abs(mine / item.p - 1) < 2e-5, "\(item.z): \(mine) \(item.p)")
    }
  }

  @Test func `sample sizes and smallest effects are those of the formula of power`() throws {
    for item in try Self.file().sizes {
      let plan = item.plan
      #expect(abs(plan.inflation - item.inflation) < 2e-6, "\(plan.inflation) \(item.inflation)")
      let customers = try #require(plan.customers(item.outcome, effect: item.effect))
      #expect(abs(Double(customers) / item.customers - 1) < 2e-6 + 1 / item.customers)
      let smallest = try #require(
        plan.smallestEffect(item.outcome, customers: item.total, isFalling: item.effect < 0)
      )
      #expect(abs(smallest / item.smallestEffect - 1) < 2e-6, "\(smallest)")
      // The sum over all tables, without the normal approximation.
      if let exact = item.exactPower { #expect(abs(exact - item.power) < 0.01, "\(exact)") }
    }
  }

  @Test(arguments: [1e-6, 0.01, 0.05, 0.3, 1])
  func `both sides spend alpha, however the interim looks fall`(alpha: Double) {
    let test = GroupSequential(alpha: alpha)
    let daily = (1...60).map { Double($0) / 60 }
    for fractions in [
      [1], Self.five, daily, [0.9, 0.900_01, 1], [1e-7, 1e-5, 1], [0.01, 0.99, 1.3], [0.1, 0.4],
    ] {
      let allowed = test.spent(fractions.last ?? 0)
      let crossed = test.power(drift: 0, fractions: fractions)
      #expect(abs(crossed / allowed - 1) < 1e-9, "\(fractions): \(crossed) \(allowed)")
    }
    #expect(abs(test.spent(1) - alpha / 2) < 1e-12 && test.spent(0) == 0)
    let boundaries = test.boundaries(daily)
    #expect(zip(boundaries, boundaries.dropFirst()).allSatisfy { $0 >= $1 })
  }

  @Test func `odd fractions give finite boundaries`() {
    let test = GroupSequential()
    let limit = GroupSequential.limit
    #expect(test.boundaries([]) == [])
    #expect(test.boundaries([.nan, -1, 0, 1e-9]) == [limit, limit, limit, limit])
    let found = test.boundaries([0.5, 0.5, 0.4, 1.2, 1.2, 1.3])
    let plain = test.boundaries([0.5, 1])
    #expect(found == [plain[0], plain[0], plain[0], plain[1], plain[1], limit])
    // An interim look too early to see anything takes nothing from the last.
    let early = test.boundaries([0.002, 1])
    #expect(early[0] == limit && abs(early[1] - Normal.quantile(0.975)) < 1e-9)
    #expect(test.power(drift: 1e4, fractions: Self.five) == 1)
    #expect(test.power(drift: 3, fractions: []) == 0)
  }

  @Test func `a repeated p-value is below alpha where an interim look decides, and only there`() {
    var random = SplitMix64(seed: 5)
    for _ in 0..<60 {
      let looks = 1 + Int(random.uniform() * 5)
      var fractions: [Double] = []
      for _ in 0..<looks { fractions.append((fractions.last ?? 0) + 0.02 + random.uniform() / 6) }
      let z = fractions.map { 2.5 * $0.squareRoot() + random.normal() }
      let p = GroupSequential.repeatedP(z, fractions: fractions)
      #expect(GroupSequential.repeatedP(z.map { -$0 }, fractions: fractions) == p)
      for alpha in [0.001, 0.05, 0.3] {
        let boundaries = GroupSequential(alpha: alpha).boundaries(fractions)
        let isDecided = zip(z, boundaries).contains { abs($0) >= $1 }
        #expect((p <= alpha) == isDecided, "\(z) \(fractions): \(p)")
      }
      // A further interim look can only lower it.
      let fewer = GroupSequential.repeatedP(z.dropLast(), fractions: fractions.dropLast())
      #expect(p <= fewer * (1 + 1e-9))
    }
    // One interim look at the end has the usual p-value.
    for z in [0.3, 1.96, 4, 7.5] {
      let p = GroupSequential.repeatedP([z], fractions: [1])
      #expect(abs(p / (2 * Normal.upperTail(z)) - 1) < 1e-9)
    }
    #expect(GroupSequential.repeatedP([], fractions: []) == 1)
    #expect(GroupSequential.repeatedP([.nan], fractions: [0.5]) == 1)
    #expect(GroupSequential.repeatedP([.infinity], fractions: [0.5]) < 1e-290)
  }

  @Test func `interim looks cost little: at most 3 points of power, or 4 % more customers`() {
    let test = GroupSequential()
    for looks in [2, 4, 5, 8] {
      let fractions = (1...looks).map { Double($0) / Double(looks) }
      for power in [0.5, 0.8, 0.9] {
        let drift = Normal.quantile(power) + Normal.quantile(0.975)
        #expect(power - test.power(drift: drift, fractions: fractions) < 0.03)
        let inflation = test.inflation(power: power, fractions: fractions)
        #expect(inflation > 1 && inflation < 1.04, "\(looks), \(power): \(inflation)")
        let more = test.power(drift: drift * inflation.squareRoot(), fractions: fractions)
        #expect(abs(more - power) < 1e-9)
      }
    }
    #expect(abs(test.inflation(power: 0.8, fractions: [1]) - 1) < 1e-9)
  }

  @Test func `sizes answer to effects, arms that change places, and what is known so far`() throws {
    let plan = SampleSize(
      control: 0.2,
      treated: 0.8,
      test: SampleSize.Test(looks: Self.five),
      correlation: 0.5
    )
    let churn = SampleSize.Outcome.event(baseline: 0.15)
    let amount = SampleSize.Outcome.amount(standardDeviation: 30)
    for (outcome, effect) in [(churn, -0.03), (churn, 0.03), (amount, 2.0), (amount, -2.0)] {
      let customers = try #require(plan.customers(outcome, effect: effect))
      let seen = plan.smallestEffect(outcome, customers: customers, isFalling: effect < 0)
      #expect(abs(try #require(seen) / effect - 1) < 1e-3)
    }
    // From 15 to 12 % with a small control is from 12 to 15 % with a small treated arm.
    let mirror = SampleSize(
      control: 0.8,
      treated: 0.2,
      test: SampleSize.Test(looks: Self.five),
      correlation: 0.5
    )
    #expect(
      plan.customers(churn, effect: -0.03)
        == mirror.customers(.event(baseline: 0.12), effect: 0.03)
    )
    // The planned error at half the customers: as many again are needed; with all of them none.
    let needed = try #require(plan.customers(amount, effect: 2))
    for (share, missing) in [(0.5, Double(needed) / 2), (1, 0), (1.5, 0)] {
      let customers = Int(Double(needed) * share)
      let variance = 900 * 0.75 * (1 / 0.2 + 1 / 0.8) / Double(customers)
      let more = try #require(
        plan.customersMissing(
          effect: -2,
          standardError: variance.squareRoot(),
          customers: customers
        )
      )
      #expect(abs(Double(more) - missing) <= 1, "\(share): \(more) \(missing)")
    }
  }

  @Test func `what no number of customers shows has no size`() {
    let plan = SampleSize(control: 0.5, treated: 0.5)
    #expect(plan.customers(.event(baseline: 0.1), effect: 0) == nil)
    #expect(plan.customers(.event(baseline: 0.1), effect: -0.2) == nil)
    #expect(plan.customers(.event(baseline: 0.1), effect: .nan) == nil)
    #expect(plan.customers(.amount(standardDeviation: 1), effect: 1e-30) == nil)
    #expect(plan.customers(.amount(standardDeviation: 0), effect: 1) == 0)
    #expect(plan.smallestEffect(.event(baseline: 0.1), customers: 60, isFalling: true) == nil)
    #expect(plan.smallestEffect(.event(baseline: 0.1), customers: 0) == nil)
    #expect(plan.customersMissing(effect: 0, standardError: 1, customers: 10) == nil)
  }

  @Test(.timeLimit(.minutes(2)))
  func `four weekly interim looks alarm in 5 % of campaigns without effect and keep the power`()
    throws
  {
    let (control, treated) = (50, 110)
    let all = Double(control + treated)
    let plan = SampleSize(control: Double(control) / all, treated: Double(treated) / all)
    let effect = try #require(
      plan.smallestEffect(.event(baseline: 0.3), customers: 4 * Int(all), isFalling: true)
    )
    let quiet = try Self.rates(control, treated, effect: 0, seed: 11)
    #expect(quiet.looks > 0.044 && quiet.looks < 0.056, "\(quiet)")
    // The effect that is planned to be seen in 80 % by a test at the end.
    let loud = try Self.rates(control, treated, effect: effect, seed: 12)
    #expect(abs(loud.end - 0.8) < 0.015 && loud.end - loud.looks < 0.03, "\(loud)")
  }

  /// The shares of campaigns that are decided at one of four interim looks, and by a test at the
  /// end alone.
  private static func rates(_ control: Int, _ treated: Int, effect: Double, seed: UInt64) throws
    -> (looks: Double, end: Double)
  {
    let runs = 20_000
    let levels = GroupSequential().boundaries([0.25, 0.5, 0.75, 1]).map {
      2 * Normal.upperTail($0)
    }
    var random = SplitMix64(seed: seed)
    var (decided, fixed) = (0, 0)
    for _ in 0..<runs {
      var (first, second) = (0, 0)
      var isDecided = false
      for (week, level) in zip(1..., levels) {
        first += (0..<control).count { _ in random.chance(0.3) }
        second += (0..<treated).count { _ in random.chance(0.3 + effect) }
        let contrast = try #require(
          Contrast.proportions(
            control: ArmSums(successes: first, of: week * control),
            treated: ArmSums(successes: second, of: week * treated)
          )
        )
        isDecided = isDecided || contrast.p <= level
        if week == levels.count, contrast.p <= 0.05 { fixed += 1 }
      }
      decided += isDecided ? 1 : 0
    }
    return (Double(decided) / Double(runs), Double(fixed) / Double(runs))
  }

  @Test func `customers of a mean are those of statsmodels`() throws {
    struct Plan: Decodable { let effect, deviation, control, customers: Double }
    struct Peers: Decodable { let plans: [Plan] }
    let url = Golden.root.appendingPathComponent("Tests/ExperimentsTests/Golden/peers.json")
    for plan in try JSONDecoder().decode(Peers.self, from: Data(contentsOf: url)).plans {
      let size = SampleSize(control: plan.control, treated: 1 - plan.control)
      let found = try #require(
        size.customers(.amount(standardDeviation: plan.deviation), effect: plan.effect)
      )
      // statsmodels counts the chance to err on the other side too.
      #expect(abs(Double(found) - plan.customers) < 2)
    }
  }
}
