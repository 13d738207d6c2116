// SPDX-License-Identifier: Apache-2.0

extension ModelComparison {
  /// Compares two models on the same customers.
  ///
  /// The variance is that of the difference row by row, so what both models find hard cancels:
  /// DeLong, DeLong and Clarke-Pearson (1988) for the AUC, a paired t for losses, and the same for
  /// what rows add to the recall. Rows of one customer are added up first.
  ///
  /// - `capacity`: The share of customers that a list can hold.
  /// - Complexity: O(rows · log rows).
  package init(_ outcomes: PairedOutcomes, capacity: Double) {
    precondition(capacity > 0 && capacity < 1, "a list holds some customers, and not all")
    let (labels, clusters) = (outcomes.labels, outcomes.clusters)
    let churners = clusters.customers(labelled: true, in: labels)
    let others = clusters.customers(labelled: false, in: labels)
    var metrics: [ModelMetric: ComparedMetric] = [:]
    var disagreement: Disagreement?
    if let why = Self.obstacle(churners: churners, others: others) {
      for metric in ModelMetric.allCases { metrics[metric] = .unavailable(why) }
    } else {
      let champion = ModelRanking(labels: labels, scores: outcomes.champion)
      let challenger = ModelRanking(labels: labels, scores: outcomes.challenger)
      let isSame = outcomes.champion == outcomes.challenger
      for metric in ModelMetric.allCases {
        metrics[metric] = Self.paired(
          metric,
          champion: champion.influence(metric, capacity: capacity),
          challenger: challenger.influence(metric, capacity: capacity),
          outcomes: outcomes,
          isSame: isSame
        )
      }
      disagreement = Disagreement(
        champion,
        challenger,
        clusters: clusters,
        capacity: capacity,
        challengerCapacity: capacity
      )
    }
    self.init(
      isPaired: true,
      capacity: capacity,
      churners: churners,
      others: others,
      disagreement: disagreement,
      metrics: metrics
    )
  }

  private static func paired(
    _ metric: ModelMetric,
    champion: Influence,
    challenger: Influence,
    outcomes: PairedOutcomes,
    isSame: Bool
  ) -> ComparedMetric {
    let clusters = outcomes.clusters
    guard clusters.count > 1 else { return .unavailable("all rows are of one customer") }
    let shares = zip(challenger.shares, champion.shares).map { $0 - $1 }
    let difference = ModelDifference(
      metric,
      values: (champion.value, challenger.value),
      variance: metric == .auc
        ? clusters.variance(shares, labels: outcomes.labels) : clusters.variance(shares),
      degreesOfFreedom: metric.isMean ? Double(clusters.count - 1) : nil,
      isSame: isSame,
      method: method(metric, hasRepeats: clusters.count < shares.count)
    )
    return difference.map(ComparedMetric.value)
      ?? .unavailable("no row differs from another, so the error is not known")
  }

  private static func method(_ metric: ModelMetric, hasRepeats: Bool) -> String {
    let base =
      switch metric {
      case .auc: hasRepeats ? "paired DeLong by Obuchowski" : "paired DeLong"
      case .recallAtCapacity: "paired influence functions"
      case .logLoss, .brier: "paired t"
      }
    return base + (hasRepeats ? ", rows of a customer together" : "")
  }
}
