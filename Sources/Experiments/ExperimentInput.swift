// SPDX-License-Identifier: Apache-2.0
package import Profiles

/// What one scan over a campaign's customers gives, without a customer in it.
package struct ExperimentInput: Sendable {
  /// What is measured.
  package struct Metric: Sendable {
    package enum Kind: Sendable { case event, amount }

    package var name: String
    package var kind: Kind
    /// Whether less of it is better, as of churn.
    package var isLowerBetter: Bool
    /// How long after its assignment a customer's outcome counts.
    package var horizon: FixedDuration

    package init(name: String, kind: Kind, isLowerBetter: Bool, horizon: FixedDuration) {
      self.name = name
      self.kind = kind
      self.isLowerBetter = isLowerBetter
      self.horizon = horizon
    }
  }

  /// The customers of one arm and tier.
  package struct Cell: Sendable {
    package var arm: String
    package var tier: String
    package var assigned: Int
    /// By metric, of those whose horizon has passed.
    package var metrics: [ArmSums]
    /// By metric, customers whose outcome came before their assignment.
    package var before: [Int]
    /// By metric, amounts that are no numbers.
    package var invalid: [Int]
    /// What was spent on them beyond contacts.
    package var cost: Double

    package init(
      arm: String,
      tier: String,
      assigned: Int,
      metrics: [ArmSums],
      before: [Int],
      invalid: [Int],
      cost: Double
    ) {
      self.arm = arm
      self.tier = tier
      self.assigned = assigned
      self.metrics = metrics
      self.before = before
      self.invalid = invalid
      self.cost = cost
    }
  }

  /// The customers who were assigned on one day.
  package struct EntryDay: Sendable {
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
  package var cells: [Cell]
  /// Customers in two arms, who are left out.
  package var contaminated: Int
  package var entries: [EntryDay]

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
