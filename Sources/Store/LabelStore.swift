// SPDX-License-Identifier: Apache-2.0
package import Postgres
package import Profiles
import Scan

/// What one cycle learned of labels, ready to be stored together.
///
/// Labels up to `settled` are counted for good. Those from there to `asOf` are kept apart and counted
/// again the next time, because a transaction may commit an outcome after a later one was seen.
package struct LabelUpdate: Sendable {
  /// Starts of all labelled buckets, then the end of the last; keys of counts point into it.
  package var edges: [Instant]
  package var settled: Instant
  package var asOf: Instant
  /// The change up to `settled` of buckets that were counted before.
  package var changes: LabelCounts
  /// The state at `settled` of buckets that are new or whose labels must be counted anew.
  package var recounted: LabelCounts
  /// The buckets, by number, that `recounted` covers, with those that were counted before.
  package var recountedBuckets: [Int: Recount]
  /// The change from `settled` to `asOf`.
  package var recent: LabelCounts
  /// Outcomes by time of arrival, up to `settled`, where they are new or have changed.
  package var arrivals: [Arrival]

  /// Why a bucket is counted anew.
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
/// Nothing was stored; the buckets must be counted anew.
package struct Impossible: Error {
  package let buckets: Set<TimeRange>
}

/// Reads and writes the label counts of buckets.
package struct LabelStore: Sendable {
  private let connection: Connection
  private let stored: StoredBinning

  package init(_ connection: Connection, _ binning: StoredBinning) {
    self.connection = connection
    stored = binning
  }

  /// Applies what a cycle learned, and moves the marks, in one transaction.
  ///
  /// - Returns: How many buckets turned out to have other labels than were counted.
  /// - Throws: `Overtaken` when another run moved the marks, `Impossible` where old outcomes were
  ///   edited unseen; then nothing is stored.
  package func apply(_ update: LabelUpdate) async throws -> Int {
    let stored = stored
    return try await connection.withTransaction { connection in
      let moved = try await connection.execute(
        SQL.advance_labels,
        name: "advance_labels",
        [
          .int(stored.identifier), .optional(stored.labelledAsOf), .optional(stored.settledAsOf),
          .optional(update.edges.last), .optional(update.settled), .optional(update.asOf),
        ]
      )
      guard moved == 1 else { throw Overtaken() }
      var ledger = Ledger(stored)
      let touched = Set(
        (update.changes.keys.map(\.bucket) + update.recent.keys.map(\.bucket)
          + update.recountedBuckets.keys).map { update.edges[$0] }
      )
      let taken = try await connection.query(
        SQL.take_label_buckets,
        name: "take_label_buckets",
        [.int(stored.identifier), .text(Self.array(touched.sorted()))]
      )
      for row in 0..<taken.rowCount { try ledger.add(taken, row) }
      let corrected = ledger.apply(update)
      let impossible = ledger.impossible
      guard impossible.isEmpty else { throw Impossible(buckets: impossible) }
      FaultPoint.reach(.settling)
      for bucket in corrected.sorted(by: { $0.from < $1.from }) {
        try await ProfileStore.note(
          connection,
          stored.identifier,
          bucket,
          cause: "labels",
          before: nil,
          after: nil,
          update.asOf
        )
      }
      try await connection.copyIn(
        """
        copy plumbline.label_bucket (binning_id, model_version, segment, bucket_from, bucket_to,
          labelled, positives, predictions, open, counts, recent, ages, recent_ages) from stdin (format binary)
        """,
        name: "store_label_buckets",
        from: ledger.rows(stored.identifier)
      )
      try await Self.finish(update, stored.identifier, connection)
      return corrected.count
    }
  }

  /// Stores which outcomes were counted, and that recounted buckets are up to date.
  private static func finish(
    _ update: LabelUpdate,
    _ identifier: Int,
    _ connection: Connection
  ) async throws {
    for (bucket, why) in update.recountedBuckets.sorted(by: { $0.key < $1.key }) {
      guard case .rows(let revision) = why else { continue }
      try await connection.execute(
        SQL.settle_bucket,
        name: "settle_bucket",
        [
          .int(identifier), .timestamp(update.edges[bucket].microseconds), .int(revision),
        ]
      )
    }
    for arrival in update.arrivals {
      try await connection.execute(
        SQL.store_arrival,
        name: "store_arrival",
        [
          .int(identifier), .timestamp(arrival.range.from.microseconds),
          .timestamp(arrival.range.to.microseconds), .int(arrival.digest.rows),
          .int(arrival.digest.digest),
        ]
      )
    }
  }

  private static func array(_ instants: [Instant]) -> String {
    "{" + instants.map { "\"\($0)\"" }.joined(separator: ",") + "}"
  }

  /// Returns the buckets whose rows have changed since their labels were counted.
  package func dueBuckets() async throws -> [(range: TimeRange, revision: Int)] {
    let rows = try await connection.query(
      SQL.read_due_buckets,
      name: "read_due_buckets",
      [.int(stored.identifier)]
    )
    return (0..<rows.rowCount).compactMap { row in
      TimeRange(from: rows.instant(row, 0), to: rows.instant(row, 1))
        .map { ($0, rows.int(row, 2)) }
    }
  }

  /// Returns the outcomes that were counted, by the time of their arrival, from a moment on.
  package func arrivals(from: Instant) async throws -> [Arrival] {
    let rows = try await connection.query(
      SQL.read_arrivals,
      name: "read_arrivals",
      [.int(stored.identifier), .timestamp(from.microseconds)]
    )
    return (0..<rows.rowCount).compactMap { row in
      TimeRange(from: rows.instant(row, 0), to: rows.instant(row, 1)).map {
        Arrival(
          range: $0,
          digest: RowDigest(rows: rows.int(row, 2), digest: rows.int(row, 3))
        )
      }
    }
  }

  /// Returns the ages of the labels of all buckets, all rows together, without the other counts.
  package func labelAges() async throws -> [StoredBucket<LabelAges>] {
    let rows = try await connection.query(
      SQL.read_label_ages,
      name: "read_label_ages",
      [.int(stored.identifier)]
    )
    return try (0..<rows.rowCount).compactMap { row in
      guard let bucket = TimeRange(from: rows.instant(row, 1), to: rows.instant(row, 2)),
        let ages = try ages(rows, row, 3)
      else { return nil }
      return StoredBucket(version: rows.text(row, 0), segment: nil, bucket: bucket, counts: ages)
    }
  }

  /// Returns the ages of the labels of the buckets inside a range, of all rows and of each segment.
  package func segmentAges(_ range: TimeRange) async throws -> [StoredBucket<LabelAges>] {
    let rows = try await connection.query(
      SQL.read_segment_ages,
      name: "read_segment_ages",
      [
        .int(stored.identifier), .timestamp(range.from.microseconds),
        .timestamp(range.to.microseconds),
      ]
    )
    return try (0..<rows.rowCount).compactMap { row in
      guard let bucket = TimeRange(from: rows.instant(row, 2), to: rows.instant(row, 3)),
        let ages = try ages(rows, row, 4)
      else { return nil }
      let segment = rows.text(row, 1)
      return StoredBucket(
        version: rows.text(row, 0),
        segment: segment.isEmpty ? nil : segment,
        bucket: bucket,
        counts: ages
      )
    }
  }

  /// The ages in a field and, of recent ones, in the next; nil where there are none.
  private func ages(
    _ rows: borrowing QueryResult,
    _ row: Int,
    _ column: Int
  ) throws -> LabelAges? {
    guard !rows.isNull(row, column) else { return nil }
    let groupCount = stored.binning.score.groupCount
    var ages = try LabelAges(stored: rows.bytes(row, column), groupCount: groupCount)
    if !rows.isNull(row, column + 1) {
      ages.merge(try LabelAges(stored: rows.bytes(row, column + 1), groupCount: groupCount))
    }
    return ages
  }

  /// Returns the label counts of buckets inside a range, recent ones included.
  package func labelBuckets(_ range: TimeRange) async throws -> [StoredBucket<LabelProfile>] {
    let rows = try await connection.query(
      SQL.read_label_buckets,
      name: "read_label_buckets",
      [
        .int(stored.identifier), .timestamp(range.from.microseconds),
        .timestamp(range.to.microseconds),
      ]
    )
    var ledger = Ledger(stored)
    for row in 0..<rows.rowCount { try ledger.add(rows, row) }
    return ledger.buckets
  }
}
