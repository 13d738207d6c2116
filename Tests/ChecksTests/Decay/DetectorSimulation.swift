// SPDX-License-Identifier: Apache-2.0
import Checks
import Foundation
import Profiles
import Statistics
import Testing

/// The detectors' promises, by seeded simulation.
@Suite struct DetectorSimulation {
  /// One kind of trial, whose reference is known exactly.
  static func recallHypotheses(_ reference: Double, drop: Double) -> Hypotheses {
    // So many churners that the reference's own error is nothing.
    let day = Instant(microseconds: 0)
    let count = 100_000_000
    let unit = CohortTrials(
      cohort: day,
      knownAt: day,
      outcome: Hypotheses.Outcome(
        kind: 0,
        trials: count,
        successes: Int(Double(count) * reference)
      )
    )
    return RecallDecay.hypotheses(ReferenceRates([unit], Self.layout), drop: drop)
  }

  /// One bin: churners known on the day.
  static let layout: TrialLayout = {
    var ages = LabelAges.zero
    for _ in 0..<60 {
      ages.count(group: 0, of: 1, isFlagged: true, label: (.positive, stratum: 0), weight: 1)
    }
    let day = Instant(microseconds: 0)
    guard let range = TimeRange(from: day, to: day.advanced(by: .day)),
      let bins = AgeBins(
        [Cohort(range: range, ages: ages)],
        last: 0,
        horizon: FixedDuration(days: 60)
      )
    else { preconditionFailure("sixty churners suffice for a bin") }
    return .recall(bins)
  }()

  /// Labels one after another until an alarm; the number of the label that gave it, nil where none
  /// did.
  static func firstAlarm(
    _ hypotheses: Hypotheses,
    alpha: Double,
    labels: Int,
    seed: UInt64,
    recall: (Int) -> Double
  ) -> Int? {
    var random = SplitMix64(seed: seed)
    var detector = EDetector()
    let priors = hypotheses.alternatives.map(\.prior)
    let gains = [false, true].map { isHit in
      hypotheses.alternatives.map { alternative in
        isHit
          ? log(alternative.rate[0] / alternative.boundary[0])
          : log((1 - alternative.rate[0]) / (1 - alternative.boundary[0]))
      }
    }
    let limit = -log(alpha)
    for label in 0..<labels {
      let isHit = random.chance(recall(label))
      detector.advance(gains[isHit ? 1 : 0], priors: priors, trials: 1)
      if detector.logEvidence >= limit { return label + 1 }
    }
    return nil
  }

  @Test func `at its boundary the detector of recall hardly ever alarms in 100,000 labels`() {
    let hypotheses = Self.recallHypotheses(0.70, drop: 0.05)
    let runs = 200
    let alarms = (0..<runs).filter { seed in
      Self.firstAlarm(hypotheses, alpha: 0.05, labels: 100_000, seed: UInt64(seed)) { _ in 0.65 }
        != nil
    }.count
    // 5 % of 200 runs are 10; 17 is the 98.8 % point of the binomial law at exactly 5 %.
    #expect(alarms <= 17, "\(alarms) of \(runs)")
  }

  @Test func `a drop is found nearly as fast as by the best test, also after a long quiet time`() {
    let hypotheses = Self.recallHypotheses(0.70, drop: 0.05)
    func median(_ change: Int, runs: Int) -> Double {
      let delays = (0..<runs).compactMap { seed -> Int? in
        Self.firstAlarm(hypotheses, alpha: 0.05, labels: change + 5000, seed: UInt64(seed)) {
          $0 < change ? 0.70 : 0.55
        }.flatMap { $0 > change ? $0 - change : nil }
      }.sorted()
      return Double(delays[delays.count / 2])
    }
    // The best test knows both rates: the log-likelihood ratio of 0.55 to 0.65.
    let best = (0..<1000).map { seed -> Int in
      var random = SplitMix64(seed: 7000 + UInt64(seed))
      var (sum, count) = (0.0, 0)
      while sum < log(20) {
        sum += random.chance(0.55) ? log(0.55 / 0.65) : log(0.45 / 0.35)
        count += 1
      }
      return count
    }.sorted()[500]
    let immediate = median(0, runs: 1000)
    #expect(immediate <= 1.5 * Double(best), "\(immediate) against \(best)")
    let late = median(5000, runs: 200)
    #expect(late <= 700, "\(late)")
  }

  @Test(arguments: [true, false])
  func `at its boundary the detector of calibration hardly ever alarms in 100,000 labels`(
    isAbove: Bool
  ) throws {
    // Ten bands whose reference is known exactly, each customer's label at once.
    var ages = LabelAges.zero
    for group in 0..<10 {
      for _ in 0..<40 {
        ages.count(
          group: group,
          of: 10,
          isFlagged: group > 6,
          label: (.positive, stratum: 0),
          weight: 1
        )
      }
    }
    let day = Instant(microseconds: 0)
    let range = try #require(TimeRange(from: day, to: day.advanced(by: .day)))
    let cohorts = [Cohort(range: range, ages: ages)]
    let layout = TrialLayout.pace(
      try #require(AgeBins(cohorts, last: 0, horizon: FixedDuration(days: 60))),
      cohorts
    )
    #expect(layout.bands.count == 10)
    let chances = (0..<10).map { 0.02 + 0.05 * Double($0) }
    let count = 100_000_000
    let rates = ReferenceRates(
      chances.enumerated().map { band, chance in
        CohortTrials(
          cohort: day,
          knownAt: day,
          outcome: Hypotheses.Outcome(
            kind: band,
            trials: count,
            successes: Int(Double(count) * chance)
          )
        )
      },
      layout
    )
    let hypotheses = CalibrationDecay.hypotheses(rates, layout, tolerance: 0.1)
    let side = try #require(
      hypotheses.alternatives.first { ($0.rate[0] > $0.boundary[0]) == isAbove }
    )
    let priors = hypotheses.alternatives.map(\.prior)
    let gains = (0..<10).map { band in
      [false, true].map { churns in
        hypotheses.alternatives.map { alternative in
          let (p, q) = (alternative.rate[band], alternative.boundary[band])
          return churns ? log(p / q) : log((1 - p) / (1 - q))
        }
      }
    }
    let runs = 150
    let alarms = (0..<runs).count { seed in
      var random = SplitMix64(seed: 5000 + UInt64(seed))
      var detector = EDetector()
      for _ in 0..<100_000 {
        let band = Int(random.uniform() * 10)
        let churns = random.chance(side.boundary[band])
        detector.advance(gains[band][churns ? 1 : 0], priors: priors, trials: 1)
        if detector.logEvidence >= log(20) { return true }
      }
      return false
    }
    // 5 % of 150 runs are 7.5; 14 is beyond the 98 % point of the binomial law at exactly 5 %.
    #expect(alarms <= 14, "\(alarms) of \(runs)")
  }
}
