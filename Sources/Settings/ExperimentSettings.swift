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
  package var value: Double?
  package var cost: CampaignCost
}

/// What is measured of a campaign's customers.
package struct MetricSource: Sendable {
  package enum Kind: Sendable {
    /// A boolean or 0/1 column; nil where a row is itself the event.
    case event(Placed<String>?)
    /// A column to be summed.
    case amount(Placed<String>)
  }

  package var name: Placed<String>
  package var table: Placed<String>
  package var unit: Placed<String>
  /// When it happened; nil where the table holds one row for each customer with what came after.
  package var time: Placed<String>?
  package var kind: Kind
  package var horizon: FixedDuration
  package var isLowerBetter: Bool
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

/// Reads campaigns.
enum ExperimentReader {
  private static let keys = [
    "name", "assignments", "split", "tiers", "covariate", "metrics", "currency", "value", "cost",
  ]
  private static let planned = Dictionary(
    uniqueKeysWithValues: ["exposures", "segments", "reviews"].map {
      ($0, "it comes with a later version")
    }
  )
  private enum Better: String, CaseIterable { case lower, higher }

  static func experiment(_ value: YAMLValue) -> ExperimentSettings? {
    guard let root = value.mapping(known: keys, planned: planned) else { return nil }
    let name = root.required("name")?.placedText()
    let assignments = root.required("assignments").flatMap(Self.assignments)
    let metrics = root.optional("metrics")?.list().compactMap(metric) ?? []
    for (index, metric) in metrics.enumerated()
    where metrics[..<index].contains(where: { $0.name.value == metric.name.value }) {
      value.faults.note("a second metric is called '\(metric.name.value)'", at: metric.name.place)
    }
    let split = root.optional("split").map(Self.split) ?? [:]
    let price = root.optional("value").flatMap { $0.number(in: 0...1e12, "an amount of money") }
    let cost = root.optional("cost").flatMap(Self.cost) ?? CampaignCost(contact: 0)
    if let value = root.optional("value"), metrics.isEmpty {
      value.fault("'value' is the worth of a success of the first of 'metrics', and there is none")
    }
    guard let name, let assignments else { return nil }
    return ExperimentSettings(
      name: name,
      assignments: assignments,
      split: split,
      tiers: root.optional("tiers")?.placedText(),
      covariate: root.optional("covariate")?.placedText(),
      metrics: metrics,
      currency: root.optional("currency")?.text() ?? "",
      value: price,
      cost: cost
    )
  }

  private static func metric(_ value: YAMLValue) -> MetricSource? {
    guard
      let root = value.mapping(
        known: ["name", "table", "unit", "time", "event", "amount", "horizon", "better"]
      )
    else { return nil }
    if root.optional("event") != nil, root.optional("amount") != nil {
      value.fault("give 'event' or 'amount', not both")
    }
    let name = root.required("name")?.placedText()
    let table = root.required("table")?.placedText()
    let unit = root.required("unit")?.placedText()
    let horizon = root.required("horizon")?.parsed("a duration such as 90d") { FixedDuration($0) }
    let better = root.required("better")?.word("direction", Better.self)
    guard let name, let table, let unit, let horizon, let better else { return nil }
    let amount = root.optional("amount")?.placedText()
    return MetricSource(
      name: name,
      table: table,
      unit: unit,
      time: root.optional("time")?.placedText(),
      kind: amount.map { .amount($0) } ?? .event(root.optional("event")?.placedText()),
      horizon: horizon,
      isLowerBetter: better == .lower
    )
  }

  /// Shares by arm, in the order in which they are written.
  private static func split(_ value: YAMLValue) -> [String: Double] {
    var split: [String: Double] = [:]
    for (arm, share) in value.entries() {
      guard let number = share.number(in: 0...1e9, "a share, such as 0.2 or 20%") else { continue }
      split[arm] = number
    }
    if split.values.filter({ $0 > 0 }).count < 2 {
      value.fault(
        "a split has at least two arms with a share, such as { control: 0.2, offer: 0.8 }"
      )
    }
    return split
  }

  private static func cost(_ value: YAMLValue) -> CampaignCost? {
    guard let root = value.mapping(known: ["contact", "table", "unit", "amount"]) else {
      return nil
    }
    let contact =
      root.optional("contact").flatMap { $0.number(in: 0...1e12, "an amount of money") } ?? 0
    guard let table = root.optional("table")?.placedText() else {
      return CampaignCost(contact: contact)
    }
    let unit = root.required("unit")?.placedText()
    let amount = root.required("amount")?.placedText()
    guard let unit, let amount else { return nil }
    return CampaignCost(contact: contact, spent: (table, unit, amount))
  }

  private static func assignments(_ value: YAMLValue) -> AssignmentSource? {
    guard
      let root = value.mapping(
        known: ["table", "unit", "arm", "time", "control", "stratum", "where"]
      )
    else { return nil }
    let table = root.required("table")?.placedText()
    let unit = root.required("unit")?.placedText()
    let arm = root.required("arm")?.placedText()
    let time = root.required("time")?.placedText()
    let control = root.required("control")?.text()
    guard let table, let unit, let arm, let time, let control else { return nil }
    return AssignmentSource(
      table: table,
      unit: unit,
      arm: arm,
      time: time,
      control: control,
      stratum: root.optional("stratum")?.placedText(),
      condition: root.optional("where")?.placedText()
    )
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
