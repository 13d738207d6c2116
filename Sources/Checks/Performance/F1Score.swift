// SPDX-License-Identifier: Apache-2.0
import Statistics

/// The harmonic mean of precision and recall, F1 = 2·TP / (2·TP + FP + FN).
///
/// F1 = 2q / (1 + q) for the share q = TP / (TP + FP + FN) of right flags among rows that were
/// flagged or churned; the interval is Wilson's for q, mapped by that increasing function.
package struct F1Score: PerformanceMetric {
  package let name = CheckName.f1
  package init() {}

  package func measure(_ outcomes: LabelledScores) -> Measured {
    let (tp, fp, fn, _) = outcomes.confusion
    guard tp + fn > 0, let share = Proportion(tp, of: tp + fp + fn) else {
      return .unavailable("no churner is known", sample: 0)
    }
    func f1(_ share: Double) -> Double { 2 * share / (1 + share) }
    let interval = share.wilsonInterval(designEffect: outcomes.designEffect(name))
    return .value(
      f1(share.value),
      Interval(lower: f1(interval.lower), upper: f1(interval.upper)),
      sample: share.trials,
      []
    )
  }
}
