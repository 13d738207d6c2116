// SPDX-License-Identifier: Apache-2.0
package import Failpoints
package import Postgres
package import Profiles
package import Scan

/// What one check learned of labels, ready to be stored together.
///
/// Labels up to `settled` are counted for good. Those from there to `asOf` are kept apart and
/// counted again the next time, because a transaction may commit an outcome after a later one was
/// seen.
package struct LabelUpdate: Sendable {
  /// Starts of all labelled buckets, then the end of the last; keys of counts point into it.
  package var edges: [Instant]
  package var settled: Instant
  package var asOf: Instant
  /// The change up to `settled` of buckets that were counted before.
  package var changes: LabelCounts
  /// The state at `settled` of buckets that are new or whose labels must be counted again.
  package var recounted: LabelCounts
  /// The buckets, by number, that `recounted` covers, with those that were counted before.
  package var recountedBuckets: [Int: Recount]
  /// The change from `settled` to `asOf`.
  package var recent: LabelCounts
  /// Outcomes by time of arrival, up to `settled`, where they are new or have changed.
  package var arrivals: [Arrival]

  /// Why a bucket is counted again.
  package enum Recount: Sendable, Hashable {
    case new
    /// Its rows were changed; the bucket's revision.
    case rows(revision: Int)
    /// Outcomes that may belong to it were changed or came late.
    case outcomes
  }

  package init(edges: [Instant], settled: Instant, asOf: Instant) {
    self.edges = edges
    self.settled = settled
    self.asOf = asOf
    changes = [:]
    recounted = [:]
    recountedBuckets = [:]
    recent = [:]
    arrivals = []
  }
}

/// The outcomes that arrived in a bucket of time.
package struct Arrival: Sendable {
  package let range: TimeRange
  package let digest: RowDigest

  package init(range: TimeRange, digest: RowDigest) {
    self.range = range
    self.digest = digest
  }
}

/// Counts that cannot be.
///
/// Nothing was stored; the buckets must be counted again.
package struct Impossible: Error {
  package let buckets: Set<TimeRange>
}

/// Reads and writes the label counts of buckets.
package struct LabelStore: Sendable {
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

  /// Applies what a check learned, and moves the watermarks, in one transaction.
  ///
  /// - Returns: How many buckets turned out to have other labels than were counted.
  /// - Throws: `ConcurrentUpdate` when another run moved the watermarks, `Impossible` where old
  ///   outcomes were edited unseen; then nothing is stored.
  package func apply(_ update: LabelUpdate) async throws -> Int {
    let stored = stored
    return try await connection.withTransaction { connection in
      let moved = try await connection.execute(
        SQL.advance_labels,
        [
          .int(stored.identifier), .optional(stored.labelledAsOf), .optional(stored.settledAsOf),
          .optional(update.edges.last), .optional(update.settled), .optional(update.asOf),
        ]
      )
      guard moved == 1 else { throw ConcurrentUpdate() }
      var counts = LabelCountUpdate(stored)
      let touched = Set(
        (update.changes.keys.map(\.bucket) + update.recent.keys.map(\.bucket)
          + update.recountedBuckets.keys).map { update.edges[$0] }
      )
      let taken = try await connection.query(
        SQL.take_label_buckets,
        [.int(stored.identifier), .timestampArray(touched.sorted().map(\.microseconds))]
      )
      try taken.forEach { try counts.add($0, hasAges: true) }
      let corrected = counts.apply(update)
      let impossible = counts.impossible
      guard impossible.isEmpty else { throw Impossible(buckets: impossible) }
      failpoints.reach(.settling)
      for bucket in corrected.sorted(by: { $0.from < $1.from }) {
        try await ProfileStore.record(
          Revision(
            bucket: bucket,
            cause: .labels,
            rowsBefore: nil,
            rowsAfter: nil,
            asOf: update.asOf
          ),
          binning: stored.identifier,
          connection
        )
      }
      try await connection.copyIn(
        SQL.store_label_buckets,
        from: counts.rows(stored.identifier)
      )
      try await Self.finish(update, binning: stored.identifier, connection)
      return corrected.count
    }
  }

  /// Stores which outcomes were counted, and that recounted buckets are up to date.
  private static func finish(
    _ update: LabelUpdate,
    binning: Int,
    _ connection: Connection
  ) async throws {
    for (bucket, why) in update.recountedBuckets.sorted(by: { $0.key < $1.key }) {
      guard case .rows(let revision) = why else { continue }
      try await connection.execute(
        SQL.clear_due_labels,
        [
          .int(binning), .timestamp(update.edges[bucket].microseconds), .int(revision),
        ]
      )
    }
    for arrival in update.arrivals {
      try await connection.execute(
        SQL.store_arrival,
        [
          .int(binning), .timestamp(arrival.range.from.microseconds),
          .timestamp(arrival.range.to.microseconds), .int(arrival.digest.rows),
          .int(arrival.digest.digest),
        ]
      )
    }
  }

  /// Returns the buckets whose rows have changed since their labels were counted.
  package func dueBuckets() async throws -> [(range: TimeRange, revision: Int)] {
    let rows = try await connection.query(
      SQL.read_due_buckets,
      [.int(stored.identifier)]
    )
    return try rows.map { (try $0.range("bucket_from", "bucket_to"), try $0.decode("revision")) }
  }

  /// Returns the outcomes that were counted, by the time of their arrival, from a moment on.
  package func arrivals(from: Instant) async throws -> [Arrival] {
    let rows = try await connection.query(
      SQL.read_arrivals,
      [.int(stored.identifier), .timestamp(from.microseconds)]
    )
    return try rows.map { row in
      Arrival(
        range: try row.range("arrival_from", "arrival_to"),
        digest: RowDigest(
          rows: try row.decode("outcome_count"),
          digest: try row.decode("outcome_digest")
        )
      )
    }
  }

  /// Returns the ages of the labels of all buckets, all rows together, without the other counts.
  package func labelAges() async throws -> [StoredBucket<LabelAges>] {
    let rows = try await connection.query(
      SQL.read_label_ages,
      [.int(stored.identifier)]
    )
    return try rows.map { row in try ages(row, segment: nil) }.compactMap(\.self)
  }

  /// Returns the ages of the labels of the buckets inside a range, of all rows and of each segment.
  package func segmentAges(_ range: TimeRange) async throws -> [StoredBucket<LabelAges>] {
    let rows = try await connection.query(
      SQL.read_segment_ages,
      [
        .int(stored.identifier), .timestamp(range.from.microseconds),
        .timestamp(range.to.microseconds),
      ]
    )
    return try rows.map { row in try ages(row, segment: try row.segment()) }.compactMap(\.self)
  }

  /// A bucket's label ages, recent ones included; nil where there are none.
  private func ages(
    _ row: borrowing Row,
    segment: String?
  ) throws -> StoredBucket<LabelAges>? {
    let (known, recent): ([UInt8]?, [UInt8]?) = (
      try row.decode("ages"), try row.decode("recent_ages")
    )
    guard let known else { return nil }
    let groupCount = stored.binning.score.groupCount
    var ages = try LabelAges(stored: known, groupCount: groupCount)
    if let recent { ages.merge(try LabelAges(stored: recent, groupCount: groupCount)) }
    return StoredBucket(
      version: try row.decode("model_version"),
      segment: segment,
      bucket: try row.range("bucket_from", "bucket_to"),
      counts: ages
    )
  }

  /// Returns the label counts of buckets inside a range, recent ones included.
  package func labelBuckets(_ range: TimeRange) async throws -> [StoredBucket<LabelProfile>] {
    let rows = try await connection.query(
      SQL.read_label_buckets,
      [
        .int(stored.identifier), .timestamp(range.from.microseconds),
        .timestamp(range.to.microseconds),
      ]
    )
    var counts = LabelCountUpdate(stored)
    try rows.forEach { try counts.add($0, hasAges: false) }
    return counts.buckets
  }
}
