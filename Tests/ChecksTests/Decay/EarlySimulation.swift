// SPDX-License-Identifier: Apache-2.0
import Checks
import Foundation
import Profiles
import Statistics
import Testing

/// What is said before labels are mature, against what turns out to be true.
@Suite struct EarlySimulation {
  /// Flagged churners become known soon, others late: labels known early flatter the recall.
  private static let law: CohortLaw = {
    var law = CohortLaw()
    law.customers = 60
    law.pace = 60
    law.flaggedPace = 25
    law.horizon = 90
    return law
  }()

  private static let horizon = FixedDuration(days: 90)

  private static func hits(_ cohorts: [Cohort]) -> (flagged: Int, unflagged: Int) {
    let all = 0..<LabelAge.count
    return cohorts.reduce((0, 0)) {
      (
        $0.0 + $1.ages.labels(.positive, in: all, decision: .flagged),
        $0.1 + $1.ages.labels(.positive, in: all, decision: .unflagged)
      )
    }
  }

  /// Labels that are known at a moment.
  private static func known(_ cohort: Cohort, at moment: Instant) -> (flagged: Int, unflagged: Int)
  {
    let last =
      (0..<LabelAge.older).last { cohort.isKnown($0, at: moment, horizon: horizon) } ?? -1
    return (
      cohort.ages.labels(.positive, in: 0..<(last + 1), decision: .flagged),
      cohort.ages.labels(.positive, in: 0..<(last + 1), decision: .unflagged)
    )
  }

  @Test func `provisional recall at an age of 30 days is unbiased and its interval honest`() throws
  {
    let runs = 300
    var (bias, arrived, covered, precisionBias) = (0.0, 0.0, 0, 0.0)
    // The recall of the law, from very many rows.
    var random = SplitMix64(seed: 1)
    let many = Self.hits((0..<3000).map { Self.law.cohort($0, &random) })
    let truth = Double(many.flagged) / Double(many.flagged + many.unflagged)
    for seed in 0..<runs {
      var random = SplitMix64(seed: 500 + UInt64(seed))
      let reference = (0..<90).map { Self.law.cohort($0, &random) }
      let window = (200..<207).map { Self.law.cohort($0, &random) }
      let moment = CohortLaw.day(207 + 30)
      let end = CohortLaw.day(400)
      let forecast = try #require(
        Provisional(
          window,
          flagged: ArrivalCurve(reference, .flagged, horizon: Self.horizon, knownBy: end),
          unflagged: ArrivalCurve(reference, .unflagged, horizon: Self.horizon, knownBy: end),
          horizon: Self.horizon,
          at: moment
        )
      )
      let final = Self.hits(window)
      let recall = Double(final.flagged) / Double(final.flagged + final.unflagged)
      bias += forecast.recall.value - recall
      if let precision = forecast.precision {
        let flagged = window.reduce(0) { $0 + $1.ages.predictions(.flagged) }
        precisionBias += precision.value - Double(final.flagged) / Double(flagged)
      }
      let early = window.map { Self.known($0, at: moment) }.reduce((0, 0)) {
        ($0.0 + $1.flagged, $0.1 + $1.unflagged)
      }
      arrived += Double(early.0) / Double(early.0 + early.1) - recall
      let interval = forecast.recall.interval
      if interval.lower <= truth, truth <= interval.upper { covered += 1 }
    }
    let n = Double(runs)
    #expect(abs(bias / n) < 0.01, "\(bias / n)")
    #expect(abs(precisionBias / n) < 0.01, "\(precisionBias / n)")
    // What the labels known so far say by themselves is far off.
    #expect(arrived / n > 0.05, "\(arrived / n)")
    #expect(Double(covered) / n >= 0.93 - 3 * (0.93 * 0.07 / n).squareRoot(), "\(covered)")
  }

  @Test func `estimated recall holds the realised one where only the mix of scores moves`() throws {
    let runs = 400
    var covered = 0
    var moved = Self.law
    moved.mix = (0..<10).map { 0.5 + 0.1 * Double($0) }
    let later = moved
    for seed in 0..<runs {
      var random = SplitMix64(seed: 900 + UInt64(seed))
      let reference = (0..<90).map { Self.law.cohort($0, &random) }
      let window = (200..<228).map { later.cohort($0, &random) }
      let estimate = try #require(RecallEstimate(reference).share(window))
      let final = Self.hits(window)
      let recall = Double(final.flagged) / Double(final.flagged + final.unflagged)
      if estimate.interval.lower <= recall, recall <= estimate.interval.upper { covered += 1 }
    }
    #expect(
      Double(covered) / Double(runs) >= 0.93 - 3 * (0.93 * 0.07 / Double(runs)).squareRoot(),
      "\(covered) of \(runs)"
    )
  }

  @Test func `the ratio of observed to expected churners is covered by its interval`() {
    var random = SplitMix64(seed: 77)
    let runs = 3000
    for (expected, reference) in [(5.0, 400.0), (40, 400), (300, 400), (300, 100_000)] {
      var covered = 0
      for _ in 0..<runs {
        // The expectation rests on a reference count of its own.
        let own = Self.poisson(reference, &random)
        let known = expected * Double(own) / reference
        let count = Self.poisson(expected * 1.3, &random)
        guard known > 0 else { continue }
        let interval = ObservedToExpected.interval(
          observed: count,
          expected: known,
          dispersion: 1,
          reference: Double(own)
        )
        if interval.lower <= 1.3, 1.3 <= interval.upper { covered += 1 }
      }
      let share = Double(covered) / Double(runs)
      #expect(
        share >= 0.93 - 3 * (0.93 * 0.07 / Double(runs)).squareRoot(),
        "\(expected): \(share)"
      )
    }
  }

  private static func poisson(_ mean: Double, _ random: inout SplitMix64) -> Int {
    // The sum of exponential waits; enough for means of some hundreds, above them the normal law.
    guard mean < 1000 else {
      return max(0, Int((mean + mean.squareRoot() * random.normal()).rounded()))
    }
    var (time, count) = (0.0, -1)
    while time < mean {
      time -= log(1 - random.uniform())
      count += 1
    }
    return count
  }
}
