// SPDX-License-Identifier: Apache-2.0
package import Profiles
package import YAMLSource

/// A campaign: who was assigned to which arm, and when.
package struct ExperimentSettings: Sendable {
  package var name: Placed<String>
  package var assignments: AssignmentSource
  /// Intended shares by arm; empty where none are stated.
  package var split: [String: Double]
  /// A column of the assignments whose levels are told apart.
  package var tiers: Placed<String>?
  /// A number of the assignments, from before, that explains some of the outcomes.
  package var covariate: Placed<String>?
  /// The first is primary; empty where the campaign only serves a model's `treatment`.
  package var metrics: [MetricSource]
  package var currency: String
  /// The worth of one success of the primary metric; nil where no money is reckoned.
  package var value: CampaignValue?
  package var cost: CampaignCost
  /// Further columns of the assignments whose levels are told apart, each on its own.
  package var segments: [Placed<String>]
  /// Who was reached; nil where that is not known.
  package var exposures: ExposureSource?
  /// Campaigns that customers of this one must not be in at the same time.
  package var exclusive: [Placed<String>]
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
  case column(Placed<String>)
}

/// Which customers of a campaign were reached.
package struct ExposureSource: Sendable {
  package var table: Placed<String>
  package var unit: Placed<String>
  /// When; nil where every row counts.
  package var time: Placed<String>?
}

/// Whom a campaign can be drawn from.
package struct CandidateSource: Sendable {
  package var table: Placed<String>
  package var unit: Placed<String>
  /// Strata within which arms get their shares exactly.
  package var tier: Placed<String>?
  /// Since when each is a candidate, from which the inflow is told.
  package var time: Placed<String>?
  /// An SQL condition; the user's own, passed on as it stands.
  package var condition: Placed<String>?
}

/// What is measured of a campaign's customers.
package struct MetricSource: Sendable {
  package enum Kind: Sendable {
    /// A boolean or 0/1 column; nil where a row is itself the event.
    case event(Placed<String>?)
    /// A column to be summed.
    case amount(Placed<String>)
    /// A column to be summed, over the sum of another.
    case ratio(Placed<String>, per: Placed<String>)
  }

  /// What the metric is for.
  package enum Role: String, Sendable, CaseIterable { case secondary, guardrail }

  package var name: Placed<String>
  package var table: Placed<String>
  package var unit: Placed<String>
  /// When it happened; nil where the table holds one row for each customer with what came after.
  package var time: Placed<String>?
  package var kind: Kind
  package var horizon: FixedDuration
  package var isLowerBetter: Bool
  package var role: Role
  /// The loss that would not matter.
  package var margin: Double
  /// Amounts of a customer beyond it count as it.
  package var cap: Double?
}

/// What a campaign costs.
package struct CampaignCost: Sendable {
  /// For each assigned customer of a treated arm.
  package var contact: Double
  /// What was spent, by customer.
  package var spent: (table: Placed<String>, unit: Placed<String>, amount: Placed<String>)?
}

/// Where a campaign's assignments are kept.
package struct AssignmentSource: Sendable {
  package var table: Placed<String>
  /// The column of the customer, or whatever was drawn.
  package var unit: Placed<String>
  package var arm: Placed<String>
  package var time: Placed<String>
  /// The name of the arm that nothing is done to.
  package var control: String
  /// The column of the strata within which arms were drawn; nil where one chance held for all.
  package var stratum: Placed<String>?
  /// An SQL condition; the user's own, passed on as it stands.
  package var condition: Placed<String>?
}

/// The campaign that acts on a model's predictions.
package struct Treatment: Sendable {
  package var campaign: Placed<String>
  package var assignments: AssignmentSource
  /// How long after its assignment a customer's outcomes may still be other ones.
  package var lasting: FixedDuration

  /// A text that changes when arms must be looked up anew.
  package var specification: String {
    let parts = [
      assignments.table.value, assignments.unit.value, assignments.arm.value,
      assignments.time.value, assignments.control, assignments.stratum?.value ?? "",
      assignments.condition?.value ?? "", lasting.description,
    ]
    return parts.joined(separator: "|")
  }
}

extension ModelReader {
  /// Reads which campaign acts on the model's predictions.
  ///
  /// - `horizon`: How long an assignment lasts unless it says otherwise.
  func treatment(_ value: YAMLValue, horizon: FixedDuration?) -> Treatment? {
    guard let root = value.mapping(known: ["campaign", "lasting"]),
      let campaign = root.required("campaign")?.placedText()
    else { return nil }
    guard let experiment = experiments.first(where: { $0.name.value == campaign.value }) else {
      value.faults.note(
        "no experiment is called '\(campaign.value)'"
          + Spelling.suggestion(for: campaign.value, among: experiments.map(\.name.value)),
        at: campaign.place
      )
      return nil
    }
    let lasting = root.optional("lasting").flatMap {
      $0.parsed("a duration such as 90d") { FixedDuration($0) }
    }
    guard let lasting = lasting ?? horizon else {
      value.fault("'treatment' needs 'outcomes': there is nothing that it could change")
      return nil
    }
    return Treatment(campaign: campaign, assignments: experiment.assignments, lasting: lasting)
  }
}
