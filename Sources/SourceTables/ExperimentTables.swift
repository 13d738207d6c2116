// SPDX-License-Identifier: Apache-2.0
import Postgres
import Settings

/// A campaign's tables as they are now, checked against the configuration.
struct ExperimentTables {
  let assignments: Relation
  let metrics: [Relation]
  let spent: Relation?
  let exposures: Relation?
  /// By campaign that must not overlap, where its assignments are.
  let exclusive: [(source: AssignmentSource, relation: Relation)]

  /// Finds the tables.
  ///
  /// - Throws: `ConfigErrors` with everything that does not fit.
  init(
    _ settings: ExperimentSettings,
    among all: [ExperimentSettings],
    _ connection: Connection
  ) async throws {
    let errors = ConfigErrorCollector()
    let path = ConfigPath.experiment(settings.name)
    if settings.metrics.isEmpty {
      errors.note(
        "the experiment '\(settings.name)' has no 'metrics': there is nothing to compare its arms "
          + "by",
        at: path.key("name")
      )
    }
    let source = settings.assignments
    let assignments = try await Source.relation(
      source.table,
      at: path.key("assignments").key("table"),
      connection,
      errors: errors
    )
    let check = ExperimentCheck(
      columns: ColumnCheck(errors: errors),
      unit: source.unit,
      assignments: assignments
    )
    check.assignments(settings, at: path)
    var metrics: [Relation] = []
    for (index, metric) in settings.metrics.enumerated() {
      let path = path.key("metrics")[index]
      let relation = try await Source.relation(
        metric.table,
        at: path.key("table"),
        connection,
        errors: errors
      )
      check.metric(metric, at: path, of: relation)
      if let relation { metrics.append(relation) }
    }
    var spent: Relation?
    if let cost = settings.cost.spent {
      let path = path.key("cost")
      spent = try await Source.relation(
        cost.table,
        at: path.key("table"),
        connection,
        errors: errors
      )
      check.unit(cost.unit, at: path.key("unit"), of: spent)
      check.columns.number(cost.amount, at: path.key("amount"), of: spent)
    }
    var exposures: Relation?
    if let source = settings.exposures {
      let path = path.key("exposures")
      exposures = try await Source.relation(
        source.table,
        at: path.key("table"),
        connection,
        errors: errors
      )
      check.unit(source.unit, at: path.key("unit"), of: exposures)
      check.columns.time(source.time, at: path.key("time"), of: exposures)
    }
    let exclusive = try await Self.exclusive(settings, among: all, connection, check: check)
    try errors.throwIfAny()
    guard let assignments else { throw ConfigErrors([]) }
    (self.assignments, self.metrics, self.spent) = (assignments, metrics, spent)
    (self.exposures, self.exclusive) = (exposures, exclusive)
  }

  /// Finds the assignments of the campaigns that customers must not be in at the same time.
  private static func exclusive(
    _ settings: ExperimentSettings,
    among all: [ExperimentSettings],
    _ connection: Connection,
    check: ExperimentCheck
  ) async throws -> [(source: AssignmentSource, relation: Relation)] {
    var exclusive: [(source: AssignmentSource, relation: Relation)] = []
    for name in settings.exclusive {
      guard let other = all.first(where: { $0.name == name })?.assignments else { continue }
      let path = ConfigPath.experiment(name).key("assignments")
      guard
        let relation = try await Source.relation(
          other.table,
          at: path.key("table"),
          connection,
          errors: check.columns.errors
        )
      else { continue }
      check.unit(other.unit, at: path.key("unit"), of: relation)
      check.columns.column(other.arm, at: path.key("arm"), of: relation)
      check.columns.time(other.time, at: path.key("time"), of: relation)
      exclusive.append((other, relation))
    }
    return exclusive
  }
}

/// Compares the columns that a campaign names with those that there are.
private struct ExperimentCheck {
  let columns: ColumnCheck
  /// The customer's column of the assignments.
  let unit: String
  let assignments: Relation?

  /// Checks a customer's column: customers are looked up in other tables by their key.
  func unit(_ name: String, at path: ConfigPath, of relation: Relation?) {
    guard let relation else { return }
    columns.compare(
      ColumnCheck.Key(
        column: columns.column(name, at: path, of: relation),
        description: "'\(name)' of \(relation.name)"
      ),
      with: ColumnCheck.Key(
        column: assignments?.column(unit),
        description: "'\(unit)' of the assignments"
      ),
      at: path
    )
  }

  func assignments(_ settings: ExperimentSettings, at path: ConfigPath) {
    let source = settings.assignments
    let assigned = path.key("assignments")
    columns.column(source.unit, at: assigned.key("unit"), of: assignments)
    columns.column(source.arm, at: assigned.key("arm"), of: assignments)
    columns.time(source.time, at: assigned.key("time"), of: assignments)
    columns.column(settings.tiers, at: path.key("tiers"), of: assignments)
    for (index, segment) in settings.segments.enumerated() {
      columns.column(segment, at: path.key("segments")[index], of: assignments)
    }
    if case .column(let worth)? = settings.value {
      columns.number(worth, at: path.key("value").key("column"), of: assignments)
    }
    columns.number(settings.covariate, at: path.key("covariate"), of: assignments)
  }

  func metric(_ metric: MetricSource, at path: ConfigPath, of relation: Relation?) {
    unit(metric.unit, at: path.key("unit"), of: relation)
    columns.time(metric.time, at: path.key("time"), of: relation)
    switch metric.kind {
    case .event(let event):
      columns.flag(event, at: path.key("event"), of: relation)
    case .amount(let amount): columns.number(amount, at: path.key("amount"), of: relation)
    case .ratio(let amount, let per):
      columns.number(amount, at: path.key("amount"), of: relation)
      columns.number(per, at: path.key("per"), of: relation)
    }
  }
}
