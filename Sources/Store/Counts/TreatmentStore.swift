// SPDX-License-Identifier: Apache-2.0
package import Postgres
package import Profiles

/// A bucket of which must be found out who was treated.
package struct TreatmentDue: Sendable {
  package let version: String
  package let bucket: TimeRange
  package let labelled: Int
  package let positives: Int
  /// Whether its labels are final.
  package let isFinal: Bool
}

/// Reads and writes who was treated, by bucket.
package struct TreatmentStore: Sendable {
  private let connection: Connection
  private let stored: StoredBinning
  /// What the campaign is; counts by another one are not read.
  private let specification: String

  package init(_ connection: Connection, _ binning: StoredBinning, specification: String) {
    self.connection = connection
    stored = binning
    self.specification = specification
  }

  /// Returns the buckets that are due: those whose labels are final, or that end by `ofAge`, so
  /// that their labels are of age.
  package func due(ofAge: Instant) async throws -> [TreatmentDue] {
    let rows = try await connection.query(
      SQL.read_treatment_due,
      [.int(stored.identifier), .text(specification), .timestamp(ofAge.microseconds)]
    )
    return try rows.map { row in
      TreatmentDue(
        version: try row.decode("model_version"),
        bucket: try row.range("bucket_from", "bucket_to"),
        labelled: try row.decode("labelled"),
        positives: try row.decode("positives"),
        isFinal: try row.decode("is_final")
      )
    }
  }

  /// Stores who was treated in buckets, in place of what was known before.
  package func store(_ buckets: [(due: TreatmentDue, arms: [ArmCounts])]) async throws {
    guard !buckets.isEmpty else { return }
    let (identifier, specification) = (stored.identifier, specification)
    try await connection.withTransaction { connection in
      for (due, arms) in buckets {
        try await connection.execute(
          SQL.drop_treatment_bucket,
          [.int(identifier), .text(due.version), .timestamp(due.bucket.from.microseconds)]
        )
        for counts in arms {
          try await connection.execute(
            SQL.insert_treatment_bucket,
            [
              .int(identifier), .text(due.version), .timestamp(due.bucket.from.microseconds),
              .timestamp(due.bucket.to.microseconds), .text(counts.arm.rawValue),
              .text(counts.stratum), .bytes(CountCoding.encode(counts.labels.values)),
              .text(specification), .bool(due.isFinal), .int(due.labelled), .int(due.positives),
            ]
          )
        }
      }
    }
  }

  /// Returns the labels of each arm in the buckets inside a range.
  package func buckets(_ range: TimeRange) async throws -> [StoredBucket<ArmCounts>] {
    let rows = try await connection.query(
      SQL.read_treatment_buckets,
      [
        .int(stored.identifier), .timestamp(range.from.microseconds),
        .timestamp(range.to.microseconds), .text(specification),
      ]
    )
    let binCount = stored.binning.score.binCount
    return try rows.map { row in
      StoredBucket(
        version: try row.decode("model_version"),
        segment: nil,
        bucket: try row.range("bucket_from", "bucket_to"),
        counts: ArmCounts(
          arm: try row.decode("arm"),
          stratum: try row.decode("stratum"),
          labels: try row.labels("counts", binCount: binCount)
        )
      )
    }
  }
}
