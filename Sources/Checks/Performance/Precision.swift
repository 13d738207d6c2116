// SPDX-License-Identifier: Apache-2.0
import Statistics

/// The share of flagged customers who churned, with Wilson's interval.
package struct Precision: PerformanceMetric {
  package let name = CheckName.precision
  package init() {}

  package func measure(_ outcomes: LabelledScores) -> Measured {
    let (tp, fp, _, _) = outcomes.confusion
    guard let share = Proportion(tp, of: tp + fp) else {
      return .unavailable("no flagged prediction has a label", sample: 0)
    }
    return .value(
      share.value,
      share.wilsonInterval(designEffect: outcomes.designEffect(name)),
      sample: share.trials,
      []
    )
  }
}
