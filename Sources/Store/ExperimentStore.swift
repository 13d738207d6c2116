// SPDX-License-Identifier: Apache-2.0
package import Experiments
package import Postgres
package import Profiles
package import Settings
import YAMLSource

/// Reads a campaign's customers and what became of them, in one pass over the tables.
package struct ExperimentStore: Sendable {
  private let settings: ExperimentSettings
  private let connection: Connection
  private let calendar: ZonedCalendar
  private let asOf: Instant

  package init(
    _ settings: ExperimentSettings,
    _ connection: Connection,
    _ calendar: ZonedCalendar,
    asOf: Instant
  ) {
    self.settings = settings
    self.connection = connection
    self.calendar = calendar
    self.asOf = asOf
  }

  /// Returns what the campaign's tables say.
  ///
  /// - Throws: `YAMLFaults` with everything in the configuration that does not fit the tables.
  /// - Complexity: O(assignments + rows of the metrics' tables), memory on the server alone.
  package func input() async throws -> ExperimentInput {
    let faults = YAMLValue.FaultList()
    let tables = try await ExperimentTables(settings, connection, faults)
    try faults.throwIfAny()
    guard let tables else { throw YAMLFaults([]) }
    let members = try await members(tables)
    let cells = try await connection.query(
      try await cellsStatement(tables, members),
      name: "experiment_cells"
    )
    var values = members
    values["zone"] = try await connection.quoted(literal: calendar.identifier)
    values["horizon"] = Self.interval(settings.metrics[0].horizon)
    let entries = try await connection.query(
      Statements.fill(SQL.experiment_entries, values),
      name: "experiment_entries"
    )
    var input = ExperimentInput(
      name: settings.name.value,
      asOf: asOf,
      control: settings.assignments.control,
      split: settings.split,
      metrics: settings.metrics.map { metric in
        var kind = ExperimentInput.Metric.Kind.event
        if case .amount = metric.kind { kind = .amount }
        return ExperimentInput.Metric(
          name: metric.name.value,
          kind: kind,
          isLowerBetter: metric.isLowerBetter,
          horizon: metric.horizon
        )
      },
      hasTiers: settings.tiers != nil,
      hasCovariate: settings.covariate != nil,
      prices: settings.value.map {
        Prices(currency: settings.currency, value: $0, contact: settings.cost.contact)
      },
      cells: [],
      contaminated: 0,
      entries: (0..<entries.rowCount).map { row in
        ExperimentInput.EntryDay(
          day: CivilDate(dayNumber: entries.int(row, 0)),
          assigned: entries.int(row, 1),
          matured: entries.int(row, 2)
        )
      }
    )
    for row in 0..<cells.rowCount {
      // Customers in two arms are counted and left out.
      if cells.bool(row, 2) {
        input.contaminated += cells.int(row, 3)
      } else {
        input.cells.append(cell(cells, row))
      }
    }
    return input
  }

  private func cell(_ rows: borrowing QueryResult, _ row: Int) -> ExperimentInput.Cell {
    var cell = ExperimentInput.Cell(
      arm: rows.text(row, 0),
      tier: rows.text(row, 1),
      assigned: rows.int(row, 3),
      metrics: [],
      before: [],
      invalid: [],
      cost: rows.double(row, 4) ?? 0
    )
    for metric in settings.metrics.indices {
      let first = 5 + 8 * metric
      cell.metrics.append(
        ArmSums(
          count: rows.int(row, first),
          mean: rows.double(row, first + 1) ?? 0,
          squares: rows.double(row, first + 2) ?? 0,
          covariateMean: rows.double(row, first + 3) ?? 0,
          covariateSquares: rows.double(row, first + 4) ?? 0,
          products: rows.double(row, first + 5) ?? 0
        )
      )
      cell.before.append(rows.int(row, first + 6))
      cell.invalid.append(rows.int(row, first + 7))
    }
    return cell
  }

  private static func interval(_ duration: FixedDuration) -> String {
    "interval '\(duration.microseconds / 1_000_000) seconds'"
  }

  private func name(_ column: Placed<String>) async throws -> String {
    try await connection.quoted(identifier: column.value)
  }

  /// What the statements about assignments are filled with.
  private func members(_ tables: ExperimentTables) async throws -> [String: String] {
    let source = settings.assignments
    var values = [
      "unit": try await name(source.unit), "assigned_at": try await name(source.time),
      "arm": try await name(source.arm), "assignments": tables.assignments.name,
      "condition": source.condition.map { "(\($0.value))" } ?? "true",
      "as_of": try await connection.quoted(literal: asOf.description) + "::timestamptz",
      "tier": "null::text", "covariate": "null::float8",
    ]
    if let tiers = settings.tiers { values["tier"] = try await name(tiers) + "::text" }
    if let covariate = settings.covariate {
      values["covariate"] = try await name(covariate) + "::float8"
    }
    return values
  }

  private func cellsStatement(
    _ tables: ExperimentTables,
    _ members: [String: String]
  ) async throws -> String {
    var values = members
    var (metrics, sums, joins) = ("", "", "")
    for (index, metric) in settings.metrics.enumerated() {
      let cte = "metric_\(index)"
      let horizon = Self.interval(metric.horizon)
      // A table without a time holds what came after; a time that is missing in another is no time.
      let within =
        metric.time == nil ? "true" : "(o.at > m.at and o.at <= m.at + \(horizon))"
      var value = "(count(*) filter (where o.value and \(within)) > 0)::int::float8"
      var column = "true"
      var isNumber = "true"
      switch metric.kind {
      case .event(let event):
        if let event {
          let quoted = try await name(event)
          column =
            tables.metrics[index].column(event.value)?.isBoolean ?? false
            ? quoted : "\(quoted) = 1"
        }
      case .amount(let amount):
        column = try await name(amount) + "::float8"
        // NaN is greater than any number here.
        isNumber = "coalesce(\(column) > '-infinity' and \(column) < 'infinity', true)"
        value = "coalesce(sum(o.value) filter (where o.is_number and \(within)), 0)"
      }
      metrics += Statements.fill(
        SQL.experiment_metric,
        [
          "name": cte, "value": value, "metric_unit": try await name(metric.unit),
          "metric_time": try await metric.time.asyncMap { try await name($0) + "::timestamptz" }
            ?? "null::timestamptz",
          "metric_value": column, "is_number": isNumber,
          "metric_table": tables.metrics[index].name,
          "arrived": metric.time == nil ? "true" : "o.at < \(values["as_of"] ?? "")",
        ]
      )
      let mature = "m.at + \(horizon) <= \(values["as_of"] ?? "")"
      sums += Statements.fill(SQL.experiment_sums, ["name": cte, "mature": mature])
      joins += " left join \(cte) on \(cte).unit = m.unit"
    }
    values["cost"] = "0::float8"
    if let spent = settings.cost.spent, let table = tables.spent {
      let (unit, amount) = (try await name(spent.unit), try await name(spent.amount))
      metrics +=
        ", spent as (select \(unit) as unit, sum(\(amount)::float8) filter (where \(amount)::float8 "
        + "between -1e300 and 1e300) as y from \(table.name) "
      metrics += "where \(unit) in (select unit from members) group by 1)"
      joins += " left join spent on spent.unit = m.unit"
      values["cost"] = "coalesce(sum(spent.y), 0)::float8"
    }
    (values["metrics"], values["sums"], values["joins"]) = (metrics, sums, joins)
    return Statements.fill(SQL.experiment_cells, values)
  }
}

/// A campaign's tables as they are now, checked against the configuration.
private struct ExperimentTables {
  let assignments: Relation
  let metrics: [Relation]
  let spent: Relation?

  /// Looks the tables up; nil where `faults` say what does not fit.
  init?(
    _ settings: ExperimentSettings,
    _ connection: Connection,
    _ faults: YAMLValue.FaultList
  ) async throws {
    let before = faults.faults.count
    if settings.metrics.isEmpty {
      faults.note(
        "the experiment '\(settings.name.value)' has no 'metrics': there is nothing to compare its arms by",
        at: settings.name.place
      )
    }
    let source = settings.assignments
    let assignments = try await Source.relation(source.table, connection, faults)
    func column(
      _ name: Placed<String>?,
      _ relation: Relation?,
      _ expected: String = "",
      _ accepts: (Relation.Column) -> Bool = { _ in true }
    ) {
      guard let name, let relation else { return }
      guard let column = relation.column(name.value) else {
        faults.note(
          "\(relation.name) has no column '\(name.value)'"
            + Spelling.suggestion(for: name.value, among: relation.columns.map(\.name)),
          at: name.place
        )
        return
      }
      if !accepts(column) {
        faults.note(
          "the column '\(name.value)' of \(relation.name) is of type \(column.type), expected \(expected)",
          at: name.place
        )
      }
    }
    column(source.unit, assignments)
    column(source.arm, assignments)
    column(source.time, assignments, "a timestamp", \.isTime)
    column(settings.tiers, assignments)
    column(settings.covariate, assignments, "a number", \.isNumber)
    var metrics: [Relation] = []
    for metric in settings.metrics {
      let relation = try await Source.relation(metric.table, connection, faults)
      column(metric.unit, relation)
      column(metric.time, relation, "a timestamp", \.isTime)
      switch metric.kind {
      case .event(let event):
        column(event, relation, "boolean or 0/1") { $0.isBoolean || $0.isNumber }
      case .amount(let amount): column(amount, relation, "a number", \.isNumber)
      }
      if let relation { metrics.append(relation) }
    }
    var spent: Relation?
    if let cost = settings.cost.spent {
      spent = try await Source.relation(cost.table, connection, faults)
      column(cost.unit, spent)
      column(cost.amount, spent, "a number", \.isNumber)
    }
    guard faults.faults.count == before, let assignments else { return nil }
    (self.assignments, self.metrics, self.spent) = (assignments, metrics, spent)
  }
}
