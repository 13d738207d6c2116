// SPDX-License-Identifier: Apache-2.0
package import Experiments

/// What a campaign takes, before it begins.
package struct CampaignPlan: Sendable {
  package let experiment: String
  package let metric: String
  package let isEvent: Bool
  package let baseline: Double
  package let effect: Double
  package let power: Double
  /// Customers of all arms that the effect takes; nil where no number is enough.
  package let customers: Int?
  /// The smallest effect that the candidates there are would show; nil without candidates.
  package let smallest: Double?
  /// How many times the customers of a test without interim looks.
  package let inflation: Double
  package let looks: Int
  package let shares: [(arm: String, share: Double)]
  package let candidates: [CandidateCount]
  /// Days until enough candidates have come at the present inflow; 0 where there are enough, nil
  /// where that is not known.
  package let days: Int?
}

/// What is asked of a plan.
package struct PlanQuestion: Sendable {
  /// The control's rate, or mean; nil takes what the campaign's control shows.
  package var baseline: Double?
  package var effect: Double?
  /// The standard deviation of an amount.
  package var deviation: Double?
  package var power: Double
  /// Of the outcome with a covariate.
  package var correlation: Double
  /// The share of the treated who can be reached.
  package var reach: Double

  package init(
    baseline: Double?,
    effect: Double?,
    deviation: Double?,
    power: Double,
    correlation: Double,
    reach: Double
  ) {
    self.baseline = baseline
    self.effect = effect
    self.deviation = deviation
    self.power = power
    self.correlation = correlation
    self.reach = reach
  }
}
