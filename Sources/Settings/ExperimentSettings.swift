// SPDX-License-Identifier: Apache-2.0
package import Profiles

/// A campaign: who was assigned to which arm, and when.
package struct ExperimentSettings: Sendable {
  package var name: String
  package var assignments: AssignmentSource
  /// Intended shares by arm; empty where none are stated.
  package var split: [String: Double]
  /// A column of the assignments whose levels are estimated apart.
  package var tiers: String?
  /// A number of the assignments, from before, that explains some of the outcomes.
  package var covariate: String?
  /// The first is primary; empty where the campaign only serves a model's `treatment`.
  package var metrics: [MetricSource]
  package var currency: String
  /// The worth of one success of the primary metric; nil where no money is computed.
  package var value: CampaignValue?
  package var cost: CampaignCost
  /// Further columns of the assignments whose levels are estimated apart, each on its own.
  package var segments: [String]
  /// Who was reached; nil where that is not known.
  package var exposures: ExposureSource?
  /// Campaigns that customers of this one must not be in at the same time.
  package var exclusive: [String]
  /// When it is planned to decide, in order.
  package var reviews: [Instant]
  /// Customers planned in all arms.
  package var planned: Int?
  /// The smallest effect that matters, absolute.
  package var effect: Double?
  /// The most customers that the next campaign can contact.
  package var capacity: Int?
  /// The standard deviation of effects by what is known before; nil for a flat prior.
  package var prior: Double?
  /// Whom a campaign can be drawn from; nil where it is drawn elsewhere.
  package var candidates: CandidateSource?
}

/// What a success is worth.
package enum CampaignValue: Sendable {
  case constant(Double)
  /// A column of the assignments.
  case column(String)
}

/// Which customers of a campaign were reached.
package struct ExposureSource: Sendable {
  package var table: String
  package var unit: String
  /// When; nil where every row counts.
  package var time: String?
}

/// Whom a campaign can be drawn from.
package struct CandidateSource: Sendable {
  package var table: String
  package var unit: String
  /// Strata within which arms get their shares exactly.
  package var tier: String?
  /// Since when each is a candidate, from which the inflow is estimated.
  package var time: String?
  /// An SQL condition; the user's own, passed on as it stands.
  package var condition: String?
}

/// What is measured of a campaign's customers.
package struct MetricSource: Sendable {
  package enum Kind: Sendable {
    /// A boolean or 0/1 column; nil where a row is itself the event.
    case event(String?)
    /// A column to be summed.
    case amount(String)
    /// A column to be summed, over the sum of another.
    case ratio(String, per: String)
  }

  /// What the metric is for.
  package enum Role: String, Sendable, CaseIterable { case secondary, guardrail }

  package var name: String
  package var table: String
  package var unit: String
  /// When it happened; nil where the table holds one row for each customer with what came after.
  package var time: String?
  package var kind: Kind
  package var horizon: FixedDuration
  package var isLowerBetter: Bool
  package var role: Role
  /// The loss that would not matter.
  package var margin: Double
  /// Amounts of a customer beyond it count as it.
  package var cap: Double?

  /// What makes it that metric: stored with each interim look at a campaign, so that the primary
  /// metric cannot be exchanged unseen.
  package var identity: StoredIdentity {
    let kind: StoredIdentity.Value =
      switch kind {
      case .event(let column): .list([.text("event"), .text(column)])
      case .amount(let column): .list([.text("amount"), .text(column)])
      case .ratio(let column, let per):
        .list([.text("ratio"), .text(column), .text(per)])
      }
    return StoredIdentity(
      version: 1,
      [
        "name": .text(name),
        "table": .text(table),
        "unit": .text(unit),
        "time": .text(time),
        "horizon": .duration(horizon),
        "kind": kind,
        "better": .text(isLowerBetter ? "lower" : "higher"),
        "cap": .number(cap),
      ]
    )
  }
}

/// What a campaign costs.
package struct CampaignCost: Sendable {
  /// For each assigned customer of a treated arm.
  package var contact: Double
  /// What was spent, by customer.
  package var spent: (table: String, unit: String, amount: String)?
}

/// Where a campaign's assignments are kept.
package struct AssignmentSource: Sendable {
  package var table: String
  /// The column of the customer, or whatever was drawn.
  package var unit: String
  package var arm: String
  package var time: String
  /// The name of the arm that nothing is done to.
  package var control: String
  /// The column of the strata within which arms were drawn; nil where one chance held for all.
  package var stratum: String?
  /// An SQL condition; the user's own, passed on as it stands.
  package var condition: String?
}

/// The campaign that acts on a model's predictions.
package struct Treatment: Sendable {
  package var campaign: String
  package var assignments: AssignmentSource
  /// How long after its assignment a customer's outcomes may still be other ones.
  package var lasting: FixedDuration

  /// What arms were read by: where it is another one they are read again.
  package var identity: StoredIdentity {
    StoredIdentity(
      version: 1,
      [
        "table": .text(assignments.table),
        "unit": .text(assignments.unit),
        "arm": .text(assignments.arm),
        "time": .text(assignments.time),
        "control": .text(assignments.control),
        "stratum": .text(assignments.stratum),
        "where": .text(assignments.condition),
        "lasting": .duration(lasting),
      ]
    )
  }
}
