// SPDX-License-Identifier: Apache-2.0
package import Profiles

/// What one scan over a campaign's customers gives, without a customer in it.
package struct ExperimentInput: Sendable, Codable {
  /// What is measured.
  package struct Metric: Sendable, Codable, Hashable {
    /// An event or not, an amount, or a sum of amounts over a sum of others.
    package enum Kind: String, Sendable, Codable { case event, amount, ratio }
    /// Secondary metrics inform; a guardrail must not get worse by more than its margin.
    package enum Role: String, Sendable, Codable, CaseIterable {
      case primary, secondary, guardrail
    }

    package var name: String
    package var kind: Kind
    /// Whether less of it is better, as of churn.
    package var isLowerBetter: Bool
    /// How long after its assignment a customer's outcome counts.
    package var horizon: FixedDuration
    package var role: Role
    /// The loss that would not matter, in the metric's own unit.
    package var margin: Double
    /// Amounts of a customer beyond it count as it; stated in advance.
    package var cap: Double?
    /// What the metric is, as a text that changes with it.
    package var specification: String

    package init(
      name: String,
      kind: Kind,
      isLowerBetter: Bool,
      horizon: FixedDuration,
      role: Role = .primary,
      margin: Double = 0,
      cap: Double? = nil,
      specification: String = ""
    ) {
      self.name = name
      self.kind = kind
      self.isLowerBetter = isLowerBetter
      self.horizon = horizon
      self.role = role
      self.margin = margin
      self.cap = cap
      self.specification = specification
    }
  }

  /// The customers of one arm and tier, or of one arm and level of a segment.
  package struct Cell: Sendable, Codable {
    package var arm: String
    package var tier: String
    package var assigned: Int
    package var reached = 0
    /// Those of them whose primary metric is mature.
    package var reachedMature = 0
    /// By metric, of those whose horizon has passed.
    package var metrics: [ArmSums]
    /// By metric, customers whose outcome came before their assignment.
    package var before: [Int]
    /// By metric, amounts that are no numbers.
    package var invalid: [Int]
    /// By metric, mature customers whose amount was cut to the cap.
    package var capped: [Int]
    /// What was spent on them beyond contacts.
    package var cost: Double
    /// The worth of each customer times the primary metric, and the worth beside it; nil where all
    /// are worth the same.
    package var worth: ArmSums?

    package init(
      arm: String,
      tier: String,
      assigned: Int,
      metrics: [ArmSums],
      before: [Int],
      invalid: [Int],
      capped: [Int] = [],
      cost: Double
    ) {
      self.arm = arm
      self.tier = tier
      self.assigned = assigned
      self.metrics = metrics
      self.before = before
      self.invalid = invalid
      self.capped = capped
      self.cost = cost
    }
  }

  /// The customers who were assigned on one day.
  package struct EntryDay: Sendable, Codable {
    package var day: CivilDate
    package var assigned: Int
    /// Those whose outcome of the primary metric is known.
    package var matured: Int

    package init(day: CivilDate, assigned: Int, matured: Int) {
      self.day = day
      self.assigned = assigned
      self.matured = matured
    }
  }

  /// Customers of an arm who had the event, or were last seen without it, on a day after their
  /// assignment.
  package struct LastDay: Sendable, Codable {
    package var arm: String
    package var day: Int
    package var events: Int
    package var censored: Int

    package init(arm: String, day: Int, events: Int, censored: Int) {
      self.arm = arm
      self.day = day
      self.events = events
      self.censored = censored
    }
  }

  package var name: String
  package var asOf: Instant
  package var control: String
  /// Intended shares by arm; empty where none were stated.
  package var split: [String: Double]
  /// The first is primary: the verdict rests on it.
  package var metrics: [Metric]
  package var hasTiers: Bool
  package var hasCovariate: Bool
  package var prices: Prices?
  /// By arm and tier.
  package var cells: [Cell]
  /// By segment's column, the cells of its levels, of the primary metric.
  package var segments: [String: [Cell]] = [:]
  /// Customers in two arms, and in another campaign that must not overlap; they are left out.
  package var contaminated: Int
  package var elsewhere = 0
  package var entries: [EntryDay]
  package var lastDays: [LastDay] = []
  package var hasExposures = false
  package var looks = InterimPlan()
  /// What is wanted of the next campaign.
  package var next = NextCampaign()
  /// The standard deviation of effects by what is known before; nil for a flat prior.
  package var priorDeviation: Double?

  package init(
    name: String,
    asOf: Instant,
    control: String,
    split: [String: Double],
    metrics: [Metric],
    hasTiers: Bool,
    hasCovariate: Bool,
    prices: Prices?,
    cells: [Cell],
    contaminated: Int,
    entries: [EntryDay]
  ) {
    self.name = name
    self.asOf = asOf
    self.control = control
    self.split = split
    self.metrics = metrics
    self.hasTiers = hasTiers
    self.hasCovariate = hasCovariate
    self.prices = prices
    self.cells = cells
    self.contaminated = contaminated
    self.entries = entries
  }
}

/// What is wanted of the next campaign.
package struct NextCampaign: Sendable, Codable {
  /// The most customers that can be contacted; nil for no limit.
  package var capacity: Int?
  /// The smallest effect that matters, absolute; nil where none was planned.
  package var effect: Double?

  package init(capacity: Int? = nil, effect: Double? = nil) {
    self.capacity = capacity
    self.effect = effect
  }
}
