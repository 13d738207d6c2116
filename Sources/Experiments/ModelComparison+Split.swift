// SPDX-License-Identifier: Apache-2.0

extension ModelComparison {
  /// Compares two models on split traffic: each customer was scored by one of them, at random.
  ///
  /// The variances of the two arms add up: DeLong's for the AUC, Welch's t (1947) for losses. Each
  /// model's list holds the same share of its own arm.
  ///
  /// - `capacity`: The share of customers that a list can hold.
  /// - Complexity: O(rows · log rows).
  package init(champion: ScoredOutcomes, challenger: ScoredOutcomes, capacity: Double) {
    precondition(capacity > 0 && capacity < 1, "a list holds some customers, and not all")
    let arms = [champion, challenger]
    let churners = arms.map { $0.clusters.customers(labelled: true, in: $0.labels) }
    let others = arms.map { $0.clusters.customers(labelled: false, in: $0.labels) }
    let obstacles = zip(["champion", "challenger"], zip(churners, others)).compactMap { name, arm in
      Self.obstacle(churners: arm.0, others: arm.1).map { "the \(name): \($0)" }
    }
    var metrics: [ModelMetric: ComparedMetric] = [:]
    if !obstacles.isEmpty {
      let why = obstacles.joined(separator: "; ")
      for metric in ModelMetric.allCases { metrics[metric] = .unavailable(why) }
    } else {
      let mine = ModelRanking(labels: challenger.labels, scores: challenger.scores)
      let theirs = ModelRanking(labels: champion.labels, scores: champion.scores)
      for metric in ModelMetric.allCases {
        metrics[metric] = Self.split(
          metric,
          champion: Arm(
            metric,
            influence: theirs.influence(metric, capacity: capacity),
            outcomes: champion
          ),
          challenger: Arm(
            metric,
            influence: mine.influence(metric, capacity: capacity),
            outcomes: challenger
          )
        )
      }
    }
    self.init(
      isPaired: false,
      capacity: capacity,
      churners: churners.min() ?? 0,
      others: others.min() ?? 0,
      disagreement: nil,
      metrics: metrics
    )
  }

  /// One model's value with its variance.
  private struct Arm {
    let value: Double
    let variance: Double
    let customers: Int
    let hasRepeats: Bool

    init(_ metric: ModelMetric, influence: Influence, outcomes: ScoredOutcomes) {
      let clusters = outcomes.clusters
      value = influence.value
      customers = clusters.count
      hasRepeats = customers < outcomes.labels.count
      variance =
        metric == .auc
        ? clusters.variance(influence.shares, labels: outcomes.labels)
        : clusters.variance(influence.shares)
    }
  }

  private static func split(
    _ metric: ModelMetric,
    champion: Arm,
    challenger: Arm
  ) -> ComparedMetric {
    let arms = [champion, challenger]
    guard arms.allSatisfy({ $0.customers > 1 }) else {
      return .unavailable("all rows of a model are of one customer")
    }
    // No variance at 0 or 1: the sample was too easy or too small to show the error.
    let isPerfect = arms.contains { ($0.value <= 0 || $0.value >= 1) && $0.variance < 1e-26 }
    guard metric.isMean || !isPerfect else {
      return .unavailable("a model is at its limit here, so its error is not known")
    }
    let (a, b) = (champion.variance, challenger.variance)
    let freedom =
      (a + b) * (a + b)
      / (a * a / Double(champion.customers - 1) + b * b / Double(challenger.customers - 1))
    let difference = ModelDifference(
      metric,
      values: (champion.value, challenger.value),
      variance: a + b,
      degreesOfFreedom: metric.isMean && a + b > 0 ? freedom : nil,
      isSame: false,
      method: method(metric, hasRepeats: arms.contains(where: \.hasRepeats))
    )
    return difference.map(ComparedMetric.value)
      ?? .unavailable("no row differs from another, so the error is not known")
  }

  private static func method(_ metric: ModelMetric, hasRepeats: Bool) -> String {
    let base =
      switch metric {
      case .auc: hasRepeats ? "independent DeLong by Obuchowski" : "independent DeLong"
      case .recallAtCapacity: "independent influence functions"
      case .logLoss, .brier: "Welch's t"
      }
    return base + (hasRepeats ? ", rows of a customer together" : "")
  }
}
