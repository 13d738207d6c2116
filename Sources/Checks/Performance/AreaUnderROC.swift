// SPDX-License-Identifier: Apache-2.0
import Statistics

/// The chance that a churner has the higher score than another customer, ties counting half.
///
/// AUC = Σ over bins of P_bin · (N_below + N_bin / 2) / (P · N). The interval is that of DeLong,
/// DeLong and Clarke-Pearson (Biometrics 44, 1988) with rows of one bin tied, on the logit scale
/// so that it stays inside 0...1. Where its variance is zero: at 0 or 1 the interval is that of a
/// share with as many trials as the smaller class, for tied scores that of a ranking by chance
/// (Mann and Whitney, 1947).
///
/// - Complexity: O(bins).
package struct AreaUnderROC: PerformanceMetric {
  package let name = CheckName.auc
  package init() {}

  package func measure(_ outcomes: LabelledScores) -> Measured {
    let positives = Double(outcomes.positives)
    let negatives = Double(outcomes.negatives)
    guard positives > 0, negatives > 0 else {
      return .unavailable(
        outcomes.labelled == 0 ? "no label is known" : "only one class is known",
        sample: outcomes.labelled
      )
    }
    let (area, variance) = Self.area(outcomes.bins)
    return .value(
      area,
      interval(area, variance: variance * outcomes.designEffect(name), outcomes),
      sample: outcomes.labelled,
      []
    )
  }

  /// Returns the area under weighted bins in ascending order of score, and its variance by DeLong.
  static func area(_ bins: [LabelledScores.Bin]) -> (area: Double, variance: Double) {
    let positives = bins.reduce(0) { $0 + $1.positives }
    let negatives = bins.reduce(0) { $0 + $1.negatives }
    var negativesBelow = 0.0
    var positivesBelow = 0.0
    var area = 0.0
    var positiveSquares = 0.0
    var negativeSquares = 0.0
    for bin in bins {
      // The placement of a churner among the others, and of another among the churners.
      let placed = (negativesBelow + bin.negatives / 2) / negatives
      let others = (positives - positivesBelow - bin.positives / 2) / positives
      area += bin.positives * placed / positives
      positiveSquares += bin.positives * placed * placed / positives
      negativeSquares += bin.negatives * others * others / negatives
      negativesBelow += bin.negatives
      positivesBelow += bin.positives
    }
    let variance =
      max(0, positiveSquares - area * area) / max(1, positives - 1)
      + max(0, negativeSquares - area * area) / max(1, negatives - 1)
    return (area, variance)
  }

  private func interval(
    _ area: Double,
    variance: Double,
    _ outcomes: LabelledScores
  ) -> Interval? {
    if let interval = LogitInterval.interval(area, standardError: variance.squareRoot()) {
      return interval
    }
    let smaller = min(outcomes.positives, outcomes.negatives)
    if area <= 0 || area >= 1 {
      return Proportion(area < 0.5 ? 0 : smaller, of: smaller)?.wilsonInterval()
    }
    // All scores are tied: what is left is the error of a ranking by chance.
    let (p, n) = (Double(outcomes.positives), Double(outcomes.negatives))
    let error = ((p + n + 1) / (12 * p * n)).squareRoot()
    return Interval(estimate: area, standardError: error).clamped(to: 0...1)
  }
}
