// SPDX-License-Identifier: Apache-2.0
import Statistics

/// The share of churners whom the decision flagged, with Wilson's interval; the confusion counts
/// travel with it.
package struct Recall: PerformanceMetric {
  package let name = CheckName.recall
  package init() {}

  package func measure(_ outcomes: LabelledScores) -> Measured {
    let (tp, fp, fn, tn) = outcomes.confusion
    guard let share = Proportion(tp, of: tp + fn) else {
      return .unavailable("no churner is known", sample: 0)
    }
    return .value(
      share.value,
      share.wilsonInterval(designEffect: outcomes.designEffect(name)),
      sample: share.trials,
      [
        Reading.Detail("true_positives", Double(tp)),
        Reading.Detail("false_positives", Double(fp)),
        Reading.Detail("false_negatives", Double(fn)),
        Reading.Detail("true_negatives", Double(tn)),
      ]
    )
  }
}
