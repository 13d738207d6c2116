// SPDX-License-Identifier: Apache-2.0
import Postgres
package import Profiles

/// How many rows a bucket has, and which: a sum of hashes, so that the digests of parts add up.
///
/// The server's `hash_record_extended` (PostgreSQL 14) hashes each row. Two different sets of rows
/// have one digest with probability 2⁻⁶³.
package struct RowDigest: Sendable, Hashable {
  package let rows: Int
  /// Modulo 2⁶³.
  package let digest: Int

  package static let empty = RowDigest(rows: 0, digest: 0)

  package init(rows: Int, digest: Int) {
    self.rows = rows
    self.digest = digest
  }

  package static func + (left: Self, right: Self) -> Self {
    RowDigest(rows: left.rows + right.rows, digest: (left.digest &+ right.digest) & .max)
  }
}

extension RowReader {
  /// Returns the digest of each bucket's rows.
  ///
  /// - `edges`: Starts of the buckets, then the end of the last; `range` lies inside.
  /// - `columns`: The columns that the digest covers.
  /// - Returns: One digest for each bucket, empty ones too.
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
      for row in 0..<rows.rowCount {
        digests[rows.int(row, 0)] = RowDigest(rows: rows.int(row, 1), digest: rows.int(row, 2))
      }
      return digests
    }
  }
}
