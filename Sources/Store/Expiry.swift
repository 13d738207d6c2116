// SPDX-License-Identifier: Apache-2.0
import Postgres
package import Profiles

/// What has been kept long enough after a cycle.
package struct Expiry: Sendable {
  private let stored: StoredBinning
  private let profiles: Instant
  private let findings: Instant
  private let replacedCells: Instant
  private let references: [TimeRange]

  /// - `stored`: The cells in force.
  /// - `profiles`: Buckets before this start of a bucket go; those of the reference stay, however old,
  ///   and their counts no longer change.
  /// - `findings`: Cycles as of before this moment go, with their findings and faults.
  /// - `replacedCells`: Cells that were replaced before this moment go.
  /// - `references`: Ranges of time, disjoint.
  package init(
    _ stored: StoredBinning,
    profiles: Instant,
    findings: Instant,
    replacedCells: Instant,
    except references: [TimeRange]
  ) {
    self.stored = stored
    self.profiles = profiles
    self.findings = findings
    self.replacedCells = replacedCells
    self.references = references
  }

  /// Deletes it, in the transaction of the caller, and moves the mark that says so.
  ///
  /// - `model`: The model's number.
  /// - Complexity: O(what is deleted + cells and cycles of the model).
  func drop(model: Int, _ connection: Connection) async throws {
    let cells = Parameter.int(stored.identifier)
    let moved = try await connection.execute(
      SQL.advance_retention,
      name: "advance_retention",
      [cells, .timestamp(profiles.microseconds)]
    )
    if moved > 0 {
      let ranges = references.map { "[\"\($0.from)\",\"\($0.to)\")" }.joined(separator: ",")
      try await connection.execute(
        SQL.drop_buckets,
        name: "drop_buckets",
        [cells, .timestamp(profiles.microseconds), .text("{\(ranges)}")]
      )
    }
    FaultPoint.reach(.dropping)
    let findings = Parameter.timestamp(findings.microseconds)
    try await connection.execute(
      SQL.drop_old_revisions,
      name: "drop_old_revisions",
      [cells, findings]
    )
    for (text, name) in [
      (SQL.drop_old_alerts, "drop_old_alerts"), (SQL.drop_old_deliveries, "drop_old_deliveries"),
      (SQL.drop_old_jobs, "drop_old_jobs"),
      (SQL.drop_old_cycles, "drop_old_cycles"),
      (SQL.drop_old_replays, "drop_old_replays"),
    ] {
      try await connection.execute(text, name: name, [.int(model), findings])
    }
    try await connection.execute(
      SQL.drop_old_cells,
      name: "drop_old_cells",
      [.int(model), .timestamp(replacedCells.microseconds)]
    )
  }
}
