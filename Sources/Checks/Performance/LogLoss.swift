// SPDX-License-Identifier: Apache-2.0
private import Glibc
import Profiles
import Statistics

/// The mean negative log likelihood of the outcomes, natural logarithm; scores are kept 2⁻⁵² away
/// from 0 and 1, where it would be infinite.
package struct LogLoss: PerformanceMetric {
  package let name = CheckName.logLoss
  package init() {}

  package func measure(_ outcomes: LabelledScores) -> Measured {
    guard outcomes.labelled > 0 else { return .unavailable("no label is known", sample: 0) }
    let total = Double(outcomes.profile[.logLoss]) * LabelProfile.scale
    let mean = max(0, total / Double(outcomes.labelled))
    let error = MeanLoss.standardError(outcomes, name, mean: mean) { score, isPositive in
      -log(max(isPositive ? score : 1 - score, LabelProfile.smallestProbability))
    }
    return .value(
      mean,
      Interval(estimate: mean, standardError: error).clamped(
        to: 0...Double.greatestFiniteMagnitude
      ),
      sample: outcomes.labelled,
      []
    )
  }
}
