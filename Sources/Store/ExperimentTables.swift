// SPDX-License-Identifier: Apache-2.0
import Postgres
import Settings
import YAMLSource

/// A campaign's tables as they are now, checked against the configuration.
struct ExperimentTables {
  let assignments: Relation
  let metrics: [Relation]
  let spent: Relation?
  let exposures: Relation?
  /// By campaign that must not overlap, where its assignments are.
  let exclusive: [(source: AssignmentSource, relation: Relation)]

  /// Looks the tables up; nil where `faults` say what does not fit.
  init?(
    _ settings: ExperimentSettings,
    among all: [ExperimentSettings],
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
    /// Customers are looked up in other tables by their key.
    func unit(_ name: Placed<String>, _ relation: Relation?) {
      column(name, relation)
      guard let relation, let theirs = relation.column(name.value),
        let mine = assignments?.column(source.unit.value), theirs.keyFamily != mine.keyFamily
      else { return }
      faults.note(
        "'\(name.value)' of \(relation.name) is of type \(theirs.type) and '\(source.unit.value)' of the assignments of type "
          + "\(mine.type): they cannot be compared; make them alike in a view",
        at: name.place
      )
    }
    column(source.arm, assignments)
    column(source.time, assignments, "a timestamp", \.isTime)
    column(settings.tiers, assignments)
    for segment in settings.segments { column(segment, assignments) }
    if case .column(let worth)? = settings.value {
      column(worth, assignments, "a number", \.isNumber)
    }
    column(settings.covariate, assignments, "a number", \.isNumber)
    var metrics: [Relation] = []
    for metric in settings.metrics {
      let relation = try await Source.relation(metric.table, connection, faults)
      unit(metric.unit, relation)
      column(metric.time, relation, "a timestamp", \.isTime)
      switch metric.kind {
      case .event(let event):
        column(event, relation, "boolean or 0/1") { $0.isBoolean || $0.isNumber }
      case .amount(let amount): column(amount, relation, "a number", \.isNumber)
      case .ratio(let amount, let per):
        column(amount, relation, "a number", \.isNumber)
        column(per, relation, "a number", \.isNumber)
      }
      if let relation { metrics.append(relation) }
    }
    var spent: Relation?
    if let cost = settings.cost.spent {
      spent = try await Source.relation(cost.table, connection, faults)
      unit(cost.unit, spent)
      column(cost.amount, spent, "a number", \.isNumber)
    }
    var exposures: Relation?
    if let source = settings.exposures {
      exposures = try await Source.relation(source.table, connection, faults)
      unit(source.unit, exposures)
      column(source.time, exposures, "a timestamp", \.isTime)
    }
    var exclusive: [(source: AssignmentSource, relation: Relation)] = []
    for name in settings.exclusive {
      guard let other = all.first(where: { $0.name.value == name.value })?.assignments,
        let relation = try await Source.relation(other.table, connection, faults)
      else { continue }
      unit(other.unit, relation)
      column(other.arm, relation)
      column(other.time, relation, "a timestamp", \.isTime)
      exclusive.append((other, relation))
    }
    guard faults.faults.count == before, let assignments else { return nil }
    (self.assignments, self.metrics, self.spent) = (assignments, metrics, spent)
    (self.exposures, self.exclusive) = (exposures, exclusive)
  }
}
