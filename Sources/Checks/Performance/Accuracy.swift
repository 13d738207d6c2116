// SPDX-License-Identifier: Apache-2.0
import Statistics

/// The share of labelled predictions whose decision was right, with Wilson's interval.
package struct Accuracy: PerformanceMetric {
  package let name = CheckName.accuracy
  package init() {}

  package func measure(_ outcomes: LabelledScores) -> Measured {
    let (tp, fp, fn, tn) = outcomes.confusion
    guard let share = Proportion(tp + tn, of: tp + fp + fn + tn) else {
      return .unavailable("no decision has a label", sample: 0)
    }
    return .value(
      share.value,
      share.wilsonInterval(designEffect: outcomes.designEffect(name)),
      sample: share.trials,
      []
    )
  }
}
