// SPDX-License-Identifier: Apache-2.0
private import Glibc
import Statistics

/// Expected calibration error over the reference's score deciles: Σ n_b / n · |ȳ_b − p̄_b|.
///
/// Never zero by chance: the detail `expected_if_calibrated`, Σ n_b / n · √(2/π · p̄(1 − p̄) /
/// n_b), is what a perfectly calibrated model would show with as many rows, and must be read beside
/// it. The detail `debiased_rms` is the root of the mean squared distance less its own sampling
/// error (D. Lee, X. Huang, H. Hassani and E. Dobriban, JMLR 24, 2023), about zero for a calibrated
/// model of any size. The bins are the reference's, so that windows compare. The interval reaches
/// from the value less that expectation and 1.96 standard errors up to the value plus 1.96 standard
/// errors: the error is biased upward, so the true one lies lower rather than higher.
///
/// - Complexity: O(bins).
package struct ExpectedCalibrationError: PerformanceMetric {
  package let name = CheckName.ece
  package init() {}

  package func measure(_ outcomes: LabelledScores) -> Measured {
    guard outcomes.labelled > 0 else { return .unavailable("no label is known", sample: 0) }
    let n = Double(outcomes.labelled)
    var error = 0.0
    var expected = 0.0
    var variance = 0.0
    var squares = 0.0
    for bin in Self.bins(of: outcomes) {
      let observed = bin.positives / bin.count
      error += bin.count / n * abs(observed - bin.meanScore)
      let spread = bin.meanScore * (1 - bin.meanScore) / bin.count
      expected += bin.count / n * (2 / .pi * spread).squareRoot()
      if bin.count > 1 {
        let distance = observed - bin.meanScore
        squares +=
          bin.count / n
          * (distance * distance - observed * (1 - observed) / (bin.count - 1))
      }
      variance +=
        bin.count * bin.count / (n * n) * max(spread, observed * (1 - observed) / bin.count)
    }
    let margin =
      Normal.halfWidth(confidence: Confidence.standard)
      * (variance * outcomes.designEffect(name)).squareRoot()
    return .value(
      error,
      Interval(lower: max(0, error - expected - margin), upper: min(1, error + margin)),
      sample: outcomes.labelled,
      [
        Reading.Detail("expected_if_calibrated", expected),
        Reading.Detail("debiased_rms", max(0, squares).squareRoot()),
      ]
    )
  }

  /// Returns the labelled rows gathered by the reference's score deciles, lowest first.
  package static func bins(of outcomes: LabelledScores) -> [LabelledScores.Bin] {
    Dictionary(grouping: outcomes.bins, by: \.group).values
      .map { bins in
        let count = bins.reduce(0) { $0 + $1.count }
        return LabelledScores.Bin(
          positives: bins.reduce(0) { $0 + $1.positives },
          negatives: bins.reduce(0) { $0 + $1.negatives },
          meanScore: bins.reduce(0) { $0 + $1.count * $1.meanScore } / count,
          group: bins.first?.group ?? 0
        )
      }
      .sorted { $0.meanScore < $1.meanScore }
  }
}
