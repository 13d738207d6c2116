// SPDX-License-Identifier: Apache-2.0
private import CBoostMath

/// The F distribution, also with fractions of degrees of freedom.
///
/// Source: R. Fisher (1924), G. Snedecor (1934).
package struct FisherF: Sendable {
  package let numerator: Double
  package let denominator: Double

  /// The law of a ratio of two independent variances with these degrees of freedom, above 0.
  package init(_ numerator: Double, _ denominator: Double) {
    precondition(numerator > 0 && denominator > 0, "an F distribution has degrees of freedom")
    self.numerator = numerator
    self.denominator = denominator
  }

  /// Returns the value below which the share `probability` lies.
  package func quantile(_ probability: Double) -> Double {
    precondition(probability > 0 && probability < 1, "a probability lies in 0...1")
    return boost_fisher_f_quantile(probability, numerator, denominator)
  }

  /// Returns P(F > value).
  package func upperTail(_ value: Double) -> Double {
    value > 0 ? boost_fisher_f_upper_tail(value, numerator, denominator) : 1
  }
}
