// SPDX-License-Identifier: Apache-2.0
private import Glibc

/// The hypotheses of an e-process: rates of success for each kind of trial, as they were, as they
/// may just still be, and as they would be if they had decayed.
///
/// Kinds are strata that are compared like with like: label ages, or label ages and score bands.
package struct Hypotheses: Sendable, Hashable {
  /// One way to have changed.
  package struct Alternative: Sendable, Hashable {
    /// Its share of the mixture.
    package let prior: Double
    /// By kind: the rate at the boundary of what is tolerated, on this alternative's side.
    package let boundary: [Double]
    /// By kind: the rate under the alternative.
    package let rate: [Double]

    package init(prior: Double, boundary: [Double], rate: [Double]) {
      self.prior = prior
      self.boundary = boundary
      self.rate = rate
    }
  }

  /// By kind: the rate in the reference.
  package let reference: [Double]
  package let alternatives: [Alternative]
  /// How much more the trials vary than independent ones would, at least 1; evidence is divided by
  /// it.
  package let dispersion: Double

  package init(reference: [Double], alternatives: [Alternative], dispersion: Double) {
    self.reference = reference
    self.alternatives = alternatives
    self.dispersion = dispersion
  }

  /// Successes and failures of one kind.
  package struct Outcome: Sendable, Hashable {
    package let kind: Int
    package let trials: Int
    package let successes: Int

    package init(kind: Int, trials: Int, successes: Int) {
      self.kind = kind
      self.trials = trials
      self.successes = successes
    }
  }

  /// Whether no alternative differs from its boundary: there is nothing to find evidence for.
  package var hasNoPower: Bool { alternatives.allSatisfy { $0.rate == $0.boundary } }

  /// The log-likelihood ratios of some outcomes, alternatives against their boundaries.
  package func gains(_ outcomes: [Outcome]) -> [Double] {
    alternatives.map { Self.gain(outcomes, rate: $0.rate, against: $0.boundary) / dispersion }
  }

  /// The log-likelihood ratio of an alternative against the reference itself.
  package func departure(_ outcomes: [Outcome], _ alternative: Int) -> Double {
    Self.gain(outcomes, rate: alternatives[alternative].rate, against: reference)
  }

  /// The log-likelihood ratios of being as the reference, and somewhat beyond it, against the
  /// boundary that an alternative had crossed.
  package func returns(_ outcomes: [Outcome], from alternative: Int) -> [Double] {
    let boundary = alternatives[alternative].boundary
    return Self.overshoots.map { overshoot in
      let rates = zip(reference, boundary).map { rate, boundary in
        rate == boundary
          ? rate : LogOdds.shifted(rate, by: rate > boundary ? overshoot : -overshoot)
      }
      return Self.gain(outcomes, rate: rates, against: boundary) / dispersion
    }
  }

  /// How far beyond the reference, in log odds, a recovery may go.
  static let overshoots = [0, 0.4]

  private static func gain(
    _ outcomes: [Outcome],
    rate: [Double],
    against base: [Double]
  ) -> Double {
    outcomes.reduce(0) { sum, outcome in
      let (p, q) = (rate[outcome.kind], base[outcome.kind])
      return sum + Double(outcome.successes) * log(p / q)
        + Double(outcome.trials - outcome.successes) * log((1 - p) / (1 - q))
    }
  }
}

/// Probabilities on the scale of log odds.
enum LogOdds {
  static func of(_ probability: Double) -> Double { log(probability / (1 - probability)) }

  /// Returns the probability whose log odds are `shift` higher.
  static func shifted(_ probability: Double, by shift: Double) -> Double {
    1 / (1 + exp(-of(probability) - shift))
  }
}
