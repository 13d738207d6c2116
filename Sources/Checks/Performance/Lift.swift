// SPDX-License-Identifier: Apache-2.0
private import Glibc
import Statistics

/// How many times more churners the flagged customers hold than all customers: precision over
/// prevalence.
///
/// Equal to recall over the flagged share, whose two parts come from disjoint rows given the
/// labels; the interval is the delta method's on the logarithm, ln lift = ln TP − ln(TP + FP) − ln
/// P + ln n for multinomial counts (D. Katz et al., Biometrics 34, 1978, for the ratio of shares).
package struct Lift: PerformanceMetric {
  package let name = CheckName.lift
  package init() {}

  package func measure(_ outcomes: LabelledScores) -> Measured {
    let (tp, fp, fn, tn) = outcomes.confusion
    let total = tp + fp + fn + tn
    guard tp + fn > 0 else { return .unavailable("no churner is known", sample: total) }
    guard tp + fp > 0 else {
      return .unavailable("no flagged prediction has a label", sample: total)
    }
    let n = Double(total)
    let lift = Double(tp) / Double(tp + fp) / (Double(tp + fn) / n)
    guard tp > 0 else {
      // The logarithm has no interval at zero: that of precision, over prevalence, stands in.
      let upper =
        Proportion(0, of: tp + fp)?
        .wilsonInterval(designEffect: outcomes.designEffect(name)).upper ?? 1
      let interval = Interval(lower: 0, upper: upper / (Double(tp + fn) / n))
      return .value(0, interval, sample: total, [])
    }
    // Var ln(TP·n / (F·P)) for multinomial counts: Σ share·slope² − (Σ share·slope)², over n.
    let shares = [tp, fp, fn].map { Double($0) / n }
    let flagged = shares[0] + shares[1]
    let churned = shares[0] + shares[2]
    let slopes = [1 / shares[0] - 1 / flagged - 1 / churned, -1 / flagged, -1 / churned]
    let square = zip(shares, slopes).reduce(0) { $0 + $1.0 * $1.1 * $1.1 }
    let mean = zip(shares, slopes).reduce(0) { $0 + $1.0 * $1.1 }
    let error = (max(0, square - mean * mean) / n * outcomes.designEffect(name)).squareRoot()
    let log = Interval(estimate: Glibc.log(lift), standardError: error)
    return .value(
      lift,
      Interval(lower: exp(log.lower), upper: exp(log.upper)),
      sample: total,
      []
    )
  }
}
