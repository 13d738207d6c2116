// SPDX-License-Identifier: Apache-2.0
import Statistics

/// Cox's calibration slope: b in logit P(churn) = a + b · logit(score).
///
/// 1 when the scores are spread as they should be, below 1 when they are too extreme (D. Cox,
/// Biometrika 45, 1958).
///
/// Fitted by Newton's method with the scores of one bin at their mean; the interval is Wald's
/// from the Fisher information. The detail `intercept` is a.
///
/// - Complexity: O(bins) for each of a few steps.
package struct CalibrationSlope: PerformanceMetric {
  package let name = CheckName.calibrationSlope
  package init() {}

  package func measure(_ outcomes: LabelledScores) -> Measured {
    guard outcomes.positives > 0, outcomes.negatives > 0 else {
      return .unavailable(
        outcomes.labelled == 0 ? "no label is known" : "only one class is known",
        sample: outcomes.labelled
      )
    }
    let points = outcomes.bins.map { bin in
      let score = min(max(bin.meanScore, 1e-9), 1 - 1e-9)
      return LogisticLine.Point(
        x: LogitInterval.logit(score),
        positives: bin.positives,
        count: bin.count
      )
    }
    guard let fit = LogisticLine.fit(points) else {
      return .unavailable(
        "the scores do not overlap enough to fit a slope",
        sample: outcomes.labelled
      )
    }
    return .value(
      fit.slope,
      Interval(
        estimate: fit.slope,
        standardError: fit.slopeError * outcomes.designEffect(name).squareRoot()
      ),
      sample: outcomes.labelled,
      [Reading.Detail("intercept", fit.intercept)]
    )
  }
}
