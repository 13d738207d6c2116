// SPDX-License-Identifier: Apache-2.0
private import CBoostMath

/// The standard normal distribution.
package enum Normal {
  /// Returns the value below which the share `probability` lies; infinite at 0 and 1.
  package static func quantile(_ probability: Double) -> Double {
    precondition((0...1).contains(probability), "a probability lies in 0...1")
    if probability == 0 { return -.infinity }
    if probability == 1 { return .infinity }
    return boost_normal_quantile(probability)
  }

  /// Returns P(Z > value).
  package static func upperTail(_ value: Double) -> Double {
    boost_normal_upper_tail(value)
  }

  /// The half width of a two-sided interval, in standard errors: 1.96 at 95 %.
  package static func halfWidth(confidence: Double) -> Double {
    quantile(0.5 + confidence / 2)
  }
}
