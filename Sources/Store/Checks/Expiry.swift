// SPDX-License-Identifier: Apache-2.0
import Failpoints
import Postgres
package import Profiles

/// What has been kept long enough after a check.
package struct Expiry: Sendable {
  private let stored: StoredBinning
  private let profiles: Instant
  private let findings: Instant
  private let replacedBins: Instant
  private let references: [TimeRange]

  /// Says what goes.
  ///
  /// - Parameters:
  ///   - stored: The bins in force.
  ///   - profiles: Buckets before this start of a bucket go; those of the reference stay, however
  ///     old, and their counts no longer change.
  ///   - findings: Check runs as of before this moment go, with their findings and data issues.
  ///   - replacedBins: Bins that were replaced before this moment go.
  ///   - references: Ranges of time, disjoint.
  package init(
    _ stored: StoredBinning,
    profiles: Instant,
    findings: Instant,
    replacedBins: Instant,
    except references: [TimeRange]
  ) {
    self.stored = stored
    self.profiles = profiles
    self.findings = findings
    self.replacedBins = replacedBins
    self.references = references
  }

  /// Deletes it, in the transaction of the caller, and moves the watermark that says so.
  ///
  /// - Complexity: O(what is deleted + bins and check runs of the model).
  func drop(
    model: Int,
    _ connection: Connection,
    _ failpoints: Failpoints
  ) async throws {
    let bins = Parameter.int(stored.identifier)
    let moved = try await connection.execute(
      SQL.advance_retention,
      [bins, .timestamp(profiles.microseconds)]
    )
    if moved > 0 {
      let ranges = references.map { "[\"\($0.from)\",\"\($0.to)\")" }.joined(separator: ",")
      try await connection.execute(
        SQL.drop_buckets,
        [bins, .timestamp(profiles.microseconds), .text("{\(ranges)}")]
      )
    }
    failpoints.reach(.dropping)
    let findings = Parameter.timestamp(findings.microseconds)
    try await connection.execute(
      SQL.drop_old_revisions,
      [bins, findings]
    )
    for statement in [
      SQL.drop_old_alerts, SQL.drop_old_deliveries, SQL.drop_old_jobs, SQL.drop_old_check_runs,
      SQL.drop_old_replays,
    ] {
      try await connection.execute(statement, [.int(model), findings])
    }
    try await connection.execute(
      SQL.drop_replaced_bins,
      [.int(model), .timestamp(replacedBins.microseconds)]
    )
  }
}
