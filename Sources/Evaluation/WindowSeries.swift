// SPDX-License-Identifier: Apache-2.0
package import Profiles

/// All buckets of one version and segment in order of time, ready to be merged into windows.
package struct WindowSeries: Sendable {
  private var features: [(bucket: TimeRange, profile: FeatureProfile)] = []
  private var labels: [(bucket: TimeRange, profile: LabelProfile)] = []
  private var outcomes: [(bucket: TimeRange, profile: OutcomeProfile)] = []
  private let binning: Binning

  init(binning: Binning) { self.binning = binning }

  mutating func add(_ bucket: TimeRange, _ profile: FeatureProfile) {
    features.append((bucket, profile))
  }

  mutating func add(_ bucket: TimeRange, _ profile: LabelProfile) {
    labels.append((bucket, profile))
  }

  mutating func add(_ bucket: TimeRange, _ profile: OutcomeProfile) {
    outcomes.append((bucket, profile))
  }

  /// Puts the buckets in order of time, in which `newest` finds the last.
  mutating func sort() {
    features.sort { $0.bucket.from < $1.bucket.from }
    labels.sort { $0.bucket.from < $1.bucket.from }
  }

  /// Rows by the local day on which their bucket begins.
  func rowsByDay(_ calendar: ZonedCalendar) -> [Int: Int] {
    features.reduce(into: [:]) {
      $0[calendar.date(at: $1.bucket.from).dayNumber, default: 0] += $1.profile.rows
    }
  }

  /// Returns the merge of the buckets that a window is compared with.
  package func features(in slice: ReferenceSlice) -> FeatureProfile {
    var sum = FeatureProfile(binCount: binning.binCount)
    for (bucket, profile) in features where slice.contains(bucket) { sum.merge(profile) }
    return sum
  }

  /// The time of the newest bucket with rows.
  package var newest: Instant? { features.last { $0.profile.rows > 0 }?.bucket.from }

  /// Whether a bucket inside a range has rows.
  package func hasRows(in range: TimeRange) -> Bool {
    features.contains { range.contains($0.bucket) && $0.profile.rows > 0 }
  }

  /// Returns the buckets inside a range that have rows, in order of time.
  package func profiles(in range: TimeRange) -> [FeatureProfile] {
    features.filter { range.contains($0.bucket) && $0.profile.rows > 0 }.map(\.profile)
  }

  /// Returns the merge of the buckets inside a range.
  ///
  /// - Complexity: O(buckets · bins).
  package func features(in range: TimeRange) -> FeatureProfile {
    var sum = FeatureProfile(binCount: binning.binCount)
    for (bucket, profile) in features where range.contains(bucket) { sum.merge(profile) }
    return sum
  }

  /// Rows in a range.
  package func rows(in range: TimeRange) -> Int {
    features.reduce(0) { $0 + (range.contains($1.bucket) ? $1.profile.rows : 0) }
  }

  /// Returns what became of the predictions of a range; nil unless it is known of all of them.
  package func outcomes(in range: TimeRange, _ layout: GroupLayout) -> OutcomeProfile? {
    let mine = outcomes.filter { range.contains($0.bucket) }
    let wanted = labels.count { range.contains($0.bucket) && $0.profile.predictions > 0 }
    guard !mine.isEmpty, mine.count >= wanted else { return nil }
    return mine.reduce(into: OutcomeProfile(layout)) { $0.merge($1.profile) }
  }

  /// The buckets of a range with predictions.
  package func labelled(in range: TimeRange) -> Set<TimeRange> {
    Set(labels.filter { range.contains($0.bucket) && $0.profile.predictions > 0 }.map(\.bucket))
  }

  /// Returns what is known of the outcomes of the buckets inside a range, in order of time.
  package func labelBuckets(in range: TimeRange) -> [(bucket: TimeRange, profile: LabelProfile)] {
    labels.filter { range.contains($0.bucket) }.map { ($0.bucket, $0.profile) }
  }

  /// Returns the merge of what is known of the outcomes of a range.
  ///
  /// - Complexity: O(buckets · bins).
  package func labels(in range: TimeRange) -> LabelProfile {
    var sum = LabelProfile(binCount: binning.score.binCount)
    for (bucket, profile) in labels where range.contains(bucket) { sum.merge(profile) }
    return sum
  }
}

/// The series of all versions and segments of a model.
package struct ModelSeries: Sendable {
  /// A version with a segment, `column=level`, or nil for all rows.
  package struct Key: Sendable, Hashable {
    package let version: String
    package let segment: String?

    package init(version: String, segment: String?) {
      self.version = version
      self.segment = segment
    }
  }

  let binning: Binning
  package private(set) var series: [Key: WindowSeries] = [:]

  /// The series of stored buckets, in any order.
  ///
  /// - Complexity: O(buckets · log).
  package init(
    _ binning: Binning,
    features: [StoredBucket<FeatureProfile>],
    labels: [StoredBucket<LabelProfile>],
    outcomes: [StoredBucket<OutcomeProfile>]
  ) {
    self.binning = binning
    for row in features {
      let key = Key(version: row.version, segment: row.segment)
      series[key, default: WindowSeries(binning: binning)].add(row.bucket, row.counts)
    }
    for row in labels {
      let key = Key(version: row.version, segment: row.segment)
      series[key, default: WindowSeries(binning: binning)].add(row.bucket, row.counts)
    }
    for row in outcomes {
      let key = Key(version: row.version, segment: nil)
      series[key, default: WindowSeries(binning: binning)].add(row.bucket, row.counts)
    }
    for key in series.keys { series[key]?.sort() }
  }

  /// All versions, in order of name.
  package var versions: [String] { Set(series.keys.map(\.version)).sorted() }

  /// The segments of a version: all rows first, then the others by name.
  package func segments(of version: String) -> [String?] {
    series.keys.filter { $0.version == version }.map(\.segment)
      .sorted { ($0 ?? "") < ($1 ?? "") }
  }

  /// The versions with rows in a window; where there are none, the one that was active last.
  package func versions(in range: TimeRange) -> [String] {
    let active = versions.filter {
      series[Key(version: $0, segment: nil)]?.hasRows(in: range) ?? false
    }
    guard active.isEmpty else { return active }
    let last = versions.compactMap { version in
      series[Key(version: version, segment: nil)]?.newest.map { (version, $0) }
    }
    let before = last.filter { $0.1 < range.to }
    return (before.isEmpty ? last : before).max { $0.1 < $1.1 }.map { [$0.0] } ?? []
  }
}
