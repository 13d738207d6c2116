// SPDX-License-Identifier: Apache-2.0
package import Experiments
package import Postgres
package import Profiles
package import Settings
import YAMLSource

/// Reads a campaign's customers and what became of them, in one pass over the tables.
package struct ExperimentStore: Sendable {
  private let settings: ExperimentSettings
  private let all: [ExperimentSettings]
  private let connection: Connection
  private let calendar: ZonedCalendar
  private let asOf: Instant

  /// A store.
  ///
  /// - `all`: The campaigns of the configuration, among them those that must not overlap with this one.
  package init(
    _ settings: ExperimentSettings,
    among all: [ExperimentSettings],
    _ connection: Connection,
    _ calendar: ZonedCalendar,
    asOf: Instant
  ) {
    self.settings = settings
    self.all = all
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
    let tables = try await ExperimentTables(settings, among: all, connection, faults)
    try faults.throwIfAny()
    guard let tables else { throw YAMLFaults([]) }
    let statements = ExperimentStatements(settings, tables, connection, asOf: asOf)
    let members = try await statements.members()
    let cells = try await connection.query(
      try await statements.cells(members),
      name: "experiment_cells"
    )
    let entries = try await connection.query(
      Statements.fill(
        SQL.experiment_entries,
        [
          "members": members,
          "zone": try await connection.quoted(literal: calendar.identifier),
          "horizon": ExperimentStatements.interval(settings.metrics[0].horizon),
          "as_of": try await statements.moment(),
        ]
      ),
      name: "experiment_entries"
    )
    var input = empty
    input.entries = (0..<entries.rowCount).map { row in
      ExperimentInput.EntryDay(
        day: CivilDate(dayNumber: entries.int(row, 0)),
        assigned: entries.int(row, 1),
        matured: entries.int(row, 2)
      )
    }
    for row in 0..<cells.rowCount {
      let isAll = cells.int(row, 3) == 0
      if cells.bool(row, 1) {
        // Customers in two arms are counted and left out, and those in another campaign.
        if isAll { input.contaminated += cells.int(row, 5) }
      } else if cells.bool(row, 2) {
        if isAll { input.elsewhere += cells.int(row, 5) }
      } else if isAll {
        input.cells.append(cell(cells, row))
      } else {
        let segment = settings.segments[cells.int(row, 3) - 1].value
        input.segments[segment, default: []].append(cell(cells, row))
      }
    }
    if let sql = try await statements.survival(members) {
      let days = try await connection.query(sql, name: "experiment_survival")
      input.lastDays = (0..<days.rowCount).map { row in
        ExperimentInput.LastDay(
          arm: days.text(row, 0),
          day: days.int(row, 1),
          events: days.int(row, 2),
          censored: days.int(row, 3)
        )
      }
    }
    return input
  }

  /// The campaign without its customers.
  private var empty: ExperimentInput {
    var prices: Prices?
    switch settings.value {
    case .constant(let value)?:
      prices = Prices(
        currency: settings.currency,
        value: value,
        contact: settings.cost.contact
      )
    case .column?:
      prices = Prices(currency: settings.currency, value: 0, contact: settings.cost.contact)
    case nil: break
    }
    var input = ExperimentInput(
      name: settings.name.value,
      asOf: asOf,
      control: settings.assignments.control,
      split: settings.split,
      metrics: settings.metrics.enumerated().map { Self.metric($1, isPrimary: $0 == 0) },
      hasTiers: settings.tiers != nil,
      hasCovariate: settings.covariate != nil,
      prices: prices,
      cells: [],
      contaminated: 0,
      entries: []
    )
    input.hasExposures = settings.exposures != nil
    input.priorDeviation = settings.prior
    input.next = NextCampaign(capacity: settings.capacity, effect: settings.effect)
    return input
  }

  private static func metric(
    _ metric: MetricSource,
    isPrimary: Bool
  ) -> ExperimentInput.Metric {
    var kind = ExperimentInput.Metric.Kind.event
    var columns: [String] = []
    switch metric.kind {
    case .event(let column): columns = [column?.value ?? ""]
    case .amount(let column): (kind, columns) = (.amount, [column.value])
    case .ratio(let column, let per): (kind, columns) = (.ratio, [column.value, per.value])
    }
    let role: ExperimentInput.Metric.Role =
      isPrimary ? .primary : metric.role == .guardrail ? .guardrail : .secondary
    return ExperimentInput.Metric(
      name: metric.name.value,
      kind: kind,
      isLowerBetter: metric.isLowerBetter,
      horizon: metric.horizon,
      role: role,
      margin: metric.margin,
      cap: metric.cap,
      specification: ([
        metric.name.value, metric.table.value, metric.unit.value, metric.time?.value ?? "",
        metric.horizon.description, kind.rawValue, metric.isLowerBetter ? "lower" : "higher",
        metric.cap.map { "\($0)" } ?? "",
      ] + columns).joined(separator: "|")
    )
  }

  private func cell(_ rows: borrowing QueryResult, _ row: Int) -> ExperimentInput.Cell {
    var cell = ExperimentInput.Cell(
      arm: rows.text(row, 0),
      tier: rows.text(row, 4),
      assigned: rows.int(row, 5),
      metrics: [],
      before: [],
      invalid: [],
      cost: rows.double(row, 7) ?? 0
    )
    cell.reached = rows.int(row, 6)
    func sums(_ first: Int) -> ArmSums {
      ArmSums(
        count: rows.int(row, first),
        mean: rows.double(row, first + 1) ?? 0,
        squares: rows.double(row, first + 2) ?? 0,
        covariateMean: rows.double(row, first + 3) ?? 0,
        covariateSquares: rows.double(row, first + 4) ?? 0,
        products: rows.double(row, first + 5) ?? 0
      )
    }
    for metric in settings.metrics.indices {
      let first = 8 + 9 * metric
      cell.metrics.append(sums(first))
      cell.before.append(rows.int(row, first + 6))
      cell.invalid.append(rows.int(row, first + 7))
      cell.capped.append(rows.int(row, first + 8))
    }
    if case .column? = settings.value { cell.worth = sums(8 + 9 * settings.metrics.count) }
    return cell
  }
}
