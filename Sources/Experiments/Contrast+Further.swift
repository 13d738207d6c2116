// SPDX-License-Identifier: Apache-2.0
private import Glibc
import Statistics

/// Contrasts of ratios, and of strata.
extension Contrast {
  /// The difference of two ratios of sums, Σy / Σx, each over the customers of an arm.
  ///
  /// The delta method with the customer as the unit: s² = (σ²y − 2r·σxy + r²·σ²x) / x̄² (A. Deng,
  /// U. Knoblich, J. Lu 2018). Nil where a denominator is not positive.
  package static func ratios(control: ArmSums, treated: ArmSums) -> Contrast? {
    guard control.count > 1, treated.count > 1, control.covariateMean > 0,
      treated.covariateMean > 0
    else { return nil }
    func variance(_ sums: ArmSums) -> Double {
      let ratio = sums.mean / sums.covariateMean
      let own =
        sums.variance - 2 * ratio * sums.covariance + ratio * ratio * sums.covariateVariance
      return max(0, own) / (sums.covariateMean * sums.covariateMean) / Double(sums.count)
    }
    let (theirs, mine) = (
      control.mean / control.covariateMean, treated.mean / treated.covariateMean
    )
    let difference = mine - theirs
    let error = (variance(control) + variance(treated)).squareRoot()
    var lift: (value: Double, interval: Interval)?
    if theirs > 0, mine > 0 {
      let relative = variance(control) / (theirs * theirs) + variance(treated) / (mine * mine)
      lift = LogRatio.lift(mine / theirs, standardError: relative.squareRoot())
    }
    return Contrast(
      control: control,
      treated: treated,
      difference: difference,
      standardError: error,
      interval: Interval(estimate: difference, standardError: error),
      p: error > 0
        ? min(1, 2 * Normal.upperTail(abs(difference) / error)) : difference == 0 ? 1 : 0,
      lift: lift,
      varianceReduction: nil,
      isShare: false,
      isRatio: true,
      method: "ratio, delta method"
    )
  }

  /// The difference of two means with strata weighted by their customers in all arms.
  ///
  /// Post-stratification (W. Cochran 1977, ch. 5A). Nil where an arm has fewer than two customers
  /// in a stratum.
  package static func stratified(
    _ strata: [(control: ArmSums, treated: ArmSums)],
    isShare: Bool
  ) -> Contrast? {
    let counts = strata.map { Double($0.control.count + $0.treated.count) }
    let all = counts.reduce(0, +)
    guard strata.count > 1, all > 0,
      strata.allSatisfy({ $0.control.count > 1 && $0.treated.count > 1 })
    else { return nil }
    var (difference, variance) = (0.0, 0.0)
    var control = ArmSums.empty
    var treated = ArmSums.empty
    for (stratum, count) in zip(strata, counts) {
      let weight = count / all
      difference += weight * (stratum.treated.mean - stratum.control.mean)
      variance +=
        weight * weight
        * (stratum.control.variance / Double(stratum.control.count)
          + stratum.treated.variance / Double(stratum.treated.count))
      control.merge(stratum.control)
      treated.merge(stratum.treated)
    }
    let error = variance.squareRoot()
    let plain = control.variance / Double(control.count) + treated.variance / Double(treated.count)
    return Contrast(
      control: control,
      treated: treated,
      difference: difference,
      standardError: error,
      interval: Interval(estimate: difference, standardError: error),
      p: error > 0
        ? min(1, 2 * Normal.upperTail(abs(difference) / error)) : difference == 0 ? 1 : 0,
      lift: nil,
      varianceReduction: plain > 0 ? 1 - variance / plain : 0,
      isShare: isShare,
      method: "post-stratified by tier"
    )
  }
}

/// Ratios on the logarithmic scale.
enum LogRatio {
  /// A ratio less 1 with its interval; nil where that has no end.
  static func lift(_ ratio: Double, standardError: Double)
    -> (value: Double, interval: Interval)?
  {
    let margin = Normal.halfWidth(confidence: Confidence.standard) * standardError
    let upper = ratio * exp(margin) - 1
    guard upper.isFinite else { return nil }
    return (ratio - 1, Interval(lower: ratio * exp(-margin) - 1, upper: upper))
  }
}
