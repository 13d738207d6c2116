// SPDX-License-Identifier: Apache-2.0

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
