// SPDX-License-Identifier: Apache-2.0
package import Experiments
package import Postgres
package import Profiles
package import Settings

/// Reads a campaign's customers and what became of them, in one pass over the tables.
package struct ExperimentStore: Sendable {
  private let settings: ExperimentSettings
  private let all: [ExperimentSettings]
  private let connection: Connection
  private let calendar: ZonedCalendar
  private let asOf: Instant

  /// Makes a store for one campaign.
  ///
  /// `all` are the campaigns of the configuration, among them those that must not overlap with this
  /// one.
  package init(
    _ settings: ExperimentSettings,
    among all: [ExperimentSettings],
    _ connection: Connection,
    calendar: ZonedCalendar,
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
  /// - Throws: `ConfigErrors` with everything in the configuration that does not fit the tables.
  /// - Complexity: O(assignments + rows of the metrics' tables), memory on the server alone.
  package func input() async throws -> ExperimentInput {
    let tables = try await ExperimentTables(settings, among: all, connection)
    let statements = ExperimentStatements(settings, tables: tables, connection, asOf: asOf)
    // What the planner thinks of aggregated customers is a guess, and a nested loop over millions
    // never ends; all joins here are by equal keys.
    try await connection.execute("set local enable_nestloop = off", name: "set_plan")
    let rows = try await connection.query(
      try await statements.campaign(zone: calendar.identifier),
      name: "experiment_cells"
    )
    var input = empty
    try rows.forEach { row in
      let figures: [Double] = try row.decode("figures")
      let number: Int = try row.decode("number")
      switch try row.decode("part", as: Int.self) {
      case 0: try add(row, figures: figures, to: &input)
      case 1:
        input.entries.append(
          ExperimentInput.EntryDay(
            day: CivilDate(dayNumber: number),
            assigned: Int(figures[0]),
            matured: Int(figures[1])
          )
        )
      default:
        input.lastDays.append(
          ExperimentInput.LastDay(
            arm: try row.decode("arm"),
            day: number,
            events: Int(figures[0]),
            censored: Int(figures[1])
          )
        )
      }
    }
    return input
  }

  private func add(
    _ row: borrowing Row,
    figures: [Double],
    to input: inout ExperimentInput
  ) throws {
    let segment = try row.decode("number", as: Int.self) - 1
    if try row.decode("is_in_two") {
      // Customers in two arms are counted and left out, and those in another campaign.
      if segment < 0 { input.contaminated += Int(figures[0]) }
    } else if try row.decode("is_elsewhere") {
      if segment < 0 { input.elsewhere += Int(figures[0]) }
    } else {
      let cell = cell(arm: try row.decode("arm"), tier: try row.decode("level"), figures)
      if segment < 0 {
        input.cells.append(cell)
      } else {
        input.segments[settings.segments[segment], default: []].append(cell)
      }
    }
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
      name: settings.name,
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
    let kind: ExperimentInput.Metric.Kind =
      switch metric.kind {
      case .event: .event
      case .amount: .amount
      case .ratio: .ratio
      }
    let role: ExperimentInput.Metric.Role =
      isPrimary ? .primary : metric.role == .guardrail ? .guardrail : .secondary
    return ExperimentInput.Metric(
      name: metric.name,
      kind: kind,
      isLowerBetter: metric.isLowerBetter,
      horizon: metric.horizon,
      role: role,
      margin: metric.margin,
      cap: metric.cap,
      specification: metric.identity.text
    )
  }

  private func cell(arm: String, tier: String, _ figures: [Double]) -> ExperimentInput.Cell {
    var cell = ExperimentInput.Cell(
      arm: arm,
      tier: tier,
      assigned: Int(figures[0]),
      metrics: [],
      before: [],
      invalid: [],
      cost: figures[3]
    )
    cell.reached = Int(figures[1])
    cell.reachedMature = Int(figures[2])
    func sums(_ first: Int) -> ArmSums {
      ArmSums(
        count: Int(figures[first]),
        mean: figures[first + 1],
        squares: figures[first + 2],
        covariateMean: figures[first + 3],
        covariateSquares: figures[first + 4],
        products: figures[first + 5]
      )
    }
    for metric in settings.metrics.indices {
      let first = 4 + 9 * metric
      cell.metrics.append(sums(first))
      cell.before.append(Int(figures[first + 6]))
      cell.invalid.append(Int(figures[first + 7]))
      cell.capped.append(Int(figures[first + 8]))
    }
    if case .column? = settings.value { cell.worth = sums(4 + 9 * settings.metrics.count) }
    return cell
  }
}
