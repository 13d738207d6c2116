// SPDX-License-Identifier: Apache-2.0
package import Postgres
import Profiles
package import Scan
package import Settings
package import YAMLSource

/// A model's tables as they are now, checked against the configuration: everything from which the
/// statements that read them are made.
package struct Source: Sendable {
  package let model: ModelSettings
  package let predictions: Relation
  package let outcomes: Relation?
  /// Who was treated; nil where no campaign is named.
  package let assignments: Relation?
  /// Who should be scored; nil where it is not told.
  package let customers: Relation?
  /// The rows that models were trained on; nil where the reference is something else.
  package let training: Relation?
  /// Feature columns that can be streamed, in the table's order; empty for jsonb.
  package let features: [RowLayout.Column]
  /// What deserves attention but does not stop the run.
  package let warnings: [Warning]

  /// A column, or an index, that is not as it should be.
  package struct Warning: Sendable, Hashable {
    package let kind: String
    package let subject: String
    package let message: String
  }

  /// Compares a model's settings with the database.
  ///
  /// - Returns: The source; nil when `faults` say why the model cannot be read.
  package static func resolve(
    _ model: ModelSettings,
    _ connection: Connection,
    faults: YAMLValue.FaultList
  ) async throws -> Source? {
    let before = faults.faults.count
    let predictions = try await relation(model.predictions.table, connection, faults)
    var outcomes: Relation?
    if let source = model.outcomes {
      outcomes = try await relation(source.table, connection, faults)
    }
    var assignments: Relation?
    if let treatment = model.treatment {
      assignments = try await relation(treatment.assignments.table, connection, faults)
    }
    let customers = try await model.customers.asyncMap {
      try await relation($0.table, connection, faults)
    }
    var training: Relation?
    if case .training(let source) = model.reference {
      training = try await relation(source.table, connection, faults)
    }
    guard let predictions else { return nil }
    var check = SourceCheck(model: model, faults: faults)
    check.predictions(predictions)
    if let source = model.outcomes, let outcomes { check.outcomes(source, outcomes) }
    if let treatment = model.treatment, let assignments {
      check.assignments(treatment.assignments, assignments)
    }
    if let source = model.customers, let relation = customers ?? nil {
      check.customers(source, relation)
    }
    var features = check.features(predictions)
    if case .training(let source) = model.reference, let training {
      features = check.training(source, training, features)
    }
    guard faults.faults.count == before else { return nil }
    return Source(
      model: model,
      predictions: predictions,
      outcomes: outcomes,
      assignments: assignments,
      customers: customers ?? nil,
      training: training,
      features: features,
      warnings: check.warnings
    )
  }

  static func relation(
    _ name: Placed<String>,
    _ connection: Connection,
    _ faults: YAMLValue.FaultList
  ) async throws -> Relation? {
    guard let relation = try await Relation.read(name.value, connection) else {
      let tables = try await tableNames(connection)
      faults.note(
        "there is no table or view '\(name.value)'"
          + Spelling.suggestion(for: name.value, among: tables),
        at: name.place
      )
      return nil
    }
    guard relation.canRead else {
      faults.note(
        "no right to read \(relation.name): grant select on \(relation.name) to the role that "
          + "plumbline uses (sql/roles.sql)",
        at: name.place
      )
      return nil
    }
    return relation
  }

  /// Returns the names of all tables and views that may be read.
  package static func tableNames(_ connection: Connection) async throws -> [String] {
    let rows = try await connection.query(SQL.list_tables, name: "list_tables")
    return (0..<rows.rowCount).map { rows.text($0, 0) }
  }
}

extension Source {
  /// How the streamed rows look.
  package func layout(features: [RowLayout.Column], segments: [String]) -> RowLayout {
    var hasVersion = false
    if case .column = model.predictions.version { hasVersion = true }
    var isJSON = false
    if case .json = model.features { isJSON = true }
    return RowLayout(
      hasVersion: hasVersion,
      score: predictions.column(model.predictions.score.value)?.streamed ?? .float8,
      segments: segments,
      features: features,
      isJSON: isJSON
    )
  }

  /// The version of every row where the configuration gives a constant, and of rows without one.
  package var constantVersion: String {
    if case .constant(let version) = model.predictions.version { return version }
    return ProfileScanner.missingVersion
  }

  /// Whether the prediction's id is known to be unique without looking.
  package var hasUniqueID: Bool { predictions.unique.contains(model.predictions.id.value) }

  /// Whether scores are logged in single precision.
  package var hasRealScore: Bool {
    predictions.column(model.predictions.score.value)?.type == "float4"
  }
}
