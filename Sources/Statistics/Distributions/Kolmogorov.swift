// SPDX-License-Identifier: Apache-2.0
private import Glibc

/// The limit law of the Kolmogorov–Smirnov statistic (Kolmogorov, 1933).
package enum Kolmogorov {
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

  /// Returns the asymptotic p-value of a two-sample distance D.
  ///
  /// With ties or binned values it is conservative: the true p-value is smaller.
  package static func twoSampleP(distance: Double, _ first: Int, _ second: Int) -> Double {
    let effective = Double(first) * Double(second) / Double(first + second)
    return upperTail(distance * effective.squareRoot())
  }
}
