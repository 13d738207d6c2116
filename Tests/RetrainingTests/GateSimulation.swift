// SPDX-License-Identifier: Apache-2.0
import Experiments
import Foundation
import Profiles
import Retraining
import Statistics
import Testing

/// How often the gate errs, where the truth is known.
///
/// Before its logistic curve a score is normal with mean signal · label and variance 1; the
/// probability that follows from it is exact, so both versions are calibrated but where a scenario
/// says otherwise.
@Suite struct GateSimulation {
  private static let churn = 0.1
  private static let capacity = 0.1
  private static let championSignal = 1.0

  /// The share of churners on the list of a version with a signal.
  private static func recall(_ signal: Double) -> Double {
    var (low, high) = (-10.0, 10.0)
    for _ in 0..<80 {
      let edge = (low + high) / 2
      let share = churn * Normal.upperTail(edge - signal) + (1 - churn) * Normal.upperTail(edge)
      if share > capacity { low = edge } else { high = edge }
    }
    return Normal.upperTail(low - signal)
  }

  /// The signal of a version whose recall differs from the champion's by so much.
  private static func signal(off difference: Double) -> Double {
    let wanted = recall(championSignal) + difference
    var (low, high) = (0.0, 4.0)
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if recall(middle) < wanted { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }

  private static func probability(_ value: Double, _ signal: Double) -> Double {
    1 / (1 + exp(-(log(churn / (1 - churn)) + signal * value - signal * signal / 2)))
  }

  /// What came of trials, by the beginning of the reason where it matters.
  private struct Tally {
    var promoted = 0
    var worse = 0
    var uncalibrated = 0
    var harmed = 0
  }

  /// - `odds`: What the challenger's odds are multiplied by.
  /// - `segments`: Of equal size, in which nothing differs.
  private static func run(
    _ trials: Int,
    customers: Int,
    challenger signal: Double,
    odds: Double = 1,
    segments: Int = 0,
    seed: UInt64
  ) throws -> Tally {
    var random = SplitMix64(seed: seed)
    let gate = PromotionGate()
    let start = try #require(Instant("2026-01-01"))
    var tally = Tally()
    for _ in 0..<trials {
      var labels: [Bool] = []
      var (first, second) = ([Double](), [Double]())
      for number in 1...gate.evaluations {
        for _ in 0..<customers {
          let label = random.chance(churn)
          let common = random.normal()
          func value(_ signal: Double) -> Double {
            (label ? signal : 0) + 0.6.squareRoot() * common + 0.4.squareRoot() * random.normal()
          }
          labels.append(label)
          first.append(probability(value(championSignal), championSignal))
          let own = probability(value(signal), signal)
          second.append(odds * own / (1 - own + odds * own))
        }
        var evidence = TrialEvidence(
          champion: "v1",
          challenger: "v2",
          range: try #require(gate.range(of: number, since: start)),
          asOf: start,
          capacity: capacity,
          confidence: gate.confidence
        )
        func compare(_ rows: [Int]) throws -> ModelComparison {
          ModelComparison(
            try PairedOutcomes(
              labels: rows.map { labels[$0] },
              champion: rows.map { first[$0] },
              challenger: rows.map { second[$0] }
            ),
            capacity: capacity
          )
        }
        let all = Array(labels.indices)
        evidence.measure(try compare(all), rows: all.count)
        evidence.measureCalibration(
          champion: try ScoredOutcomes(labels: labels, scores: first),
          challenger: try ScoredOutcomes(labels: labels, scores: second)
        )
        evidence.measure(
          segments: try (0..<segments).map { segment in
            ("s = \(segment)", try compare(all.filter { $0 % segments == segment }))
          }
        )
        switch gate.decide(evidence, evaluation: number) {
        case .promote: tally.promoted += 1
        case .reject(let reason):
          if reason.contains("worse: its list") { tally.worse += 1 }
          if reason.contains("not calibrated") { tally.uncalibrated += 1 }
          if reason.contains("is harmed") { tally.harmed += 1 }
        case .extend: continue
        }
        break
      }
    }
    return tally
  }

  /// The largest count that chance allows where the rate is at its limit.
  private static func limit(_ rate: Double, _ trials: Int) -> Int {
    Int(Double(trials) * rate + 3 * (Double(trials) * rate * (1 - rate)).squareRoot())
  }

  @Test func `one that is worse by the margin is hardly ever promoted`() throws {
    let gate = PromotionGate()
    let tally = try Self.run(
      400,
      customers: 3000,
      challenger: Self.signal(off: -gate.margin),
      seed: 1
    )
    #expect(tally.promoted <= Self.limit(0.025, 400), "\(tally)")
  }

  @Test func `one as good is hardly ever called worse, and one that is better is promoted`() throws
  {
    let same = try Self.run(400, customers: 3000, challenger: Self.championSignal, seed: 2)
    #expect(same.worse <= Self.limit(0.025, 400), "\(same)")
    #expect(same.uncalibrated <= Self.limit(0.025, 400), "\(same)")
    let better = try Self.run(200, customers: 3000, challenger: Self.signal(off: 0.08), seed: 3)
    #expect(better.promoted >= 190, "\(better)")
  }

  @Test func `calibration is found at its bound, and beyond it`() throws {
    let gate = PromotionGate()
    // The odds at which mean predicted churn is off by the bound, found on a large sample.
    func gap(_ odds: Double) -> Double {
      var random = SplitMix64(seed: 9)
      var sum = 0.0
      for _ in 0..<100_000 {
        let label = random.chance(Self.churn)
        let own = Self.probability((label ? 1 : 0) + random.normal(), 1)
        sum += odds * own / (1 - own + odds * own) - own
      }
      return sum / 100_000
    }
    func odds(_ wanted: Double) -> Double {
      var (low, high) = (0.2, 5.0)
      for _ in 0..<30 {
        let middle = (low + high) / 2
        if gap(middle) < wanted { low = middle } else { high = middle }
      }
      return (low + high) / 2
    }
    let better = Self.signal(off: 0.08)
    let bound = try Self.run(
      300,
      customers: 3000,
      challenger: Self.championSignal,
      odds: odds(-gate.calibration),
      seed: 4
    )
    #expect(bound.uncalibrated <= Self.limit(0.025, 300), "\(bound)")
    let beyond = try Self.run(
      100,
      customers: 3000,
      challenger: better,
      odds: odds(2 * gate.calibration),
      seed: 5
    )
    #expect(beyond.promoted == 0 && beyond.uncalibrated >= 90, "\(beyond)")
  }

  @Test func `segments in which nothing differs are hardly ever called harmed`() throws {
    let tally = try Self.run(
      200,
      customers: 4000,
      challenger: Self.championSignal,
      segments: 8,
      seed: 6
    )
    #expect(tally.harmed <= Self.limit(0.025, 200), "\(tally)")
  }
}
