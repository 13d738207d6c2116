// SPDX-License-Identifier: Apache-2.0
package import Experiments
package import Profiles
import Statistics

/// What a challenger's trial has shown: final labels of customers whom no campaign treated, scored
/// by both versions.
package struct TrialEvidence: Sendable, Hashable, Codable {
  /// One figure of both versions with the interval of the difference, challenger less champion.
  package struct Comparison: Sendable, Hashable, Codable {
    package var champion: Double
    package var challenger: Double
    package var lower: Double
    package var upper: Double
    package var difference: Double { challenger - champion }

    package init(champion: Double, challenger: Double, lower: Double, upper: Double) {
      self.champion = champion
      self.challenger = challenger
      self.lower = lower
      self.upper = upper
    }

    /// Nil where the two could not be compared.
    fileprivate init?(_ metric: ComparedMetric, _ confidence: Double) {
      guard let found = metric.difference else { return nil }
      let interval = Interval(
        estimate: found.difference,
        standardError: found.standardError,
        confidence: confidence
      )
      self.init(
        champion: found.champion,
        challenger: found.challenger,
        lower: interval.lower,
        upper: interval.upper
      )
    }

    fileprivate func widened(by factor: Double) -> Comparison {
      let interval = Interval(lower: lower, upper: upper).widened(around: difference, by: factor)
      return Comparison(
        champion: champion,
        challenger: challenger,
        lower: interval.lower,
        upper: interval.upper
      )
    }
  }

  /// The same within one value of a segment's column.
  package struct Segment: Sendable, Hashable, Codable {
    package var name: String
    package var churners: Int
    /// Recall at the capacity, on the segment's own list; nil where too few left.
    package var recall: Comparison?

    package init(name: String, churners: Int, recall: Comparison?) {
      self.name = name
      self.churners = churners
      self.recall = recall
    }
  }

  package var champion: String
  package var challenger: String
  package var from: Instant
  package var to: Instant
  package var asOf: Instant
  /// Whether both versions scored the same customers.
  package var isPaired = true
  /// Predictions of each version on the same customers; 0 for split traffic.
  package var rows = 0
  package var customers: Int
  package var churners: Int
  /// The share of customers that a list can hold.
  package var capacity: Double
  /// How sure the intervals are, each.
  package var confidence: Double
  /// Recall at the capacity; nil where it cannot be measured.
  package var recall: Comparison?
  package var auc: Comparison?
  /// Observed less predicted churn, of both versions, with the interval of the challenger's own.
  package var calibration: Comparison?
  package var segments: [Segment]
  /// Why nothing can be said; nil where something can.
  package var obstacle: String?

  package init(
    champion: String,
    challenger: String,
    range: TimeRange,
    asOf: Instant,
    capacity: Double,
    confidence: Double
  ) {
    self.champion = champion
    self.challenger = challenger
    from = range.from
    to = range.to
    self.asOf = asOf
    self.capacity = capacity
    self.confidence = confidence
    customers = 0
    churners = 0
    segments = []
  }

  /// Takes in how the two versions compare.
  ///
  /// - `rows`: Predictions of each version on the same customers; 0 for split traffic.
  package mutating func measure(_ comparison: ModelComparison, rows: Int) {
    isPaired = comparison.isPaired
    self.rows = rows
    churners = comparison.churners
    customers = comparison.churners + comparison.others
    recall = Comparison(comparison[.recallAtCapacity], confidence)
    auc = Comparison(comparison[.auc], confidence)
  }

  /// Takes in how far observed churn is from what each version predicts.
  package mutating func measureCalibration(champion: ScoredOutcomes, challenger: ScoredOutcomes) {
    guard let mine = challenger.calibrationGap, let theirs = champion.calibrationGap else { return }
    let interval = Interval(
      estimate: mine.value,
      standardError: mine.standardError,
      confidence: confidence
    )
    calibration = Comparison(
      champion: theirs.value,
      challenger: mine.value,
      lower: interval.lower,
      upper: interval.upper
    )
  }

  /// Takes in how the two versions compare within each value of segments.
  ///
  /// All share the chance of an error of the evaluation (C. Bonferroni, 1936).
  ///
  /// - `comparisons`: By name; nil where one version has no label there.
  package mutating func measure(segments comparisons: [(name: String, ModelComparison?)]) {
    segments = comparisons.map { name, comparison in
      // Rows of one customer are one churner.
      let churners = comparison?.churners ?? 0
      let isEnough = churners >= PromotionGate.fewestInSegment
      return Segment(
        name: name,
        churners: churners,
        recall: isEnough
          ? comparison.flatMap { Comparison($0[.recallAtCapacity], confidence) } : nil
      )
    }
    let compared = segments.count { $0.recall != nil }
    guard compared > 1 else { return }
    let each = Normal.halfWidth(confidence: 1 - (1 - confidence) / Double(compared))
    let factor = each / Normal.halfWidth(confidence: confidence)
    for index in segments.indices {
      segments[index].recall = segments[index].recall?.widened(by: factor)
    }
  }
}
