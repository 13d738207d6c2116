// SPDX-License-Identifier: Apache-2.0
package import Postgres
package import Profiles
package import Scan

/// What a campaign did to a prediction's customer.
package enum Arm: String, Sendable, Hashable, CaseIterable { case none, control, treated }

/// The labels of one arm of a bucket.
package struct ArmCounts: Sendable {
  package let arm: Arm
  package let stratum: String
  package let labels: LabelProfile

  package init(arm: Arm, stratum: String, labels: LabelProfile) {
    self.arm = arm
    self.stratum = stratum
    self.labels = labels
  }
}

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

  /// Returns the buckets that are due: those whose labels are final, or of age at a moment.
  ///
  /// - `ofAge`: The end of the buckets whose labels are of age.
  package func due(ofAge: Instant) async throws -> [TreatmentDue] {
    let rows = try await connection.query(
      SQL.read_treatment_due,
      name: "read_treatment_due",
      [.int(stored.identifier), .text(specification), .timestamp(ofAge.microseconds)]
    )
    return (0..<rows.rowCount).compactMap { row in
      TimeRange(from: rows.instant(row, 1), to: rows.instant(row, 2)).map {
        TreatmentDue(
          version: rows.text(row, 0),
          bucket: $0,
          labelled: rows.int(row, 3),
          positives: rows.int(row, 4),
          isFinal: rows.bool(row, 5)
        )
      }
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
          name: "drop_treatment_bucket",
          [.int(identifier), .text(due.version), .timestamp(due.bucket.from.microseconds)]
        )
        for counts in arms {
          try await connection.execute(
            SQL.insert_treatment_bucket,
            name: "insert_treatment_bucket",
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
      name: "read_treatment_buckets",
      [
        .int(stored.identifier), .timestamp(range.from.microseconds),
        .timestamp(range.to.microseconds), .text(specification),
      ]
    )
    let cells = stored.binning.score.cellCount
    let length = LabelProfile(cellCount: cells).values.count
    return try (0..<rows.rowCount).compactMap { row in
      guard let bucket = TimeRange(from: rows.instant(row, 1), to: rows.instant(row, 2)),
        let arm = Arm(rawValue: rows.text(row, 3)),
        let labels = LabelProfile(
          cellCount: cells,
          values: try CountCoding.decode(rows.bytes(row, 5), count: length)
        )
      else { return nil }
      return StoredBucket(
        version: rows.text(row, 0),
        segment: nil,
        bucket: bucket,
        counts: ArmCounts(arm: arm, stratum: rows.text(row, 4), labels: labels)
      )
    }
  }
}

extension RowReader {
  /// Reads the labels of a range by what a campaign did to the customers.
  package func arms(
    _ range: TimeRange,
    edges: [Instant],
    asOf: Instant,
    _ binning: Binning
  ) async throws -> [BucketKey: [ArmCounts]] {
    let scanner = LabelScanner(
      binning: Binning(features: [], score: binning.score, segments: []),
      hasVersion: true,
      bucketEdges: edges,
      constantVersion: source.constantVersion
    )
    let found = try await stream(name: "stream_arms", into: scanner) {
      try await $0.armedLabels(range, asOf: asOf) ?? ""
    }.finish()
    var arms: [BucketKey: [ArmCounts]] = [:]
    for (key, profiles) in found {
      // Neither arm nor stratum can be told from a version that has separators; the last two are ours.
      let parts = key.version.split(separator: "\u{1F}", omittingEmptySubsequences: false)
      guard parts.count >= 3, let labels = profiles.first,
        let arm = Arm(rawValue: String(parts[parts.count - 2]))
      else { continue }
      let version = parts.dropLast(2).joined(separator: "\u{1F}")
      arms[BucketKey(version: version, bucket: key.bucket), default: []].append(
        ArmCounts(arm: arm, stratum: String(parts[parts.count - 1]), labels: labels)
      )
    }
    return arms
  }
}
