// SPDX-License-Identifier: Apache-2.0
private import CBoostMath

/// Student's t distribution (Gosset 1908), also with a fraction of a degree of freedom.
package struct StudentT: Sendable {
  package let degreesOfFreedom: Double

  package init(degreesOfFreedom: Double) {
    precondition(degreesOfFreedom > 0, "a t distribution has degrees of freedom")
    self.degreesOfFreedom = degreesOfFreedom
  }

  /// Returns the value below which the share `probability` lies.
  package func quantile(_ probability: Double) -> Double {
    precondition(probability > 0 && probability < 1, "a probability lies in 0...1")
    return boost_student_t_quantile(probability, degreesOfFreedom)
  }

  /// Returns P(T > value).
  package func upperTail(_ value: Double) -> Double {
    boost_student_t_upper_tail(value, degreesOfFreedom)
  }
}
