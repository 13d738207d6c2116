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
  package static func noncentrality(
    exceeding value: Double,
    withProbability probability: Double,
    degreesOfFreedom: Double
  ) -> Double {
    let central = ChiSquared(degreesOfFreedom: degreesOfFreedom)
    guard value > 0, central.upperTail(value) < probability else { return 0 }
    // The upper tail grows with the noncentrality, so bisection cannot miss.
    var low = 0.0
    var high = value + degreesOfFreedom + 10
    func tail(_ noncentrality: Double) -> Double {
      ChiSquared(degreesOfFreedom: degreesOfFreedom, noncentrality: noncentrality).upperTail(value)
    }
    for _ in 0..<64 where tail(high) < probability { high *= 2 }
    for _ in 0..<100 where high - low > 1e-10 * max(1, high) {
      let middle = (low + high) / 2
      if tail(middle) < probability { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }
}
