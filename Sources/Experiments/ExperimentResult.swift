// SPDX-License-Identifier: Apache-2.0
package import Profiles
package import Statistics

/// What a campaign's data say at one interim look: everything that its report prints.
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
    /// Nil where it is not known who was reached.
    package let reached: Int?
  }

  /// Which interim look this is, and what it may decide.
  package struct InterimLook: Sendable {
    package let kind: InterimPlan.Kind
    /// From 1, this one included.
    package let number: Int
    /// Mature customers.
    package let matured: Int
    /// Those over the planned ones; above 1 where more came.
    package let fraction: Double
    package let planned: Int
    package let hasReviews: Bool
    /// The next review.
    package let next: Instant?
    /// Whether all planned customers are mature, or nobody more is to come.
    package let isFinal: Bool

    /// Whether as many are mature as were planned, or nobody more is to come.
    var isAssigned: Bool { matured >= planned || isFinal }

    /// Whether the verdict may be to go on with all: where reviews are planned, decisions wait for
    /// them.
    package var mayDecide: Bool { !hasReviews || kind == .planned }

    /// Which guarantee the intervals give now.
    package var guarantee: String {
      let share = Int((100 * min(1, fraction)).rounded(.down))
      if hasReviews, kind == .planned {
        return
          "planned review at \(share) % of \(planned) customers: the interval of the primary metric holds at all "
          + "planned reviews together (O'Brien-Fleming type spending, 5 %)"
      }
      let why = "those of lift, tiers and money hold at one interim look only"
      if hasReviews {
        return
          "unplanned interim look at \(share) % of \(planned) customers: intervals hold with 95 % at all interim looks together; "
          + "\(why); decisions wait for the review\(next.map { " on \($0.description.prefix(10))" } ?? "")"
      }
      return isFinal
        ? "all customers are mature: each interval holds with 95 % at this analysis"
        : (matured < planned
          ? "of \(planned) planned customers \(share) % are mature"
          : "customers are still maturing")
          + ": intervals of such effects hold with 95 % at all interim looks together, however "
          + "often one looks; \(why)"
    }
  }

  /// A metric that must not get worse by more than its margin.
  package struct Guardrail: Sendable {
    package enum State: String, Sendable {
      case safe
      case notShownSafe = "not-shown-safe"
      case harmed

      package var text: String {
        switch self {
        case .safe: "safe"
        case .notShownSafe: "not shown safe"
        case .harmed: "harmed"
        }
      }
    }

    package let metric: ExperimentInput.Metric
    package let arm: String
    package let state: State
    /// By how much it got worse, with what decides now; nil where too few customers show it.
    package let worse: Interval?
  }

  /// Effects by the levels of a segment.
  package struct Segment: Sendable {
    package let column: String
    package let levels: [Tier]
    package let hidden: Int
  }

  /// Whom the next campaign should contact.
  package struct Who: Sendable {
    package let arm: String
    /// The tiers, the riskiest first.
    package let names: [String]
    package let heterogeneity: Heterogeneity
    /// Nil without money.
    package let cut: TargetingCut?
    package let curve: UpliftCurve
  }

  /// Customers by days of entry.
  package struct LedgerLine: Sendable {
    package let from: CivilDate
    package private(set) var to: CivilDate
    package private(set) var assigned: Int
    package private(set) var matured: Int

    init(_ day: ExperimentInput.EntryDay) {
      (from, to, assigned, matured) = (day.day, day.day, day.assigned, day.matured)
    }

    /// Adds the days after it.
    package mutating func add(_ other: LedgerLine) {
      to = other.to
      assigned += other.assigned
      matured += other.matured
    }

    mutating func add(_ day: ExperimentInput.EntryDay) {
      to = day.day
      assigned += day.assigned
      matured += day.matured
    }
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
    /// What decides now: the contrast's own interval at the final analysis, one that holds at all
    /// interim looks before.
    package let interval: Interval
    package let p: Double
    /// Of the primary metric over all arms (Holm); else p itself.
    package let adjustedP: Double
    package let belief: Belief
    /// The difference on those who were reached; nil where that is not known.
    package let perReached: (value: Double, interval: Interval)?

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
    /// Customers of all arms.
    package let customers: Int
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
      package var text: String {
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
  package let look: InterimLook
  package let effects: [Effect]
  /// Those that are large enough to show.
  package let tiers: [Tier]
  /// Tiers that are not shown, since single customers could be identified or computed from the
  /// totals.
  package let hiddenTiers: Int
  package let money: [String: NetBenefit]
  /// One for each treated arm, or one for the whole.
  package let verdicts: [Verdict]
  package var guardrails: [Guardrail] = []
  /// By treated arm, the effect on the primary metric with tiers weighted by their size.
  package var stratified: [String: Contrast] = [:]
  package var segments: [Segment] = []
  package var who: [Who] = []
  /// By arm, the share without the event by day since the assignment.
  package var survival: [(arm: String, steps: [KaplanMeier.Step])] = []
  package var ledger: [LedgerLine] = []
  /// How many more customers the planned effect takes, and in how many days they come.
  package var customersMissing: (customers: Int, days: Int?)?

  package init(
    name: String,
    asOf: Instant,
    health: [Health],
    arms: [Arm],
    maturity: Maturity,
    primary: ExperimentInput.Metric,
    look: InterimLook,
    effects: [Effect],
    tiers: [Tier],
    hiddenTiers: Int,
    money: [String: NetBenefit],
    verdicts: [Verdict]
  ) {
    self.name = name
    self.asOf = asOf
    self.health = health
    self.arms = arms
    self.maturity = maturity
    self.primary = primary
    self.look = look
    self.effects = effects
    self.tiers = tiers
    self.hiddenTiers = hiddenTiers
    self.money = money
    self.verdicts = verdicts
  }
}
