// SPDX-License-Identifier: Apache-2.0
import Postgres
package import Profiles
package import Scan
import Settings

extension RowReader {
  /// Reads final labels with the scores that two versions gave.
  ///
  /// Where the model's `treatment` names a campaign, customers whom it treated are left out.
  ///
  /// A customer whom both versions scored in one bucket of `edges` is a pair; the values of the
  /// columns `segments` are gathered too.
  package func pairs(
    _ range: TimeRange,
    edges: [Instant],
    asOf: Instant,
    champion: String,
    challenger: String,
    segments: [String] = []
  ) async throws -> PairScanner {
    try await stream(name: "paired_scores", into: PairScanner(segments: segments.count)) {
      try await $0.pairs(
        range,
        edges: edges,
        asOf: asOf,
        champion: champion,
        challenger: challenger,
        segments
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
    challenger: String,
    _ segments: [String]
  ) async throws -> String? {
    guard
      var values = try await labelValues(range, before: nil, asOf: asOf, segments, withEntity: true)
    else { return nil }
    if let treatment = source.model.treatment, let relation = source.assignments {
      let armed = try await armed(
        values,
        treatment,
        in: relation,
        asOf: asOf,
        segments: segments
      )
      values["predictions"] =
        "select q.id, q.at, q.entity, q.score, split_part(q.version, chr(31), 1) as version"
        + segments.indices.map { ", q.s\($0)" }.joined()
        + " from (\(armed)) as q where split_part(q.version, chr(31), 2) <> 'treated'"
    }
    try await joinByHash()
    values["segments_names"] = segments.indices.map { ", s\($0)" }.joined()
    values["segments_either"] = segments.indices.map { ", coalesce(a.s\($0), b.s\($0))" }.joined()
    values["edges"] = try await self.edges(edges)
    values["champion"] = try await connection.quoted(literal: champion)
    values["challenger"] = try await connection.quoted(literal: challenger)
    values["observed"] = Self.observed(
      ["at", "version", "score", "entity"] + segments.indices.map { "s\($0)" },
      values,
      where: Self.fill("p.version in (:champion, :challenger)", values)
    )
    return Self.fill(SourceSQL.paired_scores, values)
  }
}
