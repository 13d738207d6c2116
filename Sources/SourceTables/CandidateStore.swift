// SPDX-License-Identifier: Apache-2.0
package import Experiments
package import Postgres
import Profiles
import Scan
package import Settings

/// Counts a campaign's candidates and draws its arms among them.
package struct CandidateStore: Sendable {
  private let settings: ExperimentSettings
  private let candidates: CandidateSource
  private let relation: Relation
  private let connection: Connection

  /// Finds the table.
  ///
  /// - Throws: `ConfigErrors` with everything that does not fit.
  package init?(_ settings: ExperimentSettings, _ connection: Connection) async throws {
    guard let candidates = settings.candidates else { return nil }
    let errors = ConfigErrorCollector()
    let path = ConfigPath.experiment(settings.name).key("candidates")
    let relation = try await Source.relation(
      candidates.table,
      at: path.key("table"),
      connection,
      errors: errors
    )
    let check = ColumnCheck(errors: errors)
    check.column(candidates.unit, at: path.key("unit"), of: relation)
    check.column(candidates.tier, at: path.key("tier"), of: relation)
    check.column(candidates.time, at: path.key("time"), of: relation)
    try errors.throwIfAny()
    guard let relation else { return nil }
    self.settings = settings
    self.candidates = candidates
    self.relation = relation
    self.connection = connection
  }

  private func values() async throws -> [String: String] {
    var values = [
      "unit": try await connection.quoted(identifier: candidates.unit),
      "candidates": relation.name, "tier": "null::text", "recent": "false",
      "condition": candidates.condition.map { "(\($0))" } ?? "true",
    ]
    if let tier = candidates.tier {
      values["tier"] = try await connection.quoted(identifier: tier) + "::text"
    }
    if let time = candidates.time {
      values["recent"] =
        try await connection.quoted(identifier: time) + " > now() - interval '28 days'"
    }
    return values
  }

  /// Returns how many candidates each tier has.
  package func counts() async throws -> [CandidateCount] {
    let rows = try await connection.query(
      Statements.fill(SourceSQL.count_candidates, try await values()),
      name: "count_candidates"
    )
    return try rows.map { row in
      CandidateCount(
        tier: try row.decode("tier"),
        customers: try row.decode("customers"),
        recent: candidates.time == nil ? nil : try row.decode("recent", as: Int.self)
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
    return Statements.fill(SourceSQL.draw_arms, values)
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
    let name = try await connection.quoted(literal: settings.name)
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
