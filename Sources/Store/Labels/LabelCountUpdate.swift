// SPDX-License-Identifier: Apache-2.0
import Postgres
import Profiles
import Scan

/// The label counts of some buckets, for good and since then, on their way through an update.
struct LabelCountUpdate {
  struct Key: Hashable {
    let version: String
    let bucket: TimeRange
  }

  /// One profile for each segment target; all zero where there is nothing.
  private struct Entry {
    var settled: [LabelProfile]
    var recent: [LabelProfile]
  }

  private let segments: [String?]
  private let targets: [String: Int]
  private let empty: [LabelProfile]
  private let groupCount: Int
  private var entries: [Key: Entry] = [:]

  init(_ stored: StoredBinning) {
    segments = stored.segments
    groupCount = stored.binning.score.groupCount
    targets = Dictionary(
      segments.enumerated().map { ($1 ?? "", $0) },
      uniquingKeysWith: { first, _ in first }
    )
    empty = Array(
      repeating: LabelProfile(binCount: stored.binning.score.binCount),
      count: segments.count
    )
  }

  /// Adds a stored row, with the ages of labels where they were read too.
  mutating func add(_ row: borrowing Row, hasAges: Bool) throws {
    let segment: String = try row.decode("segment")
    guard let target = targets[segment] else {
      throw row.error("segment", expected: "a segment of these bins", found: "'\(segment)'")
    }
    let key = Key(
      version: try row.decode("model_version"),
      bucket: try row.range("bucket_from", "bucket_to")
    )
    let binCount = empty[0].binCount
    var entry = entries[key] ?? Entry(settled: empty, recent: empty)
    entry.settled[target] = try row.labels("counts", binCount: binCount)
    if let recent = try row.labelsIfAny("recent", binCount: binCount) {
      entry.recent[target] = recent
    }
    if hasAges {
      if let ages = try row.decode("ages", as: [UInt8]?.self) {
        entry.settled[target].ages = try LabelAges(stored: ages, groupCount: groupCount)
      }
      if let ages = try row.decode("recent_ages", as: [UInt8]?.self) {
        entry.recent[target].ages = try LabelAges(stored: ages, groupCount: groupCount)
      }
    }
    entries[key] = entry
  }

  /// Applies an update and returns the buckets whose labels turned out to be other ones than were
  /// counted.
  mutating func apply(_ update: LabelUpdate) -> Set<TimeRange> {
    for key in entries.keys { entries[key]?.recent = empty }
    for (key, change) in update.changes {
      merge(change, into: \.settled, at: self.key(key, update.edges))
    }
    var corrected: Set<TimeRange> = []
    let known = entries
    for (number, why) in update.recountedBuckets {
      guard let bucket = TimeRange(from: update.edges[number], to: update.edges[number + 1]) else {
        continue
      }
      for key in entries.keys where key.bucket == bucket { entries[key]?.settled = empty }
      for (name, counts) in update.recounted where name.bucket == number {
        merge(counts, into: \.settled, at: self.key(name, update.edges))
      }
      let isSame = entries.filter { $0.key.bucket == bucket }.allSatisfy {
        $0.value.settled == known[$0.key]?.settled ?? empty
      }
      // Rows that have changed are a revision of their own.
      if !isSame, why == .outcomes { corrected.insert(bucket) }
    }
    for (key, change) in update.recent {
      merge(change, into: \.recent, at: self.key(key, update.edges))
    }
    return corrected
  }

  /// Buckets with a count below zero: something was taken back that had been counted as something
  /// else, because it was edited longer ago than is read again.
  var impossible: Set<TimeRange> {
    Set(
      entries.filter { _, entry in
        zip(entry.settled, entry.recent).contains { settled, recent in
          var sum = settled
          sum.merge(recent)
          return settled.hasNegative || sum.hasNegative
        }
      }.map(\.key.bucket)
    )
  }

  private func key(_ key: BucketKey, _ edges: [Instant]) -> Key {
    guard let bucket = TimeRange(from: edges[key.bucket], to: edges[key.bucket + 1]) else {
      preconditionFailure("edges ascend")
    }
    return Key(version: key.version, bucket: bucket)
  }

  private mutating func merge(
    _ counts: [LabelProfile],
    into part: WritableKeyPath<Entry, [LabelProfile]>,
    at key: Key
  ) {
    var entry = entries.removeValue(forKey: key) ?? Entry(settled: empty, recent: empty)
    for index in counts.indices { entry[keyPath: part][index].merge(counts[index]) }
    entries[key] = entry
  }

  /// Returns the rows for a binary COPY; segment levels without labels are left out.
  func rows(_ identifier: Int) -> CopyBatches<[UInt8]> {
    let sorted = entries.sorted {
      ($0.key.bucket.from, $0.key.version) < ($1.key.bucket.from, $1.key.version)
    }
    let rows = sorted.map { key, entry -> [UInt8] in
      var bytes: [UInt8] = []
      for (target, segment) in segments.enumerated() {
        let (settled, recent) = (entry.settled[target], entry.recent[target])
        guard !settled.isZero || !recent.isZero else { continue }
        var sum = settled
        sum.merge(recent)
        bytes += CopyRow.row([
          .int(identifier), .text(key.version), .text(segment ?? ""),
          .timestamp(key.bucket.from.microseconds), .timestamp(key.bucket.to.microseconds),
          .int(sum.labelled), .int(sum.positives), .int(sum.predictions), .int(sum[.open]),
          .bytes(CountCoding.encode(settled.values)),
          recent.isZero ? .null : .bytes(CountCoding.encode(recent.values)),
          .bytes(settled.ages.stored), recent.isZero ? .null : .bytes(recent.ages.stored),
        ])
      }
      return bytes
    }
    return CopyBatches(rows.filter { !$0.isEmpty }) { $0 }
  }

  /// The counts as they are known now.
  var buckets: [StoredBucket<LabelProfile>] {
    entries.flatMap { key, entry in
      segments.indices.compactMap { target -> StoredBucket<LabelProfile>? in
        var sum = entry.settled[target]
        sum.merge(entry.recent[target])
        if sum.isZero { return nil }
        return StoredBucket(
          version: key.version,
          segment: segments[target],
          bucket: key.bucket,
          counts: sum
        )
      }
    }
  }
}
