// SPDX-License-Identifier: Apache-2.0
import Checks
import Glibc
import Profiles
import Statistics
import Testing

/// Customers who are scored again and again: what is said of intervals by customer.
@Suite struct CustomerSimulation {
  private static let binning: NumericBinning = {
    var builder = NumericBinningBuilder()
    builder.requiredEdges = [0, 1.0.nextUp, 0.3]
    var random = SplitMix64(seed: 11)
    let scores = (0..<5000).map { _ in prediction(random.normal(), &random).score }
    return builder.binning(of: scores, range: 0...1)
  }()

  /// A prediction of a customer with some log odds; scores of one customer differ a little.
  private static func prediction(
    _ customer: Double,
    _ random: inout SplitMix64
  ) -> (score: Double, isFlagged: Bool) {
    let score = 1 / (1 + exp(1.4 - 1.2 * customer - 0.25 * random.normal()))
    return (score, score >= 0.3)
  }

  /// Labelled predictions of so many customers, each scored 1 to 6 times, with one outcome each.
  private static func draw(
    _ customers: Int,
    _ random: inout SplitMix64
  ) -> (profile: LabelProfile, pairs: CustomerPairs) {
    var profile = LabelProfile(binCount: binning.binCount)
    var pairs = CustomerPairs(groupCount: binning.groupCount)
    for _ in 0..<customers {
      let customer = random.normal()
      let label = random.chance(1 / (1 + exp(1.4 - 1.2 * customer)))
      var kinds: [Int: Int] = [:]
      for _ in 0..<(1 + Int(random.uniform() * 6)) {
        let (score, isFlagged) = prediction(customer, &random)
        let bin = binning.bin(of: score)
        profile.count(
          ScoredPrediction(
            score: score,
            bin: bin,
            isFlagged: isFlagged,
            logLoss: -log(label ? score : 1 - score)
          ),
          label: label,
          isFinal: true
        )
        let kind = CustomerPairs.kind(
          group: binning.group(ofBin: bin),
          isFlagged: isFlagged,
          isPositive: label
        )
        kinds[kind, default: 0] += 1
      }
      pairs.count(kinds)
    }
    return (profile, pairs)
  }

  @Test(.timeLimit(.minutes(1)))
  func `intervals by customer cover the truth in 93 to 97 % of windows, intervals by row do not`()
    throws
  {
    var random = SplitMix64(seed: 31)
    let truth = LabelledScores(Self.draw(300_000, &random).profile, binning: Self.binning)
    // Taken once from a reference, used for windows of other customers.
    let design = DesignEffects(Self.draw(3000, &random).pairs, binning: Self.binning)
    let runs = 2000
    let metrics = PerformanceRoster.all.filter {
      // No law, and a band made wider than need be.
      ![.spiegelhalter, .smoothECE, .ece].contains($0.name)
    }
    var covered: [CheckName: (clustered: Int, plain: Int)] = [:]
    for _ in 0..<runs {
      let profile = Self.draw(600, &random).profile
      let plain = LabelledScores(profile, binning: Self.binning)
      let clustered = LabelledScores(profile, binning: Self.binning, design: design)
      for metric in metrics {
        let value = try #require(metric.measure(truth).value)
        func covers(_ outcomes: LabelledScores) throws -> Int {
          guard case .value(_, let interval?, _, _) = metric.measure(outcomes) else {
            Issue.record("\(metric.name.rawValue) has no interval")
            return 0
          }
          return interval.lower <= value && value <= interval.upper ? 1 : 0
        }
        covered[metric.name, default: (0, 0)].clustered += try covers(clustered)
        covered[metric.name, default: (0, 0)].plain += try covers(plain)
      }
    }
    let error = 3 * (0.95 * 0.05 / Double(runs)).squareRoot()
    for metric in metrics {
      let counts = try #require(covered[metric.name])
      let share = Double(counts.clustered) / Double(runs)
      #expect(share >= 0.93 - error, "\(metric.name.rawValue): \(share)")
      // Taken for a share of churners, which is wider than its own law.
      if metric.name != .aucPR {
        #expect(share <= 0.97 + error, "\(metric.name.rawValue): \(share)")
      }
    }
    let naive = Double(try #require(covered[.recall]).plain) / Double(runs)
    #expect(naive < 0.85, "recall by row: \(naive)")
  }

  @Test func `the factor of a share is that of its definition`() throws {
    var random = SplitMix64(seed: 5)
    let group = Self.binning.group(ofBin: Self.binning.bin(of: 0.5))
    var pairs = CustomerPairs(groupCount: Self.binning.groupCount)
    // Flags of churners, by customer.
    var flags: [[Double]] = []
    for _ in 0..<400 {
      let chance = random.uniform()
      let mine = (0..<(1 + Int(random.uniform() * 5))).map { _ in random.chance(chance) ? 1.0 : 0 }
      flags.append(mine)
      var kinds: [Int: Int] = [:]
      for flag in mine {
        kinds[
          CustomerPairs.kind(group: group, isFlagged: flag == 1, isPositive: true),
          default: 0
        ] += 1
      }
      pairs.count(kinds)
    }
    let all = flags.flatMap(\.self)
    let recall = all.reduce(0, +) / Double(all.count)
    let clusters = flags.reduce(0.0) { sum, mine in
      let residual = mine.reduce(0) { $0 + $1 - recall }
      return sum + residual * residual
    }
    let single = all.reduce(0) { $0 + ($1 - recall) * ($1 - recall) }
    let design = DesignEffects(pairs, binning: Self.binning)
    #expect(abs(design[.recall] - clusters / single) < 1e-9)
    #expect(design.customers == 400)
    #expect(design.predictions == all.count)
  }

  @Test func `customers who are scored once change nothing`() {
    var pairs = CustomerPairs(groupCount: Self.binning.groupCount)
    for kind in 0..<pairs.kindCount { pairs.count([kind: 1]) }
    #expect(pairs.isSingle)
    let design = DesignEffects(pairs, binning: Self.binning)
    for check in CheckName.allCases { #expect(design[check] == 1) }
  }
}
