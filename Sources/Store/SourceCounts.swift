// SPDX-License-Identifier: Apache-2.0
package import Postgres
package import Profiles
import Settings

/// Rows of the customers' tables that are not as they should be.
package struct SourceCounts: Sendable {
  /// Rows whose id an earlier row has.
  package var repeats = 0
  package var withoutTime = 0
  package var inFuture = 0
  package var withoutID = 0
  /// Outcomes without a prediction.
  package var orphans = 0

  /// Counts them.
  ///
  /// - Complexity: One pass over the ids unless a unique index makes repeats impossible, and one
  ///   join of the outcomes with the predictions.
  package static func read(
    _ source: Source,
    _ connection: Connection,
    now: Instant,
    asOf: Instant
  ) async throws -> SourceCounts {
    let statements = Statements(source: source, connection: connection, dropsRepeats: false)
    var counts = SourceCounts()
    if !source.hasUniqueID {
      let sql = try await statements.count(SQL.count_repeats)
      counts.repeats = try await connection.query(sql, name: "count_repeats").int(0, 0)
    }
    let odd = try await connection.query(
      try await statements.count(SQL.count_odd_times),
      name: "count_odd_times",
      [.timestamp(now.microseconds)]
    )
    counts.withoutTime = odd.int(0, 0)
    counts.inFuture = odd.int(0, 1)
    counts.withoutID = odd.int(0, 2)
    if source.outcomes != nil, case .prediction? = source.model.outcomes?.key {
      let sql = try await statements.count(SQL.count_orphans)
      counts.orphans = try await connection.query(
        sql,
        name: "count_orphans",
        [.timestamp(asOf.microseconds)]
      ).int(0, 0)
    }
    return counts
  }
}
