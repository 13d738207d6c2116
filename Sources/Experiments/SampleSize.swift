// SPDX-License-Identifier: Apache-2.0
private import Statistics

/// How many customers a campaign needs to see an effect, and which effect it can see with those it
/// has.
///
/// Of one treated arm against the control; two-sided tests by the normal approximation. Effects are
/// differences, treated less control, of customers who are reached.
package struct SampleSize: Sendable {
  /// What is compared.
  package enum Outcome: Sendable {
    /// A share of customers, with its value in the control.
    case event(baseline: Double)
    /// A mean, with the standard deviation of single customers.
    case amount(standardDeviation: Double)
  }

  /// What the test may err, and when it is made.
  package struct Test: Sendable {
    /// Of both sides, all interim looks, and all treated arms.
    package let alpha: Double
    package let power: Double
    /// The fractions of the plan at which it may be decided.
    package let looks: [Double]

    package init(
      alpha: Double = 1 - Confidence.standard,
      power: Double = 0.8,
      looks: [Double] = [1]
    ) {
      self.alpha = alpha
      self.power = power
      self.looks = looks
    }
  }

  /// The shares of all customers in the two arms; less than 1 together where there are further
  /// arms.
  package let control: Double
  package let treated: Double
  /// The customers needed over those of a test without interim looks.
  package let inflation: Double
  /// Standard errors from no effect to the boundary, and from there to the effect.
  private let critical: Double
  private let margin: Double
  /// Customers needed over those of a plain test of an effect that all customers get.
  private let factor: Double
  private let reach: Double

  /// A campaign's plan.
  ///
  /// - `correlation`: Of the outcome with a covariate from before the assignment, which takes its
  ///   square from the variance (Deng, Xu, Kohavi, Walker 2013).
  /// - `reach`: The share of the treated who can be reached; the others dilute the effect.
  /// - `arms`: Treated arms that are compared with the control, each at alpha / arms (Bonferroni).
  package init(
    control: Double,
    treated: Double,
    test: Test = Test(),
    correlation: Double = 0,
    reach: Double = 1,
    arms: Int = 1
  ) {
    let (alpha, power, looks) = (test.alpha, test.power, test.looks)
    precondition(control > 0 && treated > 0 && control + treated < 1 + 1e-9, "shares of a whole")
    precondition(abs(correlation) < 1, "a correlation lies between -1 and 1")
    precondition(reach > 0 && reach <= 1, "a share of customers is reached")
    precondition(arms > 0, "a campaign has a treated arm")
    precondition(alpha > 0 && alpha < power && power < 1, "alpha, power and 1 rise")
    self.control = control
    self.treated = treated
    self.reach = reach
    let level = alpha / Double(arms)
    critical = -Normal.quantile(level / 2)
    margin = Normal.quantile(power)
    let isFixed = looks == [1]
    inflation =
      isFixed ? 1 : GroupSequential(alpha: level).inflation(power: power, fractions: looks)
    factor = inflation * (1 - correlation * correlation) / (reach * reach)
  }

  /// Returns the customers needed in total, all arms together, to see an effect with the planned
  /// power.
  ///
  /// Nil where no number is enough: without an effect, or for a share that would leave 0...1.
  package func customers(_ outcome: Outcome, effect: Double) -> Int? {
    if case .event(let baseline) = outcome, !(0...1).contains(baseline + effect) { return nil }
    guard effect != 0 else { return nil }
    let distance = distance(outcome, effect: effect) / effect
    return Int(exactly: (distance * distance * factor).rounded(.up))
  }

  /// Returns the smallest effect, negative when `isFalling`, that so many customers in total show
  /// with the planned power; nil where not even a share of 0 or 1 would be seen.
  package func smallestEffect(
    _ outcome: Outcome,
    customers: Int,
    isFalling: Bool = false
  ) -> Double? {
    guard customers > 0 else { return nil }
    let root = (Double(customers) / factor).squareRoot()
    let sign = isFalling ? -1.0 : 1
    guard case .event(let baseline) = outcome else {
      return sign * distance(outcome, effect: 0) / root
    }
    // Negative without effect, and convex: where it is positive at the end there is one root.
    func surplus(_ size: Double) -> Double {
      size * root - distance(outcome, effect: sign * size)
    }
    let largest = isFalling ? baseline : 1 - baseline
    guard surplus(largest) >= 0 else { return nil }
    return sign * Root.find(0, largest, of: surplus)
  }

  /// Returns how many more customers a running campaign needs to see the planned effect with the
  /// planned power.
  ///
  /// From the precision so far, as the squared standard error falls with customers; never from the
  /// effect seen so far, whose "observed power" says no more than its p-value (Hoenig, Heisey
  /// 2001). A covariate is in the standard error already. Nil without an effect.
  package func customersMissing(
    effect: Double,
    standardError: Double,
    customers: Int
  ) -> Int? {
    guard effect != 0 else { return nil }
    let ratio = (critical + margin) * standardError / (effect * reach)
    let needed = Double(customers) * ratio * ratio * inflation
    return Int(exactly: max(0, (needed - Double(customers)).rounded(.up)))
  }

  /// The difference to be seen times the root of the customers that a plain test needs.
  ///
  /// Shares have the pooled variance up to the boundary and their own beyond it (Fleiss, Tytun, Ury
  /// 1980, without their correction for continuity, as the test is).
  private func distance(_ outcome: Outcome, effect: Double) -> Double {
    switch outcome {
    case .amount(let deviation):
      return (critical + margin) * deviation * (1 / control + 1 / treated).squareRoot()
    case .event(let baseline):
      let share = min(1, max(0, baseline + effect))
      let pooled = (control * baseline + treated * share) / (control + treated)
      let null = pooled * (1 - pooled) * (1 / control + 1 / treated)
      let own = baseline * (1 - baseline) / control + share * (1 - share) / treated
      return critical * null.squareRoot() + margin * own.squareRoot()
    }
  }
}
