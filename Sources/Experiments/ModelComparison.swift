// SPDX-License-Identifier: Apache-2.0
package import Statistics

/// What two models are compared on.
package enum ModelMetric: String, Sendable, Hashable, CaseIterable {
  case auc
  /// The share of churners on a list of the customers with the highest scores.
  case recallAtCapacity = "recall_at_capacity"
  case logLoss = "log_loss"
  case brier = "brier_score"

  package var isLowerBetter: Bool { self == .logLoss || self == .brier }
  /// Whether it is the mean of a loss over rows.
  var isMean: Bool { isLowerBetter }
}

/// The challenger less the champion on one metric.
package struct ModelDifference: Sendable {
  package let metric: ModelMetric
  package let champion: Double
  package let challenger: Double
  /// Challenger less champion.
  package let difference: Double
  package let standardError: Double
  package let interval: Interval
  /// Two-sided, of no difference.
  package let p: Double
  /// How it was computed, for people.
  package let method: String

  /// The interval of the improvement, positive where the challenger is better.
  package var improvement: Interval {
    metric.isLowerBetter
      ? Interval(lower: -interval.upper, upper: -interval.lower) : interval
  }
}

/// A difference of two models, or why there is none.
package enum ComparedMetric: Sendable {
  case value(ModelDifference)
  case unavailable(String)

  package var difference: ModelDifference? {
    if case .value(let difference) = self { return difference }
    return nil
  }
}

/// A challenger beside the champion on outcomes that are known.
///
/// On the same customers scored by both, each row is its own control; on split traffic the two arms
/// are independent. Labels must be of customers whom neither model's campaign treated, or treated
/// alike: a campaign that works makes the model behind it look wrong.
package struct ModelComparison: Sendable {
  /// Whether both models scored the same customers.
  package let isPaired: Bool
  /// The share of customers that a list can hold.
  package let capacity: Double
  /// Customers who left and who stayed; of split traffic those of the arm that has fewer.
  package let churners: Int
  package let others: Int
  /// Where the lists of the two models differ; nil for split traffic, where nobody is on both.
  package let disagreement: Disagreement?
  private let metrics: [ModelMetric: ComparedMetric]

  init(
    isPaired: Bool,
    capacity: Double,
    churners: Int,
    others: Int,
    disagreement: Disagreement?,
    metrics: [ModelMetric: ComparedMetric]
  ) {
    self.isPaired = isPaired
    self.capacity = capacity
    self.churners = churners
    self.others = others
    self.disagreement = disagreement
    self.metrics = metrics
  }

  package subscript(_ metric: ModelMetric) -> ComparedMetric {
    metrics[metric] ?? .unavailable("it was not measured")
  }

  /// Returns why nothing can be said of rows, or nil.
  ///
  /// Losses could be had of one class, but then the model that scores everybody lower, or higher,
  /// would win.
  static func obstacle(churners: Int, others: Int) -> String? {
    if churners + others == 0 { return "no label is known" }
    if churners == 0 || others == 0 { return "only one class is known" }
    return min(churners, others) < 2 ? "a class has one customer only" : nil
  }
}

extension ModelDifference {
  /// Below this a standard error is what rounding leaves of none.
  private static let rounding = 1e-13

  /// A difference with its law: Student's for means, the normal one without degrees of freedom.
  ///
  /// Nil where the error is unknown rather than none: nothing varies, yet the models are not the
  /// same.
  init?(
    _ metric: ModelMetric,
    values: (champion: Double, challenger: Double),
    variance: Double,
    degreesOfFreedom: Double?,
    isSame: Bool,
    method: String
  ) {
    let (champion, challenger) = values
    let error = variance.squareRoot()
    let isFlat = error < Self.rounding
    let moved = challenger - champion
    let isNone = isFlat && abs(moved) < Self.rounding
    let isAtLimit = !metric.isMean && [champion, challenger].contains { $0 <= 0 || $0 >= 1 }
    guard !isFlat || isNone && (isSame || !isAtLimit) else { return nil }
    self.metric = metric
    self.champion = champion
    self.challenger = challenger
    self.method = method
    difference = isNone ? 0 : moved
    guard !isFlat else {
      standardError = 0
      interval = Interval(lower: difference, upper: difference)
      p = 1
      return
    }
    standardError = error
    let z = abs(difference) / error
    if let degreesOfFreedom {
      let law = StudentT(degreesOfFreedom: degreesOfFreedom)
      let margin = law.quantile(0.5 + Confidence.standard / 2) * error
      interval = Interval(lower: difference - margin, upper: difference + margin)
      p = min(1, 2 * law.upperTail(z))
    } else {
      interval = Interval(estimate: difference, standardError: error)
      p = min(1, 2 * Normal.upperTail(z))
    }
  }
}
