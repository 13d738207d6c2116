// SPDX-License-Identifier: Apache-2.0
package import Profiles
package import Statistics

/// What a campaign's data say at one look: everything that its report prints.
package struct ExperimentResult: Sendable {
  /// Something that must be right before arms can be compared.
  package struct Health: Sendable {
    package enum State: String, Sendable { case ok, warning, blocked }

    package let check: String
    package let state: State
    /// What was found and, where it is not well, what to do about it.
    package let text: String
  }

  package struct Arm: Sendable {
    package let name: String
    package let isControl: Bool
    package let assigned: Int
    /// Of the primary metric.
    package let matured: Int
  }

  /// One treated arm against the control on one metric.
  package struct Effect: Sendable {
    package let metric: ExperimentInput.Metric
    package let isPrimary: Bool
    /// Whether all customers of both arms are mature for the metric.
    package let isFinal: Bool
    package let arm: String
    package let contrast: Contrast
    /// With a covariate; nil where there is none.
    package let adjusted: Contrast?
    /// What decides now: the contrast's own interval at the final look, one that holds at all looks before.
    package let interval: Interval
    package let p: Double
    /// Of the primary metric over all arms (Holm); else p itself.
    package let adjustedP: Double

    /// Positive for better.
    package var improvement: Double { metric.isLowerBetter ? -best.difference : best.difference }
    /// The more precise of the two contrasts.
    package var best: Contrast { adjusted ?? contrast }
    package var isBetter: Bool {
      adjustedP < 0.05 && (metric.isLowerBetter ? interval.upper < 0 : interval.lower > 0)
    }
    package var isWorse: Bool {
      p < 0.05 && (metric.isLowerBetter ? interval.lower > 0 : interval.upper < 0)
    }
  }

  /// The effect on the primary metric in one tier.
  package struct Tier: Sendable {
    package let name: String
    package let arm: String
    package let assigned: Int
    package let contrast: Contrast
    /// Corrected over tiers (Benjamini and Hochberg).
    package let adjustedP: Double
    package let money: NetBenefit?
    package let isHarmed: Bool
    package let isHelped: Bool
  }

  package struct Maturity: Sendable {
    package let assigned: Int
    package let matured: Int
    /// When 80 % of those assigned so far are mature, and when all are.
    package let mostBy: CivilDate?
    package let allBy: CivilDate?

    package var isFinal: Bool { assigned > 0 && matured == assigned }
    package var share: Double { assigned > 0 ? Double(matured) / Double(assigned) : 0 }
  }

  package struct Verdict: Sendable {
    package enum Kind: String, Sendable {
      case rollOut = "roll-out"
      case target
      case keepRunning = "keep-running"
      case stopNoBenefit = "stop-no-benefit"
      case stopHarm = "stop-harm"
      case cannotJudge = "cannot-judge"

      /// As people say it.
      package var words: String {
        switch self {
        case .rollOut: "roll out"
        case .target: "target"
        case .keepRunning: "keep running"
        case .stopNoBenefit: "stop, no benefit"
        case .stopHarm: "stop, harm"
        case .cannotJudge: "cannot judge"
        }
      }
    }

    package let kind: Kind
    /// The arm that it speaks of; nil where it speaks of the whole.
    package let arm: String?
    /// The tiers to target.
    package let tiers: [String]
    /// One or two sentences for people who read nothing else.
    package let sentence: String
  }

  package let name: String
  package let asOf: Instant
  package let health: [Health]
  package let arms: [Arm]
  package let maturity: Maturity
  /// The metric that the verdict rests on.
  package let primary: ExperimentInput.Metric
  /// Which guarantee the intervals give at this look.
  package let guarantee: String
  package let effects: [Effect]
  /// Those that are large enough to show.
  package let tiers: [Tier]
  /// Tiers that are not shown, since single customers could be told or reckoned from the totals.
  package let hiddenTiers: Int
  package let money: [String: NetBenefit]
  /// One for each treated arm, or one for the whole.
  package let verdicts: [Verdict]
}
