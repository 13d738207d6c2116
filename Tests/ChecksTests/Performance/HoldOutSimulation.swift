// SPDX-License-Identifier: Apache-2.0
import Checks
import Profiles
import Statistics
import Testing

/// Performance under a campaign that changes the outcomes that it is measured by.
@Suite struct HoldOutSimulation {
  private static let binning = NumericBinningBuilder().binning(
    of: (0...200).map { Double($0) / 200 },
    range: 0...1
  )

  /// One run: 6,000 customers; the model flags from 0.5 on; a campaign of two tiers assigns most of
  /// the flagged and some others, holds out 20 % of the first tier and 40 % of the second, and
  /// saves 40 % of the churners that it reaches.
  private func run(_ random: inout SplitMix64) -> (ArmedOutcomes, truth: [Double]) {
    let empty = LabelProfile(binCount: Self.binning.binCount)
    var outcomes = ArmedOutcomes(
      untouched: empty,
      strata: Array(repeating: .init(control: empty, treated: empty), count: 2)
    )
    var truth = empty
    func count(_ profile: inout LabelProfile, _ score: Double, _ churns: Bool) {
      profile.count(
        ScoredPrediction(
          score: score,
          bin: Self.binning.bin(of: score),
          isFlagged: score >= 0.5,
          logLoss: 0
        ),
        label: churns,
        isFinal: true
      )
    }
    for _ in 0..<6_000 {
      let score = 0.02 + 0.9 * random.uniform() * random.uniform()
      let churns = random.chance(0.8 * score + 0.03)
      count(&truth, score, churns)
      let isAssigned = random.chance(score >= 0.5 ? 0.9 : score >= 0.3 ? 0.5 : 0)
      guard isAssigned else {
        count(&outcomes.untouched, score, churns)
        continue
      }
      let tier = score >= 0.5 ? 0 : 1
      if random.chance(tier == 0 ? 0.2 : 0.4) {
        count(&outcomes.strata[tier].control, score, churns)
      } else {
        count(&outcomes.strata[tier].treated, score, churns && !random.chance(0.4))
      }
    }
    let truePositives = Double(truth[.truePositive])
    let values = [
      truePositives / Double(truth.positives),
      truePositives / Double(truth[.truePositive] + truth[.falsePositive]),
      Double(truth.positives) / Double(truth.labelled),
    ]
    return (outcomes, values)
  }

  @Test(.timeLimit(.minutes(1)))
  func `the hold-out covers the truth in at least 93 % of runs, the unweighted figure does not`()
    throws
  {
    var random = SplitMix64(seed: 4_711)
    // The truth of the population, by many runs of it.
    var truth = [0.0, 0, 0]
    for _ in 0..<300 {
      let (_, values) = run(&random)
      for index in truth.indices { truth[index] += values[index] / 300 }
    }
    let runs = 2_000
    var covered = Array(repeating: 0, count: 3)
    var naive = 0
    var naiveSum = 0.0
    for _ in 0..<runs {
      let (outcomes, _) = run(&random)
      let estimate = try #require(HoldOutPerformance(outcomes))
      let figures = [estimate.recall, estimate.precision, estimate.prevalence]
      for (index, figure) in figures.enumerated() {
        let interval = try #require(figure?.interval)
        if interval.lower <= truth[index], truth[index] <= interval.upper { covered[index] += 1 }
      }
      var all = outcomes.untouched
      for stratum in outcomes.strata {
        all.merge(stratum.control)
        all.merge(stratum.treated)
      }
      let share = try #require(Proportion(all[.truePositive], of: all.positives))
      naiveSum += share.value / Double(runs)
      let interval = share.wilsonInterval()
      if interval.lower <= truth[0], truth[0] <= interval.upper { naive += 1 }
    }
    let slack = 3 * (0.95 * 0.05 / Double(runs)).squareRoot()
    for (index, count) in covered.enumerated() {
      let share = Double(count) / Double(runs)
      #expect(share > 0.93 - slack / 2 && share < 0.97 + slack / 2, "\(index): \(share)")
    }
    // The campaign hides the churners whom the model found: recall seems a tenth lower.
    #expect(naiveSum < truth[0] - 0.04, "\(naiveSum) \(truth[0])")
    #expect(Double(naive) / Double(runs) < 0.5, "\(naive)")
  }

  @Test func `without a hold-out there is no figure`() throws {
    var random = SplitMix64(seed: 5)
    var (outcomes, _) = run(&random)
    #expect(HoldOutPerformance(outcomes) != nil)
    outcomes.strata[0].control = LabelProfile(binCount: Self.binning.binCount)
    #expect(HoldOutPerformance(outcomes) == nil)
    let reading = Reading(.recall, subject: "score", value: 0.4, sample: .init(current: 90))
    let adjusted = HoldOutPerformance.readings([reading], outcomes, campaign: "spring")
    guard case .confounded(let why)? = adjusted.first?.obstacle else {
      Issue.record("\(adjusted)")
      return
    }
    #expect(why.contains("nobody was held out") && why.contains("spring"))
    outcomes.strata = []
    #expect(HoldOutPerformance.readings([reading], outcomes, campaign: "spring") == [reading])
  }
}
