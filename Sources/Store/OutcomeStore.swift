// SPDX-License-Identifier: Apache-2.0
package import Postgres
package import Profiles

/// Of which labels the outcomes of a bucket were made.
package struct OutcomeMark: Sendable, Hashable {
  package let labelAge: FixedDuration
  /// Churners known by that age who were flagged, and who were not; all flagged customers.
  package let caught: Int
  package let missed: Int
  package let flagged: Int

  package init(labelAge: FixedDuration, caught: Int, missed: Int, flagged: Int) {
    self.labelAge = labelAge
    self.caught = caught
    self.missed = missed
    self.flagged = flagged
  }
}

/// Reads and writes what became of the predictions of buckets, by feature.
package struct OutcomeStore: Sendable {
  /// A version's bucket.
  package struct Key: Sendable, Hashable {
    package let version: String
    package let from: Instant

    package init(version: String, from: Instant) {
      self.version = version
      self.from = from
    }
  }

  private let connection: Connection
  private let stored: StoredBinning

  package init(_ connection: Connection, _ binning: StoredBinning) {
    self.connection = connection
    stored = binning
  }

  /// Returns of which labels the stored outcomes were made; those whose rows have changed since are left
  /// out.
  package func marks() async throws -> [Key: OutcomeMark] {
    let rows = try await connection.query(
      SQL.read_outcome_marks,
      name: "read_outcome_marks",
      [.int(stored.identifier)]
    )
    var marks: [Key: OutcomeMark] = [:]
    for row in 0..<rows.rowCount where rows.bool(row, 6) {
      marks[Key(version: rows.text(row, 0), from: rows.instant(row, 1))] = OutcomeMark(
        labelAge: FixedDuration(microseconds: Int64(rows.int(row, 2)) * 1_000_000),
        caught: rows.int(row, 3),
        missed: rows.int(row, 4),
        flagged: rows.int(row, 5)
      )
    }
    return marks
  }

  /// Stores the outcomes of buckets, in place of what was known of them.
  package func store(
    _ outcomes: [(bucket: StoredBucket<OutcomeProfile>, mark: OutcomeMark)]
  ) async throws {
    guard !outcomes.isEmpty else { return }
    let identifier = stored.identifier
    try await connection.withTransaction { connection in
      for (bucket, mark) in outcomes {
        try await connection.execute(
          SQL.store_outcome_bucket,
          name: "store_outcome_bucket",
          [
            .int(identifier), .text(bucket.version), .timestamp(bucket.bucket.from.microseconds),
            .timestamp(bucket.bucket.to.microseconds),
            .int(Int(mark.labelAge.microseconds / 1_000_000)), .int(mark.caught),
            .int(mark.missed), .int(mark.flagged),
            .bytes(CountCoding.encode(bucket.counts.values)),
          ]
        )
      }
    }
  }

  /// Returns the outcomes of the buckets inside a range.
  ///
  /// - `labelAges`: By version, the age that is asked for; outcomes by another age are left out.
  package func outcomeBuckets(
    _ range: TimeRange,
    labelAges: [String: FixedDuration]
  ) async throws -> [StoredBucket<OutcomeProfile>] {
    let rows = try await connection.query(
      SQL.read_outcome_buckets,
      name: "read_outcome_buckets",
      [
        .int(stored.identifier), .timestamp(range.from.microseconds),
        .timestamp(range.to.microseconds),
      ]
    )
    let layout = GroupLayout(stored.binning)
    let length = OutcomeProfile(layout).values.count
    return try (0..<rows.rowCount).compactMap { row in
      let age = FixedDuration(microseconds: Int64(rows.int(row, 3)) * 1_000_000)
      guard labelAges[rows.text(row, 0)] == age,
        let bucket = TimeRange(from: rows.instant(row, 1), to: rows.instant(row, 2)),
        let profile = OutcomeProfile(
          layout,
          values: try CountCoding.decode(rows.bytes(row, 4), count: length)
        )
      else { return nil }
      return StoredBucket(
        version: rows.text(row, 0),
        segment: nil,
        bucket: bucket,
        counts: profile
      )
    }
  }
}
