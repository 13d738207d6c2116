// SPDX-License-Identifier: Apache-2.0
package import Postgres
package import Profiles
import Settings

/// What a server says of itself.
package struct ServerFacts: Sendable {
  package let version: String
  package let versionNumber: Int
  package let isReplica: Bool
  package let role: String
  package let clock: Instant
  package let canCreate: Bool
  package let hasSchema: Bool

  package static func read(_ connection: Connection) async throws -> ServerFacts {
    try await connection.query(SourceSQL.read_server).only { row in
      ServerFacts(
        version: try row.decode("version"),
        versionNumber: try row.decode("version_number"),
        isReplica: try row.decode("is_replica"),
        role: try row.decode("role"),
        clock: Instant(try row.decode("clock")),
        canCreate: try row.decode("can_create"),
        hasSchema: try row.decode("has_schema")
      )
    }
  }
}

/// How long outcomes take to arrive, in whole days.
package struct LabelLag: Sendable {
  package let median: Int
  /// Nine tenths have arrived by then.
  package let late: Int
  package let longest: Int
  /// Whether there are outcomes that say no.
  package let hasNegatives: Bool
  /// Whether one that says no was ever followed by one that says yes.
  package let hasReversals: Bool
  /// The share of outcomes that lie before their prediction.
  package let early: Double

  /// Measures the newest outcomes; nil where outcomes are not matched by prediction, or none are.
  package static func read(_ source: Source, _ connection: Connection) async throws -> LabelLag? {
    guard source.outcomes != nil, case .prediction? = source.model.outcomes?.key else { return nil }
    let statements = Statements(source: source, connection: connection, dropsRepeats: false)
    let rows = try await connection.query(
      try await statements.count(SourceSQL.measure_label_lag),
      name: "measure_label_lag"
    )
    return try rows.only { row in
      // All are NULL where there are no outcomes.
      guard let median: Double = try row.decode("median") else { return nil }
      return LabelLag(
        median: Int(median.rounded()),
        late: Int(try row.decode("late", as: Double.self).rounded()),
        longest: Int(try row.decode("longest", as: Double.self).rounded(.up)),
        hasNegatives: try row.decode("has_negatives"),
        hasReversals: try row.decode("has_reversals"),
        early: try row.decode("early")
      )
    }
  }
}
