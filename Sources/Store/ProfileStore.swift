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
    let rows = FeatureRows(
      stored: stored,
      segments: segments,
      edges: edges,
      profiles: profiles.sorted {
        ($0.key.bucket, $0.key.version) < ($1.key.bucket, $1.key.version)
      }
    )
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
    let rows = LabelRows(
      stored: stored,
      segments: segments,
      edges: edges,
      profiles: profiles.sorted {
        ($0.key.bucket, $0.key.version) < ($1.key.bucket, $1.key.version)
      }
    )
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

/// Rows of `feature_bucket` for a binary COPY.
private struct FeatureRows: CopySource {
  let stored: StoredBinning
  let segments: [String?]
  let edges: [Instant]
  let profiles: [(key: BucketKey, value: [FeatureProfile])]
  private var index = 0
  private var hasEnded = false

  init(
    stored: StoredBinning,
    segments: [String?],
    edges: [Instant],
    profiles: [(key: BucketKey, value: [FeatureProfile])]
  ) {
    self.stored = stored
    self.segments = segments
    self.edges = edges
    self.profiles = profiles
  }

  mutating func next() throws -> [UInt8]? {
    guard index < profiles.count else {
      if hasEnded { return nil }
      hasEnded = true
      return CopyRow.trailer(isFirst: index == 0)
    }
    let (key, targets) = profiles[index]
    var bytes = CopyRow.header(isFirst: index == 0)
    index += 1
    for (segment, profile) in zip(segments, targets) where profile.rows > 0 || segment == nil {
      var guards = Parameter.null
      if !profile.guardSums.isEmpty {
        let data = try JSONEncoder().encode(profile.guardSums)
        guards = .json(String(decoding: data, as: UTF8.self))
      }
      bytes += CopyRow.row([
        .int(stored.identifier), .text(key.version), .text(segment ?? ""),
        .timestamp(edges[key.bucket].microseconds),
        .timestamp(edges[key.bucket + 1].microseconds), .int(profile.rows),
        .bytes(CountCoding.encode(profile.counts)), guards,
      ])
    }
    return bytes
  }
}

/// Rows of `label_bucket` for a binary COPY.
private struct LabelRows: CopySource {
  let stored: StoredBinning
  let segments: [String?]
  let edges: [Instant]
  let profiles: [(key: BucketKey, value: [LabelProfile])]
  private var index = 0
  private var hasEnded = false

  init(
    stored: StoredBinning,
    segments: [String?],
    edges: [Instant],
    profiles: [(key: BucketKey, value: [LabelProfile])]
  ) {
    self.stored = stored
    self.segments = segments
    self.edges = edges
    self.profiles = profiles
  }

  mutating func next() throws -> [UInt8]? {
    guard index < profiles.count else {
      if hasEnded { return nil }
      hasEnded = true
      return CopyRow.trailer(isFirst: index == 0)
    }
    let (key, targets) = profiles[index]
    var bytes = CopyRow.header(isFirst: index == 0)
    index += 1
    for (segment, profile) in zip(segments, targets)
    where profile.predictions > 0 || segment == nil {
      bytes += CopyRow.row([
        .int(stored.identifier), .text(key.version), .text(segment ?? ""),
        .timestamp(edges[key.bucket].microseconds),
        .timestamp(edges[key.bucket + 1].microseconds), .int(profile.labelled),
        .int(profile.positives), .bytes(CountCoding.encode(profile.values)),
      ])
    }
    return bytes
  }
}
