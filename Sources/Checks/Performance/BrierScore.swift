// SPDX-License-Identifier: Apache-2.0
import Profiles
import Statistics

/// The mean squared difference between score and outcome.
///
/// Brier (Monthly Weather Review 78, 1950). The mean is exact; its standard error takes the scores
/// of one bin at their mean.
package struct BrierScore: PerformanceMetric {
  package let name = CheckName.brier
  package init() {}

  package func measure(_ outcomes: LabelledScores) -> Measured {
    guard outcomes.labelled > 0 else { return .unavailable("no label is known", sample: 0) }
    let n = Double(outcomes.labelled)
    let profile = outcomes.profile
    let positive =
      Double(outcomes.positives)
      + Double(profile.sum(.positiveSquare) - 2 * profile.sum(.positiveScore)) * LabelProfile.scale
    let negative = Double(profile.sum(.negativeSquare)) * LabelProfile.scale
    let mean = min(1, max(0, (positive + negative) / n))
    let error = MeanLoss.standardError(outcomes, name, mean: mean) { score, isPositive in
      isPositive ? (1 - score) * (1 - score) : score * score
    }
    return .value(
      mean,
      Interval(estimate: mean, standardError: error).clamped(to: 0...1),
      sample: outcomes.labelled,
      []
    )
  }
}

/// The sampling error of the mean of a loss over labelled rows.
enum MeanLoss {
  /// Returns the standard error, with the scores of one bin at their mean.
  static func standardError(
    _ outcomes: LabelledScores,
    _ check: CheckName,
    mean: Double,
    loss: (Double, Bool) -> Double
  ) -> Double {
    let n = Double(outcomes.labelled)
    let squares = outcomes.bins.reduce(0.0) { sum, bin in
      let positive = loss(bin.meanScore, true) - mean
      let negative = loss(bin.meanScore, false) - mean
      return sum + bin.positives * positive * positive + bin.negatives * negative * negative
    }
    return (squares / max(1, n - 1) / n * outcomes.designEffect(check)).squareRoot()
  }
}
