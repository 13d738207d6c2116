// SPDX-License-Identifier: Apache-2.0
import Postgres
package import Profiles
import Settings

/// Rows of the customers' tables that are not as they should be.
package struct SourceCounts: Sendable {
  /// Rows whose id another row has too.
  package var repeats = 0
  package var withoutTime = 0
  package var inFuture = 0
  package var withoutID = 0
  /// Outcomes without a prediction.
  package var orphans = 0
}

extension RowReader {
  /// Counts rows that are not as they should be.
  ///
  /// - Parameters:
  ///   - predictions: The times of the predictions whose ids are read; nil for all.
  ///   - outcomes: The times of arrival of the outcomes that are read; nil for all.
  ///   - now: The moment after which a prediction lies in the future.
  /// - Returns: The counts.
  /// - Throws: `ServerError`.
  /// - Complexity: O(rows in the ranges), given indexes on the predictions' id and time and on the
  ///   outcomes' time.
  package func sourceCounts(
    predictions: TimeRange?,
    outcomes: TimeRange?,
    now: Instant
  ) async throws -> SourceCounts {
    var counts = SourceCounts()
    counts.repeats = try await repeats(predictions)
    let odd = try await withStatements { connection, statements in
      let rows = try await connection.query(
        try await statements.count(SourceSQL.count_unusable_times),
        name: "count_unusable_times",
        [.timestamp(now.microseconds)]
      )
      return try rows.only { row -> (withoutTime: Int, inFuture: Int, withoutID: Int) in
        (
          try row.decode("without_time"), try row.decode("in_future"), try row.decode("without_id")
        )
      }
    }
    (counts.withoutTime, counts.inFuture, counts.withoutID) = odd
    if case .prediction? = source.model.outcomes?.key {
      counts.orphans = try await count(SourceSQL.count_orphans, name: "count_orphans", outcomes)
    }
    return counts
  }

  /// Returns when the first prediction was made; nil where there is none.
  package func firstTime() async throws -> Instant? {
    try await withStatements { connection, statements in
      let sql = try await statements.count(SourceSQL.first_time)
      let rows = try await connection.query(sql, name: "first_time")
      return try rows.only { try $0.decode("first_time", as: Timestamp?.self).map { Instant($0) } }
    }
  }

  /// Returns how many rows of a range have an id that another row has too; 0 without reading where
  /// ids are known to be unique.
  package func repeats(_ range: TimeRange?) async throws -> Int {
    guard !source.hasUniqueID else { return 0 }
    if let range, range.from == range.to { return 0 }
    return try await count(SourceSQL.count_repeats, name: "count_repeats", range)
  }

  private func count(_ template: String, name: String, _ range: TimeRange?) async throws -> Int {
    try await withStatements { connection, statements in
      let sql = try await statements.count(template, range)
      return try await connection.query(sql, name: name).only { try $0.decode("rows") }
    }
  }
}
