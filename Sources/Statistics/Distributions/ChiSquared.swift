// SPDX-License-Identifier: Apache-2.0
private import CBoostMath

/// The χ² distribution, central or not.
package struct ChiSquared: Sendable {
  /// Degrees of freedom, above 0.
  package let degreesOfFreedom: Double
  /// Noncentrality λ, 0 for the central distribution.
  package let noncentrality: Double

  package init(degreesOfFreedom: Double, noncentrality: Double = 0) {
    precondition(degreesOfFreedom > 0 && noncentrality >= 0)
    self.degreesOfFreedom = degreesOfFreedom
    self.noncentrality = noncentrality
  }

  /// Above this noncentrality the series behind the exact law takes thousands of terms, and the
  /// normal approximation is closer than any table prints.
  private static let largestExactNoncentrality = 20_000.0

  /// Returns the value below which the share `probability` lies.
  package func quantile(_ probability: Double) -> Double {
    guard noncentrality > 0 else {
      return boost_chi_squared_quantile(probability, degreesOfFreedom)
    }
    guard noncentrality <= Self.largestExactNoncentrality else {
      return max(0, sankaranQuantile(probability))
    }
    return boost_noncentral_chi_squared_quantile(probability, degreesOfFreedom, noncentrality)
  }

  /// Returns P(X > value).
  package func upperTail(_ value: Double) -> Double {
    guard value > 0 else { return 1 }
    guard noncentrality > 0 else {
      return boost_chi_squared_upper_tail(value, degreesOfFreedom)
    }
    guard noncentrality <= Self.largestExactNoncentrality else {
      return sankaranUpperTail(value)
    }
    return boost_noncentral_chi_squared_upper_tail(value, degreesOfFreedom, noncentrality)
  }

  /// Returns the noncentrality under which `value` is exceeded with the stated probability, and 0
  /// when even the central distribution exceeds it more often.
  ///
  /// - `isApproximate`: Whether the tails are Sankaran's, which take a tenth of the time and agree
  ///   to three digits: for numbers that are only shown.
  package static func noncentrality(
    exceeding value: Double,
    withProbability probability: Double,
    degreesOfFreedom: Double,
    isApproximate: Bool = false
  ) -> Double {
    let central = ChiSquared(degreesOfFreedom: degreesOfFreedom)
    guard value > 0, central.upperTail(value) < probability else { return 0 }
    // The upper tail grows with the noncentrality, so a bracket holds exactly one root. False
    // position with the Illinois weights (Dowell and Jarratt, BIT 11, 1971) finds it in a dozen
    // evaluations of the tail, where bisection takes fifty.
    func excess(_ noncentrality: Double) -> Double {
      let law = ChiSquared(degreesOfFreedom: degreesOfFreedom, noncentrality: noncentrality)
      return (isApproximate ? law.sankaranUpperTail(value) : law.upperTail(value)) - probability
    }
    var (low, lowExcess) = (0.0, central.upperTail(value) - probability)
    var high = value + degreesOfFreedom + 10
    var highExcess = excess(high)
    for _ in 0..<64 where highExcess < 0 {
      high *= 2
      highExcess = excess(high)
    }
    var side = 0
    let precision = isApproximate ? 1e-6 : 1e-11
    for _ in 0..<200 where high - low > precision * max(1, high) {
      let fraction = lowExcess / (lowExcess - highExcess)
      // Where rounding leaves no room between the ends, halving makes progress.
      let guess = low + (high - low) * (fraction.isFinite ? fraction : 0.5)
      let middle = guess > low && guess < high ? guess : (low + high) / 2
      let found = excess(middle)
      if abs(found) < 1e-13 { return middle }
      if found < 0 {
        (low, lowExcess) = (middle, found)
        if side == -1 { highExcess /= 2 }
        side = -1
      } else {
        (high, highExcess) = (middle, found)
        if side == 1 { lowExcess /= 2 }
        side = 1
      }
    }
    return (low + high) / 2
  }
}
