// SPDX-License-Identifier: Apache-2.0
import Statistics

/// The share of churners among labelled predictions, with Wilson's interval.
package struct Prevalence: PerformanceMetric {
  package let name = CheckName.prevalence
  package init() {}

  package func measure(_ outcomes: LabelledScores) -> Measured {
    guard let share = Proportion(outcomes.positives, of: outcomes.labelled) else {
      return .unavailable("no label is known", sample: 0)
    }
    return .value(
      share.value,
      share.wilsonInterval(designEffect: outcomes.designEffect(name)),
      sample: share.trials,
      []
    )
  }
}
