// SPDX-License-Identifier: Apache-2.0
private import Glibc

/// A logistic regression on one variable with an intercept, on top of known log odds.
package struct LogisticLine: Sendable, Hashable {
  /// Grouped rows.
  package struct Point: Sendable, Hashable {
    package let x: Double
    package let positives: Double
    package let count: Double
    /// Log odds that the line is added to.
    package let offset: Double

    package init(x: Double, positives: Double, count: Double, offset: Double = 0) {
      self.x = x
      self.positives = positives
      self.count = count
      self.offset = offset
    }
  }

  package let intercept: Double
  package let slope: Double
  package let slopeError: Double

  private static func logistic(_ value: Double) -> Double {
    value >= 0 ? 1 / (1 + exp(-value)) : exp(value) / (1 + exp(value))
  }

  /// Returns the maximum-likelihood fit by Newton's method; nil when there is none: all x equal, or
  /// classes that one threshold separates.
  ///
  /// - Complexity: O(points) for each of a few steps.
  package static func fit(_ points: [Point]) -> LogisticLine? {
    var a = 0.0
    var b = 0.0
    for _ in 0..<100 {
      var (g0, g1, h00, h01, h11) = (0.0, 0.0, 0.0, 0.0, 0.0)
      for point in points {
        let p = logistic(point.offset + a + b * point.x)
        let residual = point.positives - point.count * p
        let weight = point.count * p * (1 - p)
        g0 += residual
        g1 += residual * point.x
        h00 += weight
        h01 += weight * point.x
        h11 += weight * point.x * point.x
      }
      let determinant = h00 * h11 - h01 * h01
      guard determinant > 1e-9 * h00 * h11, determinant.isFinite else { return nil }
      // A step is never larger than four logits, so that a poor start cannot overshoot.
      let step0 = (h11 * g0 - h01 * g1) / determinant
      let step1 = (h00 * g1 - h01 * g0) / determinant
      let brake = min(1, 4 / max(abs(step0), abs(step1), 1e-300))
      a += step0 * brake
      b += step1 * brake
      guard abs(a) < 1e3, abs(b) < 1e3 else { return nil }
      if abs(step0) < 1e-10, abs(step1) < 1e-10 {
        return LogisticLine(
          intercept: a,
          slope: b,
          slopeError: (h00 / determinant).squareRoot()
        )
      }
    }
    return nil
  }
}
