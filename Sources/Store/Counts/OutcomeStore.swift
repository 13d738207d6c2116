// SPDX-License-Identifier: Apache-2.0
package import Postgres
package import Profiles

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

  /// Returns of which labels the stored outcomes were made; those whose rows have changed since are
  /// left out.
  package func revisions() async throws -> [Key: OutcomeRevision] {
    let rows = try await connection.query(
      SQL.read_outcome_revisions,
      [.int(stored.identifier)]
    )
    var revisions: [Key: OutcomeRevision] = [:]
    try rows.forEach { row in
      guard try row.decode("is_current") else { return }
      let key = Key(version: try row.decode("model_version"), from: try row.decode("bucket_from"))
      revisions[key] = OutcomeRevision(
        labelAge: try Self.labelAge(row),
        truePositives: try row.decode("true_positives"),
        falseNegatives: try row.decode("false_negatives"),
        flagged: try row.decode("flagged")
      )
    }
    return revisions
  }

  private static func labelAge(_ row: borrowing Row) throws -> FixedDuration {
    FixedDuration(microseconds: Int64(try row.decode("label_age", as: Int.self)) * 1_000_000)
  }

  /// Stores the outcomes of buckets, in place of what was known of them.
  package func store(
    _ outcomes: [(bucket: StoredBucket<OutcomeProfile>, revision: OutcomeRevision)]
  ) async throws {
    guard !outcomes.isEmpty else { return }
    let identifier = stored.identifier
    try await connection.withTransaction { connection in
      for (bucket, revision) in outcomes {
        try await connection.execute(
          SQL.store_outcome_bucket,
          [
            .int(identifier), .text(bucket.version), .timestamp(bucket.bucket.from.microseconds),
            .timestamp(bucket.bucket.to.microseconds),
            .int(Int(revision.labelAge.microseconds / 1_000_000)), .int(revision.truePositives),
            .int(revision.falseNegatives), .int(revision.flagged),
            .bytes(CountCoding.encode(bucket.counts.values)),
          ]
        )
      }
    }
  }

  /// Returns the outcomes of the buckets inside a range.
  ///
  /// `labelAges` holds the age of each version; outcomes by another age are left out.
  package func outcomeBuckets(
    _ range: TimeRange,
    labelAges: [String: FixedDuration]
  ) async throws -> [StoredBucket<OutcomeProfile>] {
    let rows = try await connection.query(
      SQL.read_outcome_buckets,
      [
        .int(stored.identifier), .timestamp(range.from.microseconds),
        .timestamp(range.to.microseconds),
      ]
    )
    let layout = GroupLayout(stored.binning)
    let length = OutcomeProfile(layout).values.count
    return try rows.map { row -> StoredBucket<OutcomeProfile>? in
      let version: String = try row.decode("model_version")
      guard labelAges[version] == (try Self.labelAge(row)) else { return nil }
      let values = try CountCoding.decode(try row.decode("counts"), count: length)
      guard let profile = OutcomeProfile(layout, values: values) else {
        throw row.error("counts", expected: "\(length) counts", found: "\(values.count)")
      }
      return StoredBucket(
        version: version,
        segment: nil,
        bucket: try row.range("bucket_from", "bucket_to"),
        counts: profile
      )
    }.compactMap(\.self)
  }
}
