// SPDX-License-Identifier: Apache-2.0
private import Glibc
import Statistics

/// An interval for an estimate in 0...1, made on the logit scale.
enum LogitInterval {
  static func logit(_ share: Double) -> Double { log(share / (1 - share)) }

  static func logistic(_ value: Double) -> Double {
    value >= 0 ? 1 / (1 + exp(-value)) : exp(value) / (1 + exp(value))
  }

  /// Returns the interval; nil at the ends of the range and where the error is zero.
  static func interval(_ estimate: Double, standardError: Double) -> Interval? {
    guard estimate > 0, estimate < 1, standardError > 0 else { return nil }
    let error = standardError / (estimate * (1 - estimate))
    let wide = Interval(estimate: logit(estimate), standardError: error)
    return Interval(lower: logistic(wide.lower), upper: logistic(wide.upper))
  }
}
