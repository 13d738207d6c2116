// SPDX-License-Identifier: Apache-2.0
import Foundation
package import Postgres
package import Profiles
package import Scan

/// Reads and writes the feature counts of buckets.
package struct ProfileStore: Sendable {
  private let connection: Connection
  private let stored: StoredBinning

  package init(_ connection: Connection, _ binning: StoredBinning) {
    self.connection = connection
    stored = binning
  }

  /// Stores the profiles of closed buckets and moves the mark, in one transaction.
  ///
  /// - `edges`: Starts of the closed buckets, then the end of the last.
  /// - `digests`: What the buckets were made of, where it was taken, by start.
  /// - `columns`: What the digests cover.
  /// - Throws: `Overtaken` when the mark has moved since it was read; then nothing is stored.
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
        SQL.advance_profiles,
        name: "advance_profiles",
        [
          .int(identifier), .timestamp(from.microseconds),
          .timestamp((edges.last ?? from).microseconds),
        ]
      )
      guard moved == 1 else { throw Overtaken() }
      FaultPoint.reach(.closing)
      try await Self.copyFeatures(rows, connection)
      try await connection.copyIn(
        """
        copy plumbline.bucket (binning_id, bucket_from, bucket_to, revision, row_count, row_digest,
          digest_columns) from stdin (format binary)
        """,
        name: "store_buckets",
        from: buckets
      )
    }
  }

  private static func copyFeatures(
    _ rows: CopyBatches<(key: BucketKey, value: [FeatureProfile])>,
    _ connection: Connection
  ) async throws {
    try await connection.copyIn(
      """
      copy plumbline.feature_bucket (binning_id, revision, model_version, segment, bucket_from,
        bucket_to, row_count, counts, guard_sums) from stdin (format binary)
      """,
      name: "store_feature_buckets",
      from: rows
    )
  }

  /// Stores revisions of closed buckets, in one transaction; the counts before stay as they were.
  ///
  /// - Throws: `Overtaken` when one was revised since it was read; then nothing is stored.
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
          name: "revise_bucket",
          [
            .int(identifier), .timestamp(old.range.from.microseconds), .int(old.revision),
            .int(number), .int(revision.digest.rows), .int(revision.digest.digest), .int(columns),
            .bool(revision.isLabelDue),
          ]
        )
        guard updated == 1 else { throw Overtaken() }
        guard let profiles = revision.profiles else { continue }
        try await Self.note(
          connection,
          identifier,
          old.range,
          cause: "rows",
          before: old.rows,
          after: revision.digest.rows,
          asOf
        )
        let rows = featureRows(profiles, edges, revision: number)
        try await Self.copyFeatures(rows, connection)
      }
    }
  }

  /// Notes that a bucket held something else than what was counted.
  static func note(
    _ connection: Connection,
    _ identifier: Int,
    _ bucket: TimeRange,
    cause: String,
    before: Int?,
    after: Int?,
    _ asOf: Instant
  ) async throws {
    try await connection.execute(
      SQL.insert_revision,
      name: "insert_revision",
      [
        .int(identifier), .timestamp(bucket.from.microseconds), .timestamp(bucket.to.microseconds),
        .text(cause), .optional(before), .optional(after), .timestamp(asOf.microseconds),
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
          .bytes(CountCoding.encode(profile.counts)), try .guards(of: profile),
        ])
      }
      return bytes
    }
  }

  /// Returns what the closed buckets inside a range were made of.
  package func buckets(_ range: TimeRange) async throws -> [BucketState] {
    let rows = try await connection.query(
      SQL.read_buckets,
      name: "read_buckets",
      parameters(range)
    )
    return (0..<rows.rowCount).compactMap { row in
      TimeRange(from: rows.instant(row, 0), to: rows.instant(row, 1)).map {
        let isTaken = !rows.isNull(row, 4)
        return BucketState(
          range: $0,
          revision: rows.int(row, 2),
          rows: rows.isNull(row, 3) ? nil : rows.int(row, 3),
          digest: isTaken
            ? RowDigest(rows: rows.int(row, 3), digest: rows.int(row, 4)) : nil,
          columns: isTaken ? rows.int(row, 5) : nil,
          isDue: rows.bool(row, 6)
        )
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
      let profile = try rows.profile(row, from: 4, cellCount: cells)
      guard let range = TimeRange(from: rows.instant(row, 2), to: rows.instant(row, 3)) else {
        return nil
      }
      let segment = rows.text(row, 1)
      return StoredBucket(
        version: rows.text(row, 0),
        segment: segment.isEmpty ? nil : segment,
        bucket: range,
        counts: profile
      )
    }
  }

  /// Returns how busy each version was in the closed buckets inside a range, oldest first.
  package func activity(_ range: TimeRange) async throws -> [BucketActivity] {
    let rows = try await connection.query(
      SQL.read_activity,
      name: "read_activity",
      parameters(range)
    )
    return (0..<rows.rowCount).compactMap { row in
      TimeRange(from: rows.instant(row, 1), to: rows.instant(row, 2)).map {
        BucketActivity(
          version: rows.text(row, 0),
          bucket: $0,
          rows: rows.int(row, 3),
          predictions: rows.int(row, 4),
          open: rows.int(row, 5)
        )
      }
    }
  }

  private func parameters(_ range: TimeRange) -> [Parameter] {
    [
      .int(stored.identifier), .timestamp(range.from.microseconds),
      .timestamp(range.to.microseconds),
    ]
  }
}

extension QueryResult {
  /// A profile from three fields: rows, packed counts, sums of the guard cells.
  func profile(_ row: Int, from column: Int, cellCount: Int) throws -> FeatureProfile {
    var profile = FeatureProfile(cellCount: cellCount)
    profile.rows = int(row, column)
    profile.counts = try CountCoding.decode(bytes(row, column + 1), count: cellCount)
    guard !isNull(row, column + 2) else { return profile }
    profile.guardSums = try JSONDecoder().decode(
      [Int: GuardSums].self,
      from: Data(json(row, column + 2).utf8)
    )
    return profile
  }
}

extension Parameter {
  /// The sums of a profile's guard cells; NULL where there are none.
  static func guards(of profile: FeatureProfile) throws -> Parameter {
    guard !profile.guardSums.isEmpty else { return .null }
    let data = try JSONEncoder().encode(profile.guardSums)
    return .json(String(decoding: data, as: UTF8.self))
  }
}
