// SPDX-License-Identifier: Apache-2.0
package import Failpoints
import Foundation
package import Postgres
package import Profiles
package import Scan

/// Reads and writes the feature counts of buckets.
package struct ProfileStore: Sendable {
  private let connection: Connection
  private let stored: StoredBinning
  private let failpoints: Failpoints

  package init(
    _ connection: Connection,
    _ binning: StoredBinning,
    failpoints: Failpoints = .none
  ) {
    self.connection = connection
    stored = binning
    self.failpoints = failpoints
  }

  /// Stores the profiles of closed buckets and moves the watermark, in one transaction.
  ///
  /// - Parameters:
  ///   - profiles: The profiles, by bucket and version.
  ///   - edges: Starts of the closed buckets, then the end of the last.
  ///   - from: The watermark as it was read.
  ///   - digests: What the buckets were made of, where it was taken, by start.
  ///   - columns: What the digests cover.
  /// - Throws: `ConcurrentUpdate` when the watermark has moved since it was read; then nothing is
  ///   stored.
  package func close(
    _ profiles: [BucketKey: [FeatureProfile]],
    edges: [Instant],
    from: Instant,
    digests: [Instant: RowDigest],
    columns: Int
  ) async throws {
    let rows = featureRows(profiles, edges, revision: 0)
    let identifier = stored.identifier
    var counted = Array(repeating: 0, count: edges.count)
    for (key, targets) in profiles { counted[key.bucket] += targets.first?.rows ?? 0 }
    let ends = zip(counted, zip(edges, edges.dropFirst())).map { ($0, $1.0, $1.1) }
    let buckets = CopyBatches(ends) { rows, start, end in
      let digest = digests[start]
      return CopyRow.row([
        .int(identifier), .timestamp(start.microseconds), .timestamp(end.microseconds), .int32(0),
        .int(rows), .optional(digest?.digest),
        .optional(digest.map { _ in columns }),
      ])
    }
    try await connection.withTransaction { connection in
      let moved = try await connection.execute(
        SQL.close_buckets,
        [
          .int(identifier), .timestamp(from.microseconds),
          .timestamp((edges.last ?? from).microseconds),
        ]
      )
      guard moved == 1 else { throw ConcurrentUpdate() }
      failpoints.reach(.closing)
      try await Self.copyFeatures(rows, connection)
      try await connection.copyIn(
        SQL.store_buckets,
        from: buckets
      )
    }
  }

  private static func copyFeatures(
    _ rows: CopyBatches<(key: BucketKey, value: [FeatureProfile])>,
    _ connection: Connection
  ) async throws {
    try await connection.copyIn(
      SQL.store_feature_buckets,
      from: rows
    )
  }

  /// Stores revisions of closed buckets, in one transaction; the counts before stay as they were.
  ///
  /// - Throws: `ConcurrentUpdate` when one was revised since it was read; then nothing is stored.
  package func revise(
    _ revisions: [BucketRevision],
    edges: [Instant],
    columns: Int,
    asOf: Instant
  ) async throws {
    guard !revisions.isEmpty else { return }
    let identifier = stored.identifier
    try await connection.withTransaction { connection in
      for revision in revisions {
        let old = revision.state
        let number = old.revision + (revision.profiles == nil ? 0 : 1)
        let updated = try await connection.execute(
          SQL.revise_bucket,
          [
            .int(identifier), .timestamp(old.range.from.microseconds), .int(old.revision),
            .int(number), .int(revision.digest.rows), .int(revision.digest.digest), .int(columns),
            .bool(revision.isLabelDue),
          ]
        )
        guard updated == 1 else { throw ConcurrentUpdate() }
        guard let profiles = revision.profiles else { continue }
        try await Self.record(
          Revision(
            bucket: old.range,
            cause: .rows,
            rowsBefore: old.rows,
            rowsAfter: revision.digest.rows,
            asOf: asOf
          ),
          binning: identifier,
          connection
        )
        let rows = featureRows(profiles, edges, revision: number)
        try await Self.copyFeatures(rows, connection)
      }
    }
  }

  /// Records that a bucket held something else than what was counted.
  static func record(
    _ revision: Revision,
    binning: Int,
    _ connection: Connection
  ) async throws {
    try await connection.execute(
      SQL.insert_revision,
      [
        .int(binning), .timestamp(revision.bucket.from.microseconds),
        .timestamp(revision.bucket.to.microseconds), .text(revision.cause.rawValue),
        .optional(revision.rowsBefore), .optional(revision.rowsAfter),
        .timestamp(revision.asOf.microseconds),
      ]
    )
  }

  /// Returns the rows of buckets for a binary COPY.
  ///
  /// Segment levels without rows are left out.
  private func featureRows(
    _ profiles: [BucketKey: [FeatureProfile]],
    _ edges: [Instant],
    revision: Int
  ) -> CopyBatches<(key: BucketKey, value: [FeatureProfile])> {
    let identifier = stored.identifier
    let segments = stored.segments
    let sorted = profiles.sorted {
      ($0.key.bucket, $0.key.version) < ($1.key.bucket, $1.key.version)
    }
    return CopyBatches(sorted) { key, targets in
      var bytes: [UInt8] = []
      for (segment, profile) in zip(segments, targets) where segment == nil || profile.rows > 0 {
        bytes += CopyRow.row([
          .int(identifier), .int32(revision), .text(key.version), .text(segment ?? ""),
          .timestamp(edges[key.bucket].microseconds),
          .timestamp(edges[key.bucket + 1].microseconds), .int(profile.rows),
          .bytes(CountCoding.encode(profile.counts)), try .outOfRangeSums(of: profile),
        ])
      }
      return bytes
    }
  }

  /// Returns what the closed buckets inside a range were made of.
  package func buckets(_ range: TimeRange) async throws -> [BucketState] {
    let rows = try await connection.query(
      SQL.read_buckets,
      parameters(range)
    )
    return try rows.map { row in
      BucketState(
        range: try row.range("bucket_from", "bucket_to"),
        revision: try row.decode("revision"),
        rows: try row.decode("row_count"),
        digest: try row.decode("row_digest", as: Int?.self).map {
          RowDigest(rows: try row.decode("row_count"), digest: $0)
        },
        columns: try row.decode("digest_columns"),
        isDue: try row.decode("is_due")
      )
    }
  }

  /// Returns the feature counts of closed buckets inside a range.
  package func featureBuckets(
    _ range: TimeRange
  ) async throws -> [StoredBucket<FeatureProfile>] {
    let rows = try await connection.query(
      SQL.read_feature_buckets,
      parameters(range)
    )
    let binCount = stored.binning.binCount
    return try rows.map { row in
      StoredBucket(
        version: try row.decode("model_version"),
        segment: try row.segment(),
        bucket: try row.range("bucket_from", "bucket_to"),
        counts: try row.profile(binCount: binCount)
      )
    }
  }

  /// Returns how busy each version was in the closed buckets inside a range, oldest first.
  package func activity(_ range: TimeRange) async throws -> [BucketActivity] {
    let rows = try await connection.query(
      SQL.read_activity,
      parameters(range)
    )
    return try rows.map { row in
      BucketActivity(
        version: try row.decode("model_version"),
        bucket: try row.range("bucket_from", "bucket_to"),
        rows: try row.decode("row_count"),
        predictions: try row.decode("predictions"),
        open: try row.decode("open")
      )
    }
  }

  private func parameters(_ range: TimeRange) -> [Parameter] {
    [
      .int(stored.identifier), .timestamp(range.from.microseconds),
      .timestamp(range.to.microseconds),
    ]
  }
}

extension Row {
  /// Decodes a profile: rows, packed counts, sums of the underflow and overflow bins.
  func profile(binCount: Int) throws -> FeatureProfile {
    var profile = FeatureProfile(binCount: binCount)
    profile.rows = try decode("row_count")
    profile.counts = try CountCoding.decode(try decode("counts"), count: binCount)
    if let sums = try decode("out_of_range_sums", as: JSON<[Int: OutOfRangeSums]>?.self) {
      profile.outOfRangeSums = sums.value
    }
    return profile
  }
}

extension Parameter {
  /// The sums of a profile's underflow and overflow bins; NULL where there are none.
  static func outOfRangeSums(of profile: FeatureProfile) throws -> Parameter {
    guard !profile.outOfRangeSums.isEmpty else { return .null }
    let data = try JSONEncoder().encode(profile.outOfRangeSums)
    return .json(String(decoding: data, as: UTF8.self))
  }
}
