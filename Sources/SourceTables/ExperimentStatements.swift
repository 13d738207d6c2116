// SPDX-License-Identifier: Apache-2.0
import Postgres
import Profiles
import Settings

/// Makes the statements that read a campaign's tables.
struct ExperimentStatements {
  private let settings: ExperimentSettings
  private let tables: ExperimentTables
  private let connection: Connection
  private let asOf: Instant

  init(
    _ settings: ExperimentSettings,
    tables: ExperimentTables,
    _ connection: Connection,
    asOf: Instant
  ) {
    self.settings = settings
    self.tables = tables
    self.connection = connection
    self.asOf = asOf
  }

  private static func interval(_ duration: FixedDuration) -> String {
    "interval '\(duration.microseconds / 1_000_000) seconds'"
  }

  private func moment() async throws -> String {
    try await connection.quoted(literal: asOf.description) + "::timestamptz"
  }

  private func name(_ column: String) async throws -> String {
    try await connection.quoted(identifier: column)
  }

  /// The SQL of a number; NaN and infinities are none.
  private static func finite(_ quoted: String) -> String {
    let number = "\(quoted)::float8"
    return "case when \(number) > '-infinity' and \(number) < 'infinity' then \(number) end"
  }

  /// The customers of the campaign.
  private func members() async throws -> String {
    let source = settings.assignments
    var values = [
      "unit": try await name(source.unit), "assigned_at": try await name(source.time),
      "arm": try await name(source.arm), "assignments": tables.assignments.name,
      "condition": source.condition.map { "(\($0))" } ?? "true",
      "as_of": try await moment(), "tier": "null::text", "covariate": "null::float8",
      "worth": "null::float8", "segments": "", "segments_least": "", "segments_names": "",
      "segments_first": "",
      "segments_picked": "", "elsewhere": "false",
      "reached": "false", "further": "",
    ]
    if let tiers = settings.tiers { values["tier"] = try await name(tiers) + "::text" }
    if let covariate = settings.covariate {
      values["covariate"] = Self.finite(try await name(covariate))
    }
    if case .column(let worth)? = settings.value {
      values["worth"] = Self.finite(try await name(worth))
    }
    for (index, segment) in settings.segments.enumerated() {
      values["segments", default: ""] += ", \(try await name(segment))::text as s\(index)"
      values["segments_names", default: ""] += ", s\(index)"
      values["segments_least", default: ""] += ", min(s\(index)) as s\(index)"
      values["segments_first", default: ""] += ", r.s\(index)"
      values["segments_picked", default: ""] +=
        ", case when g.n = 1 then g.s\(index) else f.s\(index) end as s\(index)"
    }
    try await addElsewhere(&values)
    try await addReached(&values)
    let isUnique = tables.assignments.unique.contains(source.unit)
    return Statements.fill(
      isUnique ? SourceSQL.experiment_members_once : SourceSQL.experiment_members,
      values
    )
  }

  /// Who is in another campaign, up to the horizon before or after.
  private func addElsewhere(_ values: inout [String: String]) async throws {
    guard !tables.exclusive.isEmpty else { return }
    let horizon = Self.interval(settings.metrics[0].horizon)
    var parts: [String] = []
    for (source, relation) in tables.exclusive {
      let (unit, time) = (try await name(source.unit), try await name(source.time))
      let condition = source.condition.map { "(\($0))" } ?? "true"
      parts.append(
        Statements.fill(
          SourceSQL.experiment_other,
          [
            "unit": unit, "time": time, "assignments": relation.name, "condition": condition,
            "arm": try await name(source.arm),
          ]
        )
      )
    }
    values["elsewhere"] = "elsewhere.unit is not null"
    values["further", default: ""] += Statements.fill(
      SourceSQL.experiment_elsewhere,
      [
        "others": parts.joined(separator: " union all "), "horizon": horizon,
        "as_of": try await moment(),
      ]
    )
  }

  private func addReached(_ values: inout [String: String]) async throws {
    guard let source = settings.exposures, let relation = tables.exposures else { return }
    var within = ""
    if let column = source.time {
      let (time, asOf) = ("e.\(try await name(column))::timestamptz", try await moment())
      within = " and \(time) >= a.at and \(time) < \(asOf)"
    }
    values["reached"] = "reached.unit is not null"
    values["further", default: ""] += Statements.fill(
      SourceSQL.experiment_reached,
      [
        "exposures": relation.name, "unit": try await name(source.unit), "within": within,
      ]
    )
  }

  /// The campaign in one pass; `zone` is the time zone whose days are days of entry.
  func campaign(zone: String) async throws -> String {
    var (metrics, sums, joins) = ("", "", "")
    let asOf = try await moment()
    for (index, metric) in settings.metrics.enumerated() {
      let cte = "metric_\(index)"
      metrics += try await self.metric(metric, of: tables.metrics[index], cte: cte, asOf: asOf)
      joins += " left join \(cte) on \(cte).unit = m.unit"
      sums += self.sums(metric, cte: cte, asOf: asOf)
    }
    if case .column? = settings.value {
      let first = settings.metrics[0]
      sums += Statements.fill(
        SourceSQL.experiment_sums,
        [
          "name": "metric_0", "is_capped": "false",
          "mature": "m.at + \(Self.interval(first.horizon)) <= \(asOf)",
          "y": "coalesce(m.worth, 0) * coalesce(metric_0.y, 0)", "x": "coalesce(m.worth, 0)",
        ]
      )
    }
    var cost = "0::float8"
    if let spent = settings.cost.spent, let table = tables.spent {
      metrics += Statements.fill(
        SourceSQL.experiment_spent,
        [
          "unit": try await name(spent.unit), "amount": try await name(spent.amount),
          "costs": table.name,
        ]
      )
      joins += " left join spent on spent.unit = m.unit"
      cost = "coalesce(sum(spent.y), 0)"
    }
    let levels = ["m.tier"] + settings.segments.indices.map { "m.s\($0)" }
    func pick(_ value: (Int) -> String) -> String {
      "case "
        + levels.indices.map { "when grouping(\(levels[$0])) = 0 then \(value($0)) " }.joined()
        + "end"
    }
    return Statements.fill(
      SourceSQL.experiment_cells,
      [
        "members": try await members(), "metrics": metrics, "survival": survival(asOf),
        "as_of": asOf, "zone": try await connection.quoted(literal: zone),
        "horizon": Self.interval(settings.metrics[0].horizon), "sums": sums, "joins": joins,
        "cost": cost,
        "mature": "m.at + \(Self.interval(settings.metrics[0].horizon)) <= \(asOf)",
        "which": "(" + pick { "\($0)" } + ")::bigint",
        "level": "coalesce(" + pick { levels[$0] } + ", '')",
        "sets": levels.map { "(m.arm, m.is_in_two, m.is_elsewhere, \($0))" }
          .joined(separator: ", "),
      ]
    )
  }

  /// What a metric says of each customer.
  private func metric(
    _ metric: MetricSource,
    of relation: Relation,
    cte: String,
    asOf: String
  ) async throws -> String {
    // A table without a time holds what came after; a time that is missing in another is no time.
    let within =
      metric.time == nil
      ? "true" : "(o.at > m.at and o.at <= m.at + \(Self.interval(metric.horizon)))"
    func sum(_ column: String) -> String {
      "coalesce(sum(o.\(column)) filter (where o.is_number and \(within)), 0)"
    }
    func isNumber(_ column: String) -> String {
      // NaN is greater than any number here.
      "coalesce(\(column) > '-infinity' and \(column) < 'infinity', true)"
    }
    var values = [
      "name": cte, "metric_unit": try await name(metric.unit), "metric_table": relation.name,
      "first": "null::timestamptz",
      "metric_time": try await metric.time.asyncMap { try await name($0) + "::timestamptz" }
        ?? "null::timestamptz",
      "arrived": metric.time == nil ? "true" : "o.at < \(asOf)", "metric_per": "null::float8",
      "per_value": "null::float8", "is_number": "true",
    ]
    switch metric.kind {
    case .event(let event):
      values["value"] = "(count(*) filter (where o.value and \(within)) > 0)::int::float8"
      values["metric_value"] = try await happened(event, relation)
      if metric.time != nil { values["first"] = "min(o.at) filter (where o.value and \(within))" }
    case .amount(let amount):
      let column = try await name(amount) + "::float8"
      values["value"] = sum("value")
      values["metric_value"] = column
      values["is_number"] = isNumber(column)
    case .ratio(let amount, let per):
      let column = try await name(amount) + "::float8"
      let denominator = try await name(per) + "::float8"
      values["value"] = sum("value")
      values["per_value"] = sum("per")
      values["metric_value"] = column
      values["metric_per"] = denominator
      values["is_number"] = isNumber(column) + " and " + isNumber(denominator)
    }
    return Statements.fill(SourceSQL.experiment_metric, values)
  }

  /// The SQL that says whether a row is the event.
  private func happened(_ event: String?, _ relation: Relation) async throws -> String {
    guard let event else { return "true" }
    let quoted = try await name(event)
    return relation.column(event)?.isBoolean ?? false ? quoted : "\(quoted) = 1"
  }

  /// A metric's sums over mature customers.
  private func sums(_ metric: MetricSource, cte: String, asOf: String) -> String {
    var y = "coalesce(\(cte).y, 0)"
    var capped = "false"
    if let cap = metric.cap {
      capped = "\(y) > '\(cap)'::float8"
      y = "least(\(y), '\(cap)'::float8)"
    }
    var x = "m.x"
    if case .ratio = metric.kind { x = "coalesce(\(cte).per, 0)" }
    return Statements.fill(
      SourceSQL.experiment_sums,
      [
        "name": cte, "y": y, "x": x, "is_capped": capped,
        "mature": "m.at + \(Self.interval(metric.horizon)) <= \(asOf)",
      ]
    )
  }

  /// When customers had the primary event; empty where it is none, or has no time.
  private func survival(_ asOf: String) -> String {
    let metric = settings.metrics[0]
    guard case .event = metric.kind, metric.time != nil else { return "" }
    return Statements.fill(
      SourceSQL.experiment_survival,
      ["as_of": asOf, "days": "\(Int(metric.horizon.days.rounded(.up)))"]
    )
  }
}
