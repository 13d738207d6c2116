// SPDX-License-Identifier: Apache-2.0
import Postgres
package import Profiles
package import Scan
import Settings
import YAMLSource

extension RowReader {
  /// Reads final labels with the scores that two versions gave.
  ///
  /// - `edges`: Borders of buckets; a customer whom both versions scored in one bucket is a pair.
  package func pairs(
    _ range: TimeRange,
    edges: [Instant],
    asOf: Instant,
    champion: String,
    challenger: String
  ) async throws -> PairScanner {
    try await stream(name: "paired_scores", into: PairScanner()) {
      try await $0.pairs(
        range,
        edges: edges,
        asOf: asOf,
        champion: champion,
        challenger: challenger
      ) ?? ""
    }
  }
}

extension Statements {
  func pairs(
    _ range: TimeRange,
    edges: [Instant],
    asOf: Instant,
    champion: String,
    challenger: String
  ) async throws -> String? {
    guard
      var values = try await labelValues(range, before: nil, asOf: asOf, [], withEntity: true)
    else { return nil }
    values["edges"] = try await self.edges(edges)
    values["champion"] = try await connection.quoted(literal: champion)
    values["challenger"] = try await connection.quoted(literal: challenger)
    return Self.fill(SQL.paired_scores, values)
  }
}
