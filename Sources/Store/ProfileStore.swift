// SPDX-License-Identifier: Apache-2.0
import Foundation
package import Postgres
package import Profiles
package import Scan

/// A bucket's counts as they were stored.
package struct StoredBucket<Counts: Sendable>: Sendable {
  package let version: String
  /// `column=level`; nil for all rows.
  package let segment: String?
  package let bucket: TimeRange
  package let counts: Counts
}

/// Reads and writes the counts of buckets.
package struct ProfileStore: Sendable {
  private let connection: Connection
  private let stored: StoredBinning

  package init(_ connection: Connection, _ binning: StoredBinning) {
    self.connection = connection
    stored = binning
  }

  /// Another run has closed buckets in the meantime.
  package struct Overtaken: Error, CustomStringConvertible {
    package var description: String {
      "another run has closed buckets of this model in the meantime; nothing was written"
    }
  }

  /// The segment targets of a profile, in the order in which scanners give them; nil for all rows.
  private var segments: [String?] {
    [nil]
      + stored.binning.segments.flatMap { segment in
        segment.allLevels.map { "\(segment.column)=\($0)" }
      }
  }

  /// Stores the profiles of closed buckets and moves the mark, in one transaction.
  ///
  /// - Throws: `Overtaken` when the mark has moved since it was read; then nothing is stored.
  package func close(
    _ profiles: [BucketKey: [FeatureProfile]],
    edges: [Instant],
    until: Instant
  ) async throws {
    let rows = bucketRows(profiles, edges, isEmpty: { $0.rows == 0 }) { profile in
      var guards = Parameter.null
      if !profile.guardSums.isEmpty {
        let data = try JSONEncoder().encode(profile.guardSums)
        guards = .json(String(decoding: data, as: UTF8.self))
      }
      return [.int(profile.rows), .bytes(CountCoding.encode(profile.counts)), guards]
    }
    let stored = stored
    try await connection.withTransaction { connection in
      let moved = try await connection.execute(
        SQL.advance_profiles,
        name: "advance_profiles",
        [
          .int(stored.identifier), .timestamp(stored.profiledUntil.microseconds),
          .timestamp(until.microseconds),
        ]
      )
      guard moved == 1 else { throw Overtaken() }
      try await connection.copyIn(
        """
        copy plumbline.feature_bucket (binning_id, model_version, segment, bucket_from, bucket_to,
          row_count, counts, guard_sums) from stdin (format binary)
        """,
        name: "store_feature_buckets",
        from: rows
      )
    }
  }

  /// Replaces the label counts of a range, in one transaction.
  package func replaceLabels(
    _ profiles: [BucketKey: [LabelProfile]],
    edges: [Instant],
    range: TimeRange,
    asOf: Instant
  ) async throws {
    let rows = bucketRows(profiles, edges, isEmpty: { $0.predictions == 0 }) { profile in
      [
        .int(profile.labelled), .int(profile.positives),
        .bytes(CountCoding.encode(profile.values)),
      ]
    }
    let stored = stored
    try await connection.withTransaction { connection in
      try await connection.execute(
        SQL.delete_label_buckets,
        name: "delete_label_buckets",
        [
          .int(stored.identifier), .timestamp(range.from.microseconds),
          .timestamp(range.to.microseconds),
        ]
      )
      try await connection.copyIn(
        """
        copy plumbline.label_bucket (binning_id, model_version, segment, bucket_from, bucket_to,
          labelled, positives, counts) from stdin (format binary)
        """,
        name: "store_label_buckets",
        from: rows
      )
      try await connection.execute(
        SQL.mark_labels,
        name: "mark_labels",
        [.int(stored.identifier), .timestamp(asOf.microseconds)]
      )
    }
  }

  /// Returns the rows of buckets for a binary COPY: the key, then the fields of the counts.
  ///
  /// Segment levels without rows are left out; that of all rows says that the bucket is closed.
  private func bucketRows<Counts: Sendable>(
    _ profiles: [BucketKey: [Counts]],
    _ edges: [Instant],
    isEmpty: @escaping @Sendable (Counts) -> Bool,
    fields: @escaping @Sendable (Counts) throws -> [Parameter]
  ) -> CopyBatches<(key: BucketKey, value: [Counts])> {
    let identifier = stored.identifier
    let segments = segments
    let sorted = profiles.sorted {
      ($0.key.bucket, $0.key.version) < ($1.key.bucket, $1.key.version)
    }
    return CopyBatches(sorted) { key, targets in
      var bytes: [UInt8] = []
      for (segment, counts) in zip(segments, targets) where segment == nil || !isEmpty(counts) {
        bytes += CopyRow.row(
          [
            .int(identifier), .text(key.version), .text(segment ?? ""),
            .timestamp(edges[key.bucket].microseconds),
            .timestamp(edges[key.bucket + 1].microseconds),
          ] + (try fields(counts))
        )
      }
      return bytes
    }
  }

  /// Returns label counts as they would be read back, without storing them.
  package func buckets(
    _ profiles: [BucketKey: [LabelProfile]],
    edges: [Instant]
  ) -> [StoredBucket<LabelProfile>] {
    profiles.flatMap { key, targets in
      zip(segments, targets).compactMap { segment, profile in
        TimeRange(from: edges[key.bucket], to: edges[key.bucket + 1]).map {
          StoredBucket(version: key.version, segment: segment, bucket: $0, counts: profile)
        }
      }
    }
  }

  /// Returns the feature counts of closed buckets inside a range.
  package func featureBuckets(
    _ range: TimeRange
  ) async throws -> [StoredBucket<FeatureProfile>] {
    let rows = try await connection.query(
      SQL.read_feature_buckets,
      name: "read_feature_buckets",
      parameters(range)
    )
    let cells = stored.binning.cellCount
    return try (0..<rows.rowCount).compactMap { row in
      var profile = FeatureProfile(cellCount: cells)
      profile.rows = rows.int(row, 4)
      profile.counts = try CountCoding.decode(rows.bytes(row, 5), count: cells)
      if !rows.isNull(row, 6) {
        profile.guardSums = try JSONDecoder().decode(
          [Int: GuardSums].self,
          from: Data(rows.json(row, 6).utf8)
        )
      }
      return bucket(rows, row, profile)
    }
  }

  /// Returns the label counts of buckets inside a range.
  package func labelBuckets(_ range: TimeRange) async throws -> [StoredBucket<LabelProfile>] {
    let rows = try await connection.query(
      SQL.read_label_buckets,
      name: "read_label_buckets",
      parameters(range)
    )
    let cells = stored.binning.score.cellCount
    let length = LabelProfile(cellCount: cells).values.count
    return try (0..<rows.rowCount).compactMap { row in
      let values = try CountCoding.decode(rows.bytes(row, 4), count: length)
      return LabelProfile(cellCount: cells, values: values).flatMap { bucket(rows, row, $0) }
    }
  }

  private func parameters(_ range: TimeRange) -> [Parameter] {
    [
      .int(stored.identifier), .timestamp(range.from.microseconds),
      .timestamp(range.to.microseconds),
    ]
  }

  private func bucket<Counts: Sendable>(
    _ rows: borrowing QueryResult,
    _ row: Int,
    _ counts: Counts
  ) -> StoredBucket<Counts>? {
    guard let range = TimeRange(from: rows.instant(row, 2), to: rows.instant(row, 3)) else {
      return nil
    }
    let segment = rows.text(row, 1)
    return StoredBucket(
      version: rows.text(row, 0),
      segment: segment.isEmpty ? nil : segment,
      bucket: range,
      counts: counts
    )
  }
}
