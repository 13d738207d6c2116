// SPDX-License-Identifier: Apache-2.0
package import Profiles
package import Retraining

/// Which versions were active when, and whose labels are final: what decides which windows are
/// evaluated.
package struct ActivityIndex: Sendable {
  private let buckets: [BucketActivity]

  /// An index of buckets.
  ///
  /// - Parameter buckets: In order of time, several versions mixed.
  package init(_ buckets: [BucketActivity]) { self.buckets = buckets }

  /// The activity of counts in memory.
  ///
  /// - Parameters:
  ///   - features: In any order; segments are left out.
  ///   - labels: What is known of the same buckets; a bucket without labels has no predictions.
  /// - Complexity: O(buckets · log).
  package init(features: [StoredBucket<FeatureProfile>], labels: [StoredBucket<LabelProfile>]) {
    struct Key: Hashable {
      let version: String
      let bucket: TimeRange
    }
    let known = Dictionary(
      labels.filter { $0.segment == nil }.map { (Key(version: $0.version, bucket: $0.bucket), $0) },
      uniquingKeysWith: { first, _ in first }
    )
    buckets = features.filter { $0.segment == nil }.map { row in
      let counts = known[Key(version: row.version, bucket: row.bucket)]?.counts
      return BucketActivity(
        version: row.version,
        bucket: row.bucket,
        rows: row.counts.rows,
        predictions: counts?.predictions ?? 0,
        open: counts?[.open] ?? 0
      )
    }.sorted { $0.bucket.from < $1.bucket.from }
  }

  /// The end of the newest bucket with rows; nil where there are none.
  package var end: Instant? { buckets.last { $0.rows > 0 }?.bucket.to }

  /// When each version's first bucket with rows began.
  package var starts: [String: Instant] {
    var starts: [String: Instant] = [:]
    for bucket in buckets where bucket.rows > 0 {
      starts[bucket.version] = min(starts[bucket.version] ?? bucket.bucket.from, bucket.bucket.from)
    }
    return starts
  }

  /// When each version scored.
  package var log: [VersionActivity] {
    var ends: [String: Instant] = [:]
    for bucket in buckets where bucket.rows > 0 {
      ends[bucket.version] = max(ends[bucket.version] ?? bucket.bucket.to, bucket.bucket.to)
    }
    return starts.map { VersionActivity($0.key, first: $0.value, last: ends[$0.key] ?? $0.value) }
  }

  /// Whether a version has rows in a bucket inside a range.
  package func hasRows(_ version: String, in range: TimeRange) -> Bool {
    buckets.contains { $0.version == version && $0.rows > 0 && range.contains($0.bucket) }
  }

  /// Rows of each version by the local day on which their bucket begins.
  func rowsByDay(_ calendar: ZonedCalendar) -> [String: [Int: Int]] {
    buckets.reduce(into: [:]) { days, bucket in
      days[bucket.version, default: [:]][
        calendar.date(at: bucket.bucket.from).dayNumber,
        default: 0
      ] += bucket.rows
    }
  }

  /// All versions, in order of name.
  package var versions: [String] { Set(buckets.map(\.version)).sorted() }

  /// The versions with rows in a window; where there are none, the one that was active last.
  ///
  /// - Returns: In order of name; empty where nothing was ever scored.
  /// - Complexity: O(buckets).
  package func versions(in range: TimeRange) -> [String] {
    let busy = buckets.filter { $0.rows > 0 }
    let active = Set(busy.filter { range.contains($0.bucket) }.map(\.version))
    if !active.isEmpty { return active.sorted() }
    let last = busy.last { $0.bucket.from < range.to } ?? busy.last
    return last.map { [$0.version] } ?? []
  }

  /// A version that still scores though a newer one has taken over, with its share of a window's
  /// predictions and the newer version; nil where there is none.
  ///
  /// A version has taken over when it began later, at least 28 days before the window's end, and
  /// makes four predictions in five.
  package func lingering(in range: TimeRange) -> (old: String, share: Double, new: String)? {
    var rows: [String: Int] = [:]
    let starts = starts
    for bucket in buckets where bucket.rows > 0 {
      if range.contains(bucket.bucket) { rows[bucket.version, default: 0] += bucket.rows }
    }
    let total = rows.values.reduce(0, +)
    guard let new = rows.max(by: { ($0.value, $0.key) < ($1.value, $1.key) }),
      new.value * 5 >= total * 4, let start = starts[new.key],
      start <= range.to.advanced(by: -FixedDuration(days: 28)),
      let old = rows.keys.filter({ $0 != new.key && (starts[$0] ?? start) < start }).min(),
      let count = rows[old]
    else { return nil }
    return (old, Double(count) / Double(total), new.key)
  }

  /// The versions with rows in a window, and those of which no successor has begun since their last
  /// rows: what no other has replaced may only have lost its feed.
  package func versionsInUse(in range: TimeRange) -> Set<String> {
    let starts = starts
    let used = Set(versions(in: range))
    return used.union(
      versions.filter { version in
        guard let last = buckets.last(where: { $0.version == version && $0.rows > 0 }) else {
          return false
        }
        return !used.contains { (starts[$0] ?? .distantPast) >= last.bucket.from }
      }
    )
  }

  /// Labels that are final, of predictions since a moment; of several versions those of the one
  /// that has most, since they may have scored the same customers.
  package func finalLabels(since moment: Instant) -> Int {
    var labels: [String: Int] = [:]
    for bucket in buckets where moment <= bucket.bucket.from {
      labels[bucket.version, default: 0] += bucket.predictions - bucket.open
    }
    return labels.values.max() ?? 0
  }

  /// Whether a window has predictions and no label of them can still come.
  package func isMature(_ range: TimeRange, _ version: String) -> Bool {
    var predictions = 0
    for bucket in buckets where bucket.version == version && range.contains(bucket.bucket) {
      if bucket.open > 0 { return false }
      predictions += bucket.predictions
    }
    return predictions > 0
  }
}
