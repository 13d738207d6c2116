// SPDX-License-Identifier: Apache-2.0
import Postgres
package import Profiles

extension RowReader {
  /// Returns the digest of each bucket's rows.
  ///
  /// - Parameters:
  ///   - range: The times of the rows.
  ///   - edges: Starts of the buckets, then the end of the last; `range` lies inside.
  ///   - columns: The columns that the digest covers.
  /// - Returns: One digest for each bucket, empty ones too.
  /// - Throws: `ServerError`.
  /// - Complexity: O(rows in the range), on the server.
  package func rowDigests(
    _ range: TimeRange,
    edges: [Instant],
    columns: [String]
  ) async throws -> [RowDigest] {
    try await digests(edges, name: "digest_rows") {
      try await $0.rowDigests(range, edges: edges, columns: columns)
    }
  }

  /// Returns the digest of the outcomes that arrived in each bucket of time.
  package func outcomeDigests(_ range: TimeRange, edges: [Instant]) async throws -> [RowDigest] {
    try await digests(edges, name: "digest_outcomes") {
      try await $0.outcomeDigests(range, edges: edges)
    }
  }

  private func digests(
    _ edges: [Instant],
    name: String,
    _ sql: @Sendable (Statements) async throws -> String?
  ) async throws -> [RowDigest] {
    try await withStatements { connection, statements in
      var digests = Array(repeating: RowDigest.empty, count: max(0, edges.count - 1))
      guard let text = try await sql(statements) else { return digests }
      let rows = try await connection.query(text, name: name)
      try rows.forEach { row in
        digests[try row.decode("bucket")] = RowDigest(
          rows: try row.decode("rows"),
          digest: try row.decode("digest")
        )
      }
      return digests
    }
  }
}
