// SPDX-License-Identifier: Apache-2.0
import Profiles

/// Reads campaigns.
struct ExperimentReader {
  let calendar: ZonedCalendar

  private enum Better: String, CaseIterable { case lower, higher }

  func experiment(_ value: YAMLValue) -> ExperimentSettings? {
    guard let root = value.mapping(known: Self.keys) else { return nil }
    let name = root.required("name")?.text()
    let assignments = root.required("assignments").flatMap(Self.assignments)
    let measured = root.optional("metrics")?.list() ?? []
    let metrics = measured.reading("metric", name: \.name) { item in
      Self.metric(item, isPrimary: item.path == measured.first?.path)
    }
    let split = root.optional("split").map(Self.split) ?? [:]
    let price = root.optional("value").flatMap(Self.price)
    let cost = root.optional("cost").flatMap(Self.cost) ?? CampaignCost(contact: 0)
    if let value = root.optional("value"), metrics.isEmpty {
      value.addError(
        "'value' is the worth of a success of the first of 'metrics', and there is none"
      )
    }
    let reviews = root.optional("reviews")?.list().compactMap { item in
      item.parsed("a date or moment such as 2026-01-31") { calendar.instant($0) }
    }
    if let value = root.optional("reviews"), let reviews,
      zip(reviews, reviews.dropFirst()).contains(where: { $0 >= $1 })
    {
      value.addError("reviews come in ascending order")
    }
    func whole(_ key: String) -> Int? {
      root.optional(key).flatMap { item in
        item.parsed("a whole number of customers") { text in Int(text).flatMap { $0 > 0 ? $0 : nil }
        }
      }
    }
    if let value = root.optional("reviews"), root.optional("planned") == nil {
      value.addError("'reviews' need 'planned': the customers of all arms that they are shares of")
    }
    if let value = root.optional("value"), case .ratio? = metrics.first?.kind {
      value.addError("'value' is of an event or an amount; the first metric is a ratio")
    }
    let segments = root.optional("segments")?.texts() ?? []
    root.optional("segments")?.noteRepeats(segments)
    guard let name, let assignments else { return nil }
    return ExperimentSettings(
      name: name,
      assignments: assignments,
      split: split,
      tiers: root.optional("tiers")?.text(),
      covariate: root.optional("covariate")?.text(),
      metrics: metrics,
      currency: root.optional("currency")?.text() ?? "",
      value: price,
      cost: cost,
      segments: segments,
      exposures: root.optional("exposures").flatMap(Self.exposures),
      exclusive: root.optional("exclusive")?.texts() ?? [],
      reviews: reviews ?? [],
      planned: whole("planned"),
      effect: root.optional("effect").flatMap {
        $0.number(in: 1e-9...1e12, "an effect, such as 0.02 or 2%")
      },
      capacity: whole("capacity"),
      prior: root.optional("prior").flatMap {
        $0.number(in: 1e-9...1e12, "a standard deviation of effects")
      },
      candidates: root.optional("candidates").flatMap(Self.candidates)
    )
  }

  private static func price(_ value: YAMLValue) -> CampaignValue? {
    guard value.isMapping else {
      return value.number(in: 0...1e12, "an amount of money, or { column: name }").map(
        CampaignValue.constant
      )
    }
    return value.mapping(known: Self.priceKeys)?.required("column")?.text().map(
      CampaignValue.column
    )
  }

  private static func exposures(_ value: YAMLValue) -> ExposureSource? {
    guard let root = value.mapping(known: Self.exposureKeys) else { return nil }
    let table = root.required("table")?.text()
    let unit = root.required("unit")?.text()
    guard let table, let unit else { return nil }
    return ExposureSource(table: table, unit: unit, time: root.optional("time")?.text())
  }

  private static func candidates(_ value: YAMLValue) -> CandidateSource? {
    guard let root = value.mapping(known: Self.candidateKeys) else {
      return nil
    }
    let table = root.required("table")?.text()
    let unit = root.required("unit")?.text()
    guard let table, let unit else { return nil }
    return CandidateSource(
      table: table,
      unit: unit,
      tier: root.optional("tier")?.text(),
      time: root.optional("time")?.text(),
      condition: root.optional("where")?.text()
    )
  }

  private static func metric(_ value: YAMLValue, isPrimary: Bool) -> MetricSource? {
    guard let root = value.mapping(known: Self.metricKeys) else { return nil }
    if root.optional("event") != nil, root.optional("amount") != nil {
      value.addError("give 'event' or 'amount', not both")
    }
    let name = root.required("name")?.text()
    let table = root.required("table")?.text()
    let unit = root.required("unit")?.text()
    let horizon = root.required("horizon")?.parsed("a duration such as 90d") { FixedDuration($0) }
    let better = root.required("better")?.choice("direction", Better.self)
    guard let name, let table, let unit, let horizon, let better else { return nil }
    let amount = root.optional("amount")?.text()
    let per = root.optional("per")?.text()
    if let item = root.optional("per"), amount == nil {
      item.addError("'per' is the denominator of an 'amount', and there is none")
    }
    let cap = root.optional("cap").flatMap { $0.number(in: 0...1e15, "an amount") }
    if let item = root.optional("cap"), amount == nil || per != nil {
      item.addError("'cap' cuts amounts that are no ratio")
    }
    let role = root.optional("role")?.choice("role", MetricSource.Role.self)
    let margin = root.optional("margin").flatMap {
      $0.number(in: 0...1e12, "a loss that would not matter")
    }
    if isPrimary, let item = root.optional("role") {
      item.addError("the first metric is primary and has no 'role'")
    }
    if role == .guardrail, margin == nil {
      root.optional("role")?.addError("a guardrail has a 'margin': by how much it may get worse")
    }
    var kind = MetricSource.Kind.event(root.optional("event")?.text())
    if let amount { kind = per.map { .ratio(amount, per: $0) } ?? .amount(amount) }
    return MetricSource(
      name: name,
      table: table,
      unit: unit,
      time: root.optional("time")?.text(),
      kind: kind,
      horizon: horizon,
      isLowerBetter: better == .lower,
      role: role ?? .secondary,
      margin: margin ?? 0,
      cap: cap
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
      value.addError(
        "a split has at least two arms with a share, such as { control: 0.2, offer: 0.8 }"
      )
    }
    return split
  }

  private static func cost(_ value: YAMLValue) -> CampaignCost? {
    guard let root = value.mapping(known: Self.costKeys) else {
      return nil
    }
    let contact =
      root.optional("contact").flatMap { $0.number(in: 0...1e12, "an amount of money") } ?? 0
    guard let table = root.optional("table")?.text() else {
      return CampaignCost(contact: contact)
    }
    let unit = root.required("unit")?.text()
    let amount = root.required("amount")?.text()
    guard let unit, let amount else { return nil }
    return CampaignCost(contact: contact, spent: (table, unit, amount))
  }

  private static func assignments(_ value: YAMLValue) -> AssignmentSource? {
    guard let root = value.mapping(known: Self.assignmentKeys) else { return nil }
    let table = root.required("table")?.text()
    let unit = root.required("unit")?.text()
    let arm = root.required("arm")?.text()
    let time = root.required("time")?.text()
    let control = root.required("control")?.text()
    guard let table, let unit, let arm, let time, let control else { return nil }
    return AssignmentSource(
      table: table,
      unit: unit,
      arm: arm,
      time: time,
      control: control,
      stratum: root.optional("stratum")?.text(),
      condition: root.optional("where")?.text()
    )
  }
}
