// SPDX-License-Identifier: Apache-2.0
import Statistics

/// Calibration in the large: observed prevalence less the mean score.
///
/// Positive when the model predicts too few churners.
///
/// The interval is the normal one of the mean residual. The detail `z` is the residual over its
/// standard error under perfect calibration, (Σy − Σp) / √Σp(1 − p) (D. Cox, 1958).
package struct CalibrationLevel: PerformanceMetric {
  package let name = CheckName.calibrationLevel
  package init() {}

  package func measure(_ outcomes: LabelledScores) -> Measured {
    guard outcomes.labelled > 0 else { return .unavailable("no label is known", sample: 0) }
    let n = Double(outcomes.labelled)
    let level = (Double(outcomes.positives) - outcomes.scoreSum) / n
    let error = MeanLoss.standardError(outcomes, name, mean: level) { score, isPositive in
      (isPositive ? 1 : 0) - score
    }
    var details = [Reading.Detail("mean_score", outcomes.scoreSum / n)]
    if outcomes.scoreVarianceSum > 0 {
      details.append(
        Reading.Detail("z", level * n / outcomes.scoreVarianceSum.squareRoot())
      )
    }
    return .value(
      level,
      Interval(estimate: level, standardError: error),
      sample: outcomes.labelled,
      details
    )
  }
}
