// SPDX-License-Identifier: Apache-2.0
package import Findings
private import Glibc
import Statistics

/// Cox's calibration slope: b in logit P(churn) = a + b · logit(score).
///
/// 1 when the scores are spread as they should be, below 1 when they are too extreme (D. Cox,
/// Biometrika 45, 1958).
///
/// Fitted by Newton's method with the scores of one cell at their mean; the interval is Wald's
/// from the Fisher information. The detail `intercept` is a.
///
/// - Complexity: O(cells) for each of a few steps.
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
    let points = outcomes.cells.map { cell in
      let score = min(max(cell.meanScore, 1e-9), 1 - 1e-9)
      return (x: LogitInterval.logit(score), positives: cell.positives, count: cell.count)
    }
    guard let fit = LogisticLine.fit(points) else {
      return .unavailable(
        "the scores do not overlap enough to fit a slope",
        sample: outcomes.labelled
      )
    }
    return .value(
      fit.slope,
      Interval(estimate: fit.slope, standardError: fit.slopeError),
      sample: outcomes.labelled,
      [Reading.Detail("intercept", fit.intercept)]
    )
  }
}

/// A logistic regression on one variable with an intercept.
struct LogisticLine {
  let intercept: Double
  let slope: Double
  let slopeError: Double

  /// Returns the maximum-likelihood fit to grouped points; nil when there is none: all x equal, or
  /// classes that one threshold separates.
  static func fit(_ points: [(x: Double, positives: Double, count: Double)]) -> LogisticLine? {
    var a = 0.0
    var b = 0.0
    for _ in 0..<100 {
      var (g0, g1, h00, h01, h11) = (0.0, 0.0, 0.0, 0.0, 0.0)
      for (x, positives, count) in points {
        let p = LogitInterval.logistic(a + b * x)
        let residual = positives - count * p
        let weight = count * p * (1 - p)
        g0 += residual
        g1 += residual * x
        h00 += weight
        h01 += weight * x
        h11 += weight * x * x
      }
      let determinant = h00 * h11 - h01 * h01
      guard determinant > 1e-9 * h00 * h11, determinant.isFinite else { return nil }
      // A step is never larger than four logits, so that a poor start cannot overshoot.
      let step0 = (h11 * g0 - h01 * g1) / determinant
      let step1 = (h00 * g1 - h01 * g0) / determinant
      let brake = min(1, 4 / max(abs(step0), abs(step1), 1e-300))
      a += step0 * brake
      b += step1 * brake
      guard abs(a) < 1e3, abs(b) < 1e3 else { return nil }
      if abs(step0) < 1e-10, abs(step1) < 1e-10 {
        return LogisticLine(
          intercept: a,
          slope: b,
          slopeError: (h00 / determinant).squareRoot()
        )
      }
    }
    return nil
  }
}
