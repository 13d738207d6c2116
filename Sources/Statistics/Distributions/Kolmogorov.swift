// SPDX-License-Identifier: Apache-2.0
private import Glibc

/// The limit law of the Kolmogorov–Smirnov statistic (Kolmogorov, 1933).
package enum Kolmogorov {
  /// Returns the chance that two samples of one continuous law lie at least D apart.
  ///
  /// Of all orders of the pooled values, which are paths on a lattice, the share that ever leaves
  /// the band |i/n − j/m| < D (J. Hodges, Arkiv för Matematik 3, 1958). Paths are weighted as they
  /// are counted, so that nothing overflows.
  ///
  /// - Complexity: O(first · second) time, O(second) memory.
  static func exactTwoSampleP(distance: Double, _ first: Int, _ second: Int) -> Double {
    let (n, m) = (Double(first), Double(second))
    // Distances are multiples of 1/nm; half of one less keeps D itself outside, whatever the
    // rounding.
    let bound = ((distance * n * m).rounded() - 0.5) / (n * m)
    var inside = (0...second).map { Double($0) / m > bound ? 0.0 : 1.0 }
    for i in 1...first {
      let share = Double(i) / n
      let weight = Double(i) / Double(i + second)
      inside[0] = share > bound ? 0 : weight * inside[0]
      for j in 1...second {
        inside[j] =
          abs(share - Double(j) / m) > bound ? 0 : weight * inside[j] + inside[j - 1]
      }
    }
    return min(1, max(0, 1 - inside[second]))
  }

  /// Returns P(K > value) for the limit law.
  ///
  /// Two series of one function: the alternating one converges fast above 1, the theta-function
  /// form below, where the alternating one would lose every digit to cancellation.
  package static func upperTail(_ value: Double) -> Double {
    guard value > 0 else { return 1 }
    if value < 1 {
      let factor = -Double.pi * Double.pi / (8 * value * value)
      let sum = stride(from: 1.0, through: 19, by: 2).reduce(0) { $0 + exp(factor * $1 * $1) }
      return 1 - (2 * Double.pi).squareRoot() / value * sum
    }
    let sum = (1...20).reduce(0.0) { sum, index in
      let k = Double(index)
      return sum + (index.isMultiple(of: 2) ? -1 : 1) * exp(-2 * k * k * value * value)
    }
    return min(1, max(0, 2 * sum))
  }

  /// Samples whose sizes have a product of at most this get the exact law.
  private static let largestExactProduct = 100_000

  /// Returns the p-value of a two-sample distance D: exact for small samples, else the limit law's.
  ///
  /// With ties or binned values it is conservative: the true p-value is smaller.
  package static func twoSampleP(distance: Double, _ first: Int, _ second: Int) -> Double {
    if first > 0, second > 0, first * second <= largestExactProduct {
      return exactTwoSampleP(distance: distance, first, second)
    }
    let effective = Double(first) * Double(second) / Double(first + second)
    return upperTail(distance * effective.squareRoot())
  }
}
