// SPDX-License-Identifier: Apache-2.0

/// Whether arms were alike before the campaign in a covariate that it cannot have moved.
///
/// Chance makes arms alike. Where they are not, the assignment was not by chance or the covariate
/// is not from before it, though the arms may have the right sizes. By Welch's test (1947),
/// corrected over arms (Bonferroni). It holds at one interim look: at the 0.001 of the alarm many
/// interim looks seldom alarm.
package struct PrePeriodBalance: Sendable {
  /// A treated arm against the control.
  package struct Arm: Sendable {
    package let name: String
    /// Treated less control.
    package let difference: Double
    /// The difference in standard deviations of a customer, from the mean variance of both arms.
    ///
    /// For people: with many customers a difference without meaning has a small p too, and below
    /// 0.1 hardly any has one (Austin 2009). Nil where the covariate does not vary within arms.
    package let standardisedDifference: Double?
    /// Two-sided, of no difference.
    package let p: Double
    /// p times the number of arms, at most 1.
    package let adjustedP: Double

    package var isImbalanced: Bool { adjustedP < PrePeriodBalance.alarm }
  }

  /// Below this the arms cannot be compared.
  package static let alarm = 0.001

  /// In the order of their names.
  package let arms: [Arm]

  package var isImbalanced: Bool { arms.contains(where: \.isImbalanced) }

  /// Compares the covariate of each treated arm with the control's; nil where none can be: without
  /// two customers in both, or with a covariate that is no number.
  package init?(control: ArmSums, treated: [String: ArmSums]) {
    let contrasts = treated.sorted { $0.key < $1.key }.compactMap { name, sums in
      Self.contrast(control, sums).map { (name, $0) }
    }
    guard !contrasts.isEmpty else { return nil }
    arms = contrasts.map { name, contrast in
      let deviation = ((contrast.control.variance + contrast.treated.variance) / 2).squareRoot()
      return Arm(
        name: name,
        difference: contrast.difference,
        standardisedDifference: deviation > 0 ? contrast.difference / deviation : nil,
        p: contrast.p,
        adjustedP: min(1, contrast.p * Double(contrasts.count))
      )
    }
  }

  /// The covariate in the metric's place.
  private static func contrast(_ control: ArmSums, _ treated: ArmSums) -> Contrast? {
    func covariate(_ sums: ArmSums) -> ArmSums {
      ArmSums(count: sums.count, mean: sums.covariateMean, squares: sums.covariateSquares)
    }
    var all = covariate(control)
    all.merge(covariate(treated))
    guard all.mean.isFinite, all.squares.isFinite else { return nil }
    // What rounding leaves of a constant is no difference.
    guard all.squares > 1e-16 * Double(all.count) * all.mean * all.mean else {
      let same = ArmSums(count: control.count, mean: all.mean, squares: 0)
      return .means(
        control: same,
        treated: ArmSums(count: treated.count, mean: all.mean, squares: 0)
      )
    }
    return .means(control: covariate(control), treated: covariate(treated))
  }
}
