// SPDX-License-Identifier: Apache-2.0
private import Glibc
package import Statistics

/// The difference of a treated arm from the control on one metric, with what decides and what is
/// shown.
///
/// Decisions rest on the absolute difference; the relative lift is for display, since tests on the
/// two scales can disagree.
package struct Contrast: Sendable {
  package let control: ArmSums
  package let treated: ArmSums
  /// Treated less control.
  package let difference: Double
  package let standardError: Double
  package let interval: Interval
  /// Two-sided, of no difference.
  package let p: Double
  /// Treated over control less 1 with its interval; nil where a mean is not positive.
  package let lift: (value: Double, interval: Interval)?
  /// The share of the variance that a covariate took away; nil where none was used.
  package let varianceReduction: Double?
  /// Whether the metric is an event, and whether it is a ratio of sums.
  package let isShare: Bool
  package var isRatio = false
  /// How it was computed, for people.
  package let method: String

  /// What the arms show: means, or ratios.
  package var controlValue: Double { isRatio ? control.mean / control.covariateMean : control.mean }
  package var treatedValue: Double { isRatio ? treated.mean / treated.covariateMean : treated.mean }

  /// The fewest customers behind a figure: of an arm, and of an event those with it and those
  /// without.
  package var smallestCell: Int {
    [control, treated].flatMap { sums -> [Int] in
      let successes = Int(sums.total.rounded())
      return isShare ? [successes, sums.count - successes] : [sums.count]
    }.min() ?? 0
  }

  /// The difference of two proportions: Newcombe's interval (1998), pooled z test; Fisher's exact
  /// test (1935) where fewer than 5 are expected in a cell.
  package static func proportions(control: ArmSums, treated: ArmSums) -> Contrast? {
    func proportion(_ sums: ArmSums) -> Proportion? {
      Proportion(Int(sums.total.rounded()), of: sums.count)
    }
    guard let theirs = proportion(control), let mine = proportion(treated) else { return nil }
    let (n, m) = (Double(theirs.trials), Double(mine.trials))
    let pooled = Double(theirs.successes + mine.successes) / (n + m)
    let nullError = (pooled * (1 - pooled) * (1 / n + 1 / m)).squareRoot()
    let difference = mine.value - theirs.value
    let isSmall = min(n, m) * min(pooled, 1 - pooled) < 5
    let p =
      isSmall
      ? FisherExact.p(mine.successes, of: mine.trials, theirs.successes, of: theirs.trials)
      : nullError > 0 ? 2 * Normal.upperTail(abs(difference) / nullError) : 1
    let variance = theirs.value * (1 - theirs.value) / n + mine.value * (1 - mine.value) / m
    return Contrast(
      control: control,
      treated: treated,
      difference: difference,
      standardError: variance.squareRoot(),
      interval: mine.newcombeDifference(from: theirs),
      p: min(1, p),
      lift: lift(control, treated, isShare: true),
      varianceReduction: nil,
      isShare: true,
      method: "Newcombe's interval, " + (isSmall ? "Fisher's exact test" : "pooled z test")
    )
  }

  /// The difference of two means by Welch's t (1947); nil without at least two customers in each
  /// arm.
  package static func means(control: ArmSums, treated: ArmSums) -> Contrast? {
    welch(
      control: control,
      treated: treated,
      difference: treated.mean - control.mean,
      controlVariance: control.variance,
      treatedVariance: treated.variance,
      reduction: nil
    )
  }

  /// The difference of two means, less what a covariate from before the assignment explains.
  ///
  /// CUPED (Deng, Xu, Kohavi, Walker 2013) with one slope pooled over both arms. Nil where the
  /// covariate does not vary.
  package static func adjusted(control: ArmSums, treated: ArmSums) -> Contrast? {
    var all = control
    all.merge(treated)
    // Within both arms together, as tea-tasting and GrowthBook pool it.
    let noise = 1e-16 * Double(all.count) * max(1e-300, all.covariateMean * all.covariateMean)
    guard all.covariateSquares.isFinite, all.covariateSquares > noise else { return nil }
    let slope = all.products / all.covariateSquares
    func variance(_ sums: ArmSums) -> Double {
      max(
        0,
        sums.variance + slope * slope * sums.covariateVariance - 2 * slope * sums.covariance
      )
    }
    let moved = treated.covariateMean - control.covariateMean
    let plain = control.variance / Double(control.count) + treated.variance / Double(treated.count)
    let (first, second) = (variance(control), variance(treated))
    let adjusted = first / Double(control.count) + second / Double(treated.count)
    return welch(
      control: control,
      treated: treated,
      difference: treated.mean - control.mean - slope * moved,
      controlVariance: first,
      treatedVariance: second,
      reduction: plain > 0 ? 1 - adjusted / plain : 0
    )
  }

  private static func welch(
    control: ArmSums,
    treated: ArmSums,
    difference: Double,
    controlVariance: Double,
    treatedVariance: Double,
    reduction: Double?
  ) -> Contrast? {
    guard control.count > 1, treated.count > 1 else { return nil }
    let (n, m) = (Double(control.count), Double(treated.count))
    let (a, b) = (controlVariance / n, treatedVariance / m)
    let error = (a + b).squareRoot()
    let isFlat = error == 0
    let freedom = isFlat ? 1 : (a + b) * (a + b) / (a * a / (n - 1) + b * b / (m - 1))
    let law = StudentT(degreesOfFreedom: freedom)
    let margin = isFlat ? 0 : law.quantile(0.5 + Confidence.standard / 2) * error
    return Contrast(
      control: control,
      treated: treated,
      difference: difference,
      standardError: error,
      interval: Interval(lower: difference - margin, upper: difference + margin),
      p: isFlat ? (difference == 0 ? 1 : 0) : min(1, 2 * law.upperTail(abs(difference) / error)),
      lift: lift(control, treated, isShare: false),
      varianceReduction: reduction,
      isShare: false,
      method: reduction == nil ? "Welch's t" : "Welch's t with CUPED"
    )
  }

  /// The ratio of two means less 1 with its interval on the logarithmic scale; nil where a mean is
  /// not positive.
  private static func lift(_ control: ArmSums, _ treated: ArmSums, isShare: Bool)
    -> (value: Double, interval: Interval)?
  {
    guard control.mean > 0, treated.mean > 0 else { return nil }
    func relative(_ sums: ArmSums) -> Double {
      let variance = isShare ? sums.mean * (1 - sums.mean) : sums.variance
      return variance / Double(sums.count) / (sums.mean * sums.mean)
    }
    let (a, b) = (relative(control), relative(treated))
    let ratio = treated.mean / control.mean
    var half = Normal.halfWidth(confidence: Confidence.standard)
    if !isShare, a + b > 0, control.count > 1, treated.count > 1 {
      let freedom =
        (a + b) * (a + b) / (a * a / Double(control.count - 1) + b * b / Double(treated.count - 1))
      half = StudentT(degreesOfFreedom: freedom).quantile(0.5 + Confidence.standard / 2)
    }
    let margin = half * (a + b).squareRoot()
    let upper = ratio * exp(margin) - 1
    guard upper.isFinite else { return nil }
    return (ratio - 1, Interval(lower: ratio * exp(-margin) - 1, upper: upper))
  }
}

/// Fisher's exact test of two proportions: the chance of all tables as unlikely as the one seen,
/// given its margins.
enum FisherExact {
  /// Returns the two-sided p-value.
  ///
  /// - Complexity: O(successes).
  static func p(_ first: Int, of firstTrials: Int, _ second: Int, of secondTrials: Int) -> Double {
    let successes = first + second
    let all = firstTrials + secondTrials
    func logChoose(_ n: Int, _ k: Int) -> Double {
      lgamma(Double(n) + 1) - lgamma(Double(k) + 1) - lgamma(Double(n - k) + 1)
    }
    let scale = logChoose(all, successes)
    func chance(_ count: Int) -> Double {
      exp(logChoose(firstTrials, count) + logChoose(secondTrials, successes - count) - scale)
    }
    let range = max(0, successes - secondTrials)...min(firstTrials, successes)
    let seen = chance(first)
    // Tables that differ by rounding alone are equally likely.
    return min(1, range.reduce(0) { $0 + (chance($1) <= seen * (1 + 1e-7) ? chance($1) : 0) })
  }
}
