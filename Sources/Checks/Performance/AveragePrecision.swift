// SPDX-License-Identifier: Apache-2.0
import Statistics

/// The area under the precision–recall curve as average precision: Σ (R_k − R_{k−1}) · P_k from the
/// highest score down, rows of one bin as one step.
///
/// The interval is the logit one of K. Boyd, K. Eng and D. Page (ECML 2013), whose standard error
/// is that of a share with as many trials as there are churners.
///
/// - Complexity: O(bins).
package struct AveragePrecision: PerformanceMetric {
  package let name = CheckName.aucPR
  package init() {}

  package func measure(_ outcomes: LabelledScores) -> Measured {
    let positives = Double(outcomes.positives)
    guard positives > 0 else { return .unavailable("no churner is known", sample: 0) }
    guard outcomes.negatives > 0 else {
      return .unavailable("only one class is known", sample: outcomes.labelled)
    }
    var found = 0.0
    var flagged = 0.0
    var area = 0.0
    for bin in outcomes.bins.reversed() {
      found += bin.positives
      flagged += bin.count
      area += bin.positives / positives * found / flagged
    }
    area = min(1, area)
    let error = (area * (1 - area) / positives * outcomes.designEffect(name)).squareRoot()
    let interval =
      LogitInterval.interval(area, standardError: error)
      ?? Proportion(outcomes.positives, of: outcomes.positives)?.wilsonInterval()
    return .value(area, interval, sample: outcomes.labelled, [])
  }
}
