// SPDX-License-Identifier: Apache-2.0
import Experiments
import Foundation
import Statistics
import Testing

/// What the intervals of two models' differences promise, where the truth is known.
///
/// Before its logistic curve a score is normal with mean signal · label and variance 1, so AUC and
/// recall have closed forms; the Brier score is an integral.
@Suite struct ChallengerSimulation {
  static let churn = 0.3
  static let capacity = 0.2
  static let signals = (champion: 1.0, challenger: 1.3)

  /// Figures of one model in the population.
  struct Truth {
    let auc: Double
    let recall: Double
    let brier: Double

    init(_ signal: Double) {
      auc = Normal.upperTail(-signal / 2.0.squareRoot())
      var (low, high) = (-10.0, 10.0)
      for _ in 0..<80 {
        let edge = (low + high) / 2
        let share =
          churn * Normal.upperTail(edge - signal) + (1 - churn) * Normal.upperTail(edge)
        if share > capacity { low = edge } else { high = edge }
      }
      recall = Normal.upperTail(low - signal)
      var sum = 0.0
      for step in -8000...8000 {
        let z = Double(step) / 1000
        let density = exp(-z * z / 2) / (2 * Double.pi).squareRoot() / 1000
        let (churner, other) = (1 - score(z + signal), score(z))
        sum += density * (churn * churner * churner + (1 - churn) * other * other)
      }
      brier = sum
    }
  }

  static func score(_ value: Double) -> Double { 1 / (1 + exp(1 - value)) }

  /// Rows of customers: their labels, the scores of both models, and who they are.
  struct Draw {
    var labels: [Bool] = []
    var champion: [Double] = []
    var challenger: [Double] = []
    var customers: [UInt32] = []

    init(_ count: Int, rows: Int, _ random: inout SplitMix64) {
      for customer in 0..<count {
        let label = random.chance(churn)
        let (own, others) = (random.normal(), random.normal())
        for _ in 0..<rows {
          // Half of the noise is the customer's, where there is more than one row; 0.6 is common to
          // both models.
          let share = rows > 1 ? 0.5.squareRoot() : 1
          let rest = (1 - share * share).squareRoot()
          let first = share * own + rest * (rows > 1 ? random.normal() : 0)
          let second = share * others + rest * (rows > 1 ? random.normal() : 0)
          labels.append(label)
          champion.append(score(first + (label ? signals.champion : 0)))
          challenger.append(score(0.6 * first + 0.8 * second + (label ? signals.challenger : 0)))
          customers.append(UInt32(customer))
        }
      }
    }
  }

  private func expectCoverage(
    runs: Int = 2000,
    seed: UInt64,
    _ compare: (inout SplitMix64) throws -> ModelComparison
  ) throws {
    var random = SplitMix64(seed: seed)
    let (one, other) = (Truth(Self.signals.champion), Truth(Self.signals.challenger))
    let truths: [(ModelMetric, Double)] = [
      (.auc, other.auc - one.auc), (.recallAtCapacity, other.recall - one.recall),
      (.brier, other.brier - one.brier),
    ]
    var covered: [ModelMetric: Int] = [:]
    for _ in 0..<runs {
      let comparison = try compare(&random)
      for (metric, truth) in truths {
        let interval = try #require(comparison[metric].difference).interval
        if interval.lower <= truth, truth <= interval.upper { covered[metric, default: 0] += 1 }
      }
    }
    for (metric, _) in truths {
      let share = Double(covered[metric] ?? 0) / Double(runs)
      #expect((0.93...0.97).contains(share), "\(metric): \(share)")
      if ProcessInfo.processInfo.environment["SHOW_COVERAGE"] != nil { print(seed, metric, share) }
    }
  }

  @Test(.timeLimit(.minutes(1)))
  func `intervals on the same customers cover in 93 to 97 %`() throws {
    try expectCoverage(seed: 51) { random in
      let draw = Draw(400, rows: 1, &random)
      let outcomes = try PairedOutcomes(
        labels: draw.labels,
        champion: draw.champion,
        challenger: draw.challenger
      )
      return ModelComparison(outcomes, capacity: Self.capacity)
    }
  }

  @Test(.timeLimit(.minutes(1)))
  func `intervals on split traffic cover in 93 to 97 %`() throws {
    try expectCoverage(seed: 52) { random in
      let (first, second) = (Draw(400, rows: 1, &random), Draw(250, rows: 1, &random))
      return ModelComparison(
        champion: try ScoredOutcomes(labels: first.labels, scores: first.champion),
        challenger: try ScoredOutcomes(labels: second.labels, scores: second.challenger),
        capacity: Self.capacity
      )
    }
  }

  @Test(.timeLimit(.minutes(1)))
  func `intervals on customers with three rows cover in 93 to 97 %, naive ones do not`() throws {
    var naive = 0
    let (one, other) = (Truth(Self.signals.champion), Truth(Self.signals.challenger))
    try expectCoverage(seed: 53) { random in
      let draw = Draw(200, rows: 3, &random)
      let (champion, challenger) = (draw.champion, draw.challenger)
      let plain = try PairedOutcomes(
        labels: draw.labels,
        champion: champion,
        challenger: challenger
      )
      let found = try #require(ModelComparison(plain, capacity: Self.capacity)[.brier].difference)
      let truth = other.brier - one.brier
      if found.interval.lower <= truth, truth <= found.interval.upper { naive += 1 }
      let outcomes = try PairedOutcomes(
        labels: draw.labels,
        champion: champion,
        challenger: challenger,
        customers: draw.customers
      )
      return ModelComparison(outcomes, capacity: Self.capacity)
    }
    #expect(Double(naive) / 2000 < 0.9)
  }

  @Test(.timeLimit(.minutes(1)))
  func `intervals on split traffic of customers with three rows cover in 93 to 97 %`() throws {
    try expectCoverage(seed: 54) { random in
      let (first, second) = (Draw(200, rows: 3, &random), Draw(150, rows: 3, &random))
      return ModelComparison(
        champion: try ScoredOutcomes(
          labels: first.labels,
          scores: first.champion,
          customers: first.customers
        ),
        challenger: try ScoredOutcomes(
          labels: second.labels,
          scores: second.challenger,
          customers: second.customers
        ),
        capacity: Self.capacity
      )
    }
  }

  @Test(.timeLimit(.minutes(1)), arguments: [1, 3])
  func `money on the disagreement covers in 93 to 97 %`(rows: Int) throws {
    var random = SplitMix64(seed: 55)
    let (runs, count) = (2000, 600)
    let (one, other) = (Truth(Self.signals.champion), Truth(Self.signals.challenger))
    // What lists of this size gain in the long run.
    let truth = Double(count) * Self.churn * (other.recall - one.recall) * 0.3 * 250
    var covered = 0
    for _ in 0..<runs {
      let draw = Draw(count / rows, rows: rows, &random)
      let outcomes = try PairedOutcomes(
        labels: draw.labels,
        champion: draw.champion,
        challenger: draw.challenger,
        customers: draw.customers
      )
      let net = Disagreement(outcomes, capacity: Self.capacity)
        .net(Prices(currency: "EUR", value: 250, contact: 4), saveRate: 0.3)
      if net.interval.lower <= truth, truth <= net.interval.upper { covered += 1 }
    }
    let share = Double(covered) / Double(runs)
    #expect((0.93...0.97).contains(share), "\(share)")
    if ProcessInfo.processInfo.environment["SHOW_COVERAGE"] != nil { print("money", rows, share) }
  }
}
