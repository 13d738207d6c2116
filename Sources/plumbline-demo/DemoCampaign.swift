// SPDX-License-Identifier: Apache-2.0
import Experiments
import Foundation
import Profiles
import Simulator
import Statistics

extension Demo {
  /// The configuration of the operator's campaign.
  static func experiment(_ campaign: Campaign) -> String {
    """

    experiments:
      - name: \(campaign.name)
        assignments:
          table: crm.campaign_members
          unit: customer_id
          arm: arm
          time: assigned_at
          control: control
        split: { control: \(campaign.holdOut), treatment: \(1 - campaign.holdOut) }
        tiers: tier
        metrics:
          - name: churn
            table: crm.outcomes
            unit: customer_id
            time: observed_at
            event: churned
            horizon: \(SimulatedOperator.horizonDays)d
            better: lower
        currency: EUR
        value: 300
        cost: { table: crm.campaign_contacts, unit: customer_id, amount: cost }
    """
  }
}

extension DemoTruth {
  /// The campaign's line of the table: what it really did, and what its verdict says.
  ///
  /// - Parameter campaign: The campaign.
  /// - Returns: Nil where nobody was reached; `isRight` says whether the true effect is within the
  ///   interval that was given, where one was.
  func campaignLine(_ campaign: Campaign) -> (columns: [String], isRight: Bool)? {
    guard let result = self.campaign, let verdict = result.verdicts.first else { return nil }
    let treated = result.arms.filter { !$0.isControl }.reduce(0) { $0 + $1.assigned }
    guard treated > 0 else { return nil }
    let saved = log.campaign.tiers.mapValues { $0.leaversWithout - $0.leaversWith }
    let truth = -saved.values.reduce(0, +) / Double(treated)
    let byTier = Campaign.Tier.allCases.map { tier in
      "\(tier.name) \(String(format: "%+.0f", saved[tier] ?? 0))"
    }
    var found = "no interval"
    var isRight = true
    if let effect = result.effects.first {
      isRight = effect.interval.lower <= truth && truth <= effect.interval.upper
      found = String(
        format: "churn %+.1f points (%+.1f to %+.1f)",
        100 * effect.best.difference,
        100 * effect.interval.lower,
        100 * effect.interval.upper
      )
    }
    let conclusion = ([verdict.kind.text] + verdict.tiers).joined(separator: " ")
    return (
      [
        "campaign \(campaign.name)", campaign.month.description,
        "saved: \(byTier.joined(separator: ", ")); churn \(String(format: "%+.1f", 100 * truth)) points",
        found, "",
        String(result.asOf.description.prefix(10)), "", conclusion, "",
      ], isRight
    )
  }
}
