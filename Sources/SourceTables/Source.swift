// SPDX-License-Identifier: Apache-2.0
package import Checks
package import Postgres
import Profiles
package import Scan
package import Settings

/// A model's tables as they are now, checked against the configuration: everything from which the
/// statements that read them are made.
package struct Source: Sendable {
  package let model: ModelSettings
  package let predictions: Relation
  package let outcomes: Relation?
  /// Who was treated; nil where no campaign is named.
  package let assignments: Relation?
  /// Who should be scored; nil where it is not configured.
  package let customers: Relation?
  /// The rows that models were trained on; nil where the reference is something else.
  package let training: Relation?
  /// Feature columns that can be streamed, in the table's order; empty for jsonb.
  package let features: [RowLayout.Column]
  /// What deserves attention but does not stop the run.
  package let issues: [DataIssue]

  /// Compares a model's settings with the database.
  ///
  /// - Throws: `ConfigErrors` with everything that does not fit.
  package static func resolve(
    _ model: ModelSettings,
    _ connection: Connection
  ) async throws -> Source {
    let errors = ConfigErrorCollector()
    let path = ConfigPath.model(model.name)
    func relation(_ name: String, at path: ConfigPath) async throws -> Relation? {
      try await Self.relation(name, at: path, connection, errors: errors)
    }
    let predictions = try await relation(
      model.predictions.table,
      at: path.key("predictions").key("table")
    )
    var outcomes: Relation?
    if let source = model.outcomes {
      outcomes = try await relation(source.table, at: path.key("outcomes").key("table"))
    }
    var assignments: Relation?
    if let treatment = model.treatment {
      assignments = try await relation(
        treatment.assignments.table,
        at: .experiment(treatment.campaign).key("assignments").key("table")
      )
    }
    var customers: Relation?
    if let source = model.customers {
      customers = try await relation(source.table, at: path.key("customers").key("table"))
    }
    var training: Relation?
    if case .training(let source) = model.reference {
      training = try await relation(
        source.table,
        at: path.key("reference").key("training_table")
      )
    }
    guard let predictions else { throw ConfigErrors(errors.errors) }
    var check = SourceCheck(model: model, errors: errors)
    check.predictions(predictions)
    if let source = model.outcomes, let outcomes { check.outcomes(source, outcomes) }
    if let treatment = model.treatment, let assignments {
      check.assignments(treatment, assignments)
    }
    if let source = model.customers, let customers { check.customers(source, customers) }
    var features = check.features(predictions)
    if case .training(let source) = model.reference, let training {
      features = check.training(source, training, features: features)
    }
    try errors.throwIfAny()
    return Source(
      model: model,
      predictions: predictions,
      outcomes: outcomes,
      assignments: assignments,
      customers: customers,
      training: training,
      features: features,
      issues: check.issues
    )
  }

  /// Returns a table or view that may be read; nil, with an error noted, where there is none.
  static func relation(
    _ name: String,
    at path: ConfigPath,
    _ connection: Connection,
    errors: ConfigErrorCollector
  ) async throws -> Relation? {
    guard let relation = try await Relation.read(name, connection) else {
      let tables = try await tableNames(connection)
      errors.note(
        "there is no table or view '\(name)'" + Spelling.suggestion(for: name, among: tables),
        at: path
      )
      return nil
    }
    guard relation.canRead else {
      errors.note(
        "no right to read \(relation.name): grant select on \(relation.name) to the role that "
          + "plumbline uses (sql/roles.sql)",
        at: path
      )
      return nil
    }
    return relation
  }

  /// Returns the names of all tables and views that may be read.
  package static func tableNames(_ connection: Connection) async throws -> [String] {
    let rows = try await connection.query(SourceSQL.list_tables)
    return try rows.map { try $0.decode("name") }
  }
}

extension Source {
  /// The layout of the streamed rows.
  package func layout(features: [RowLayout.Column], segments: [String]) -> RowLayout {
    var hasVersion = false
    if case .column = model.predictions.version { hasVersion = true }
    var isJSON = false
    if case .json = model.features { isJSON = true }
    return RowLayout(
      hasVersion: hasVersion,
      score: predictions.column(model.predictions.score)?.streamed ?? .float8,
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

  /// Whether the prediction's id is known to be unique without a query.
  package var hasUniqueID: Bool { predictions.unique.contains(model.predictions.id) }

  /// Whether scores are logged in single precision.
  package var hasRealScore: Bool {
    predictions.column(model.predictions.score)?.type == "float4"
  }
}
