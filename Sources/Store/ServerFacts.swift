// SPDX-License-Identifier: Apache-2.0
package import Postgres
package import Profiles
import Settings

/// What a server says of itself.
package struct ServerFacts: Sendable {
  package static var sql: String { SQL.read_server }
  package static let name = "read_server"

  package let version: String
  package let versionNumber: Int
  package let isReplica: Bool
  package let role: String
  package let clock: Instant
  package let canCreate: Bool
  package let hasSchema: Bool

  package init(_ rows: borrowing QueryResult) {
    version = rows.text(0, 0)
    versionNumber = rows.int(0, 1)
    isReplica = rows.bool(0, 2)
    role = rows.text(0, 3)
    clock = rows.instant(0, 4)
    canCreate = rows.bool(0, 5)
    hasSchema = rows.bool(0, 6)
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

  /// Measures the newest outcomes; nil where outcomes are not matched by prediction, or none are.
  package static func read(_ source: Source, _ connection: Connection) async throws -> LabelLag? {
    guard source.outcomes != nil, case .prediction? = source.model.outcomes?.key else { return nil }
    let statements = Statements(source: source, connection: connection, dropsRepeats: false)
    let rows = try await connection.query(
      try await statements.count(SQL.measure_label_lag),
      name: "measure_label_lag"
    )
    guard let median = rows.double(0, 0), let late = rows.double(0, 1) else { return nil }
    let longest = rows.double(0, 2) ?? late
    return LabelLag(
      median: Int(median.rounded()),
      late: Int(late.rounded()),
      longest: Int(longest.rounded(.up)),
      hasNegatives: rows.bool(0, 3)
    )
  }
}
