// SPDX-License-Identifier: Apache-2.0
package import Postgres
import Profiles
import Scan
package import Settings
import YAMLSource

/// Candidates of a tier.
package struct CandidateCount: Sendable {
  package let tier: String
  package let customers: Int
  /// Those who came in the last 28 days; nil where it is not known when they came.
  package let recent: Int?
}

/// Counts a campaign's candidates and draws its arms among them.
package struct CandidateStore: Sendable {
  private let settings: ExperimentSettings
  private let candidates: CandidateSource
  private let relation: Relation
  private let connection: Connection

  /// Looks the table up.
  ///
  /// - Throws: `YAMLFaults` with everything that does not fit.
  package init?(_ settings: ExperimentSettings, _ connection: Connection) async throws {
    guard let candidates = settings.candidates else { return nil }
    let faults = YAMLValue.FaultList()
    let relation = try await Source.relation(candidates.table, connection, faults)
    if let relation {
      for column in [candidates.unit, candidates.tier, candidates.time].compactMap({ $0 })
      where relation.column(column.value) == nil {
        faults.note(
          "\(relation.name) has no column '\(column.value)'"
            + Spelling.suggestion(for: column.value, among: relation.columns.map(\.name)),
          at: column.place
        )
      }
    }
    try faults.throwIfAny()
    guard let relation else { return nil }
    self.settings = settings
    self.candidates = candidates
    self.relation = relation
    self.connection = connection
  }

  private func values() async throws -> [String: String] {
    var values = [
      "unit": try await connection.quoted(identifier: candidates.unit.value),
      "candidates": relation.name, "tier": "null::text", "recent": "false",
      "condition": candidates.condition.map { "(\($0.value))" } ?? "true",
    ]
    if let tier = candidates.tier {
      values["tier"] = try await connection.quoted(identifier: tier.value) + "::text"
    }
    if let time = candidates.time {
      values["recent"] =
        try await connection.quoted(identifier: time.value) + " > now() - interval '28 days'"
    }
    return values
  }

  /// Returns how many candidates each tier has.
  package func counts() async throws -> [CandidateCount] {
    let rows = try await connection.query(
      Statements.fill(SQL.count_candidates, try await values()),
      name: "count_candidates"
    )
    return (0..<rows.rowCount).map { row in
      CandidateCount(
        tier: rows.text(row, 0),
        customers: rows.int(row, 1),
        recent: candidates.time == nil ? nil : rows.int(row, 2)
      )
    }
  }

  /// The statement that draws the arms by the shares of `split`: unit, tier, arm.
  ///
  /// Within a tier the arms get their shares to the customer; the same seed draws the same.
  private func draw(seed: String) async throws -> String {
    var values = try await values()
    values["seed"] = try await connection.quoted(literal: seed)
    let arms = settings.split.sorted { $0.key < $1.key }.filter { $0.value > 0 }
    let all = arms.reduce(0) { $0 + $1.value }
    var cases = ""
    var sum = 0.0
    for (arm, share) in arms.dropLast() {
      sum += share / all
      cases += "when d.place <= floor('\(sum)'::float8 * d.n + d.u) then "
      cases += try await connection.quoted(literal: arm) + " "
    }
    let last = try await connection.quoted(literal: arms.last?.key ?? settings.assignments.control)
    values["arms"] = cases.isEmpty ? last : "case \(cases)else \(last) end"
    return Statements.fill(SQL.draw_arms, values)
  }

  /// Draws the arms and gives each line of a CSV file with a header to `write`.
  package func draw(seed: String, write: @escaping @Sendable ([UInt8]) throws -> Void) async throws
  {
    _ = try await connection.withTransaction(.snapshot) { connection in
      try await connection.copyOut(
        "copy (\(try await draw(seed: seed))) to stdout (format csv, header)",
        name: "draw_arms",
        into: LineSink(write: write)
      )
    }
  }

  /// Draws the arms into a new table of the user's, with the campaign's name and the time.
  ///
  /// - Returns: How many customers were drawn.
  package func draw(seed: String, into table: String) async throws -> Int {
    let name = try await connection.quoted(literal: settings.name.value)
    let parts = table.split(separator: ".", maxSplits: 1).map(String.init)
    var quoted: [String] = []
    for part in parts { quoted.append(try await connection.quoted(identifier: part)) }
    return try await connection.execute(
      "create table \(quoted.joined(separator: ".")) as select d.*, now() as assigned_at, "
        + "\(name)::text as campaign from (\(try await draw(seed: seed))) as d",
      name: "draw_arms"
    )
  }
}

/// Hands on what a COPY sends.
private struct LineSink: CopySink {
  let write: @Sendable ([UInt8]) throws -> Void

  mutating func receive(_ message: RawSpan) throws {
    try write(message.bytes)
  }
}
