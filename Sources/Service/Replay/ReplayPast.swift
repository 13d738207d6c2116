// SPDX-License-Identifier: Apache-2.0
import Checks
import Evaluation
import Profiles
import Scan
import Settings
import SourceTables
import Store

/// The rows and labels of the past, revealed moment by moment.
struct ReplayPast {
  private let log: ModelLog
  private let buckets: [StoredBucket<FeatureProfile>]
  private let edges: [Instant]
  /// What is known of labels so far, as of which moment, and up to which bucket.
  private var counts: LabelCounts = [:]
  private var asOf: Instant?
  private var until = 0
  /// By version, the label age and what became of the predictions of buckets of that age.
  private var outcomes: [String: (age: FixedDuration, buckets: [StoredBucket<OutcomeProfile>])] =
    [:]
  private let features: [RowLayout.Column]
  /// Outcomes by the day of their arrival, of all moments; nil without outcomes.
  let arrivals: LabelArrivals?
  let inspection: InputInspection

  /// Profiles all rows up to the last moment that is asked about.
  init(_ log: ModelLog, until last: Instant) async throws {
    self.log = log
    let (source, bins, progress) = (log.source, log.bins, log.runtime.progress)
    let grid = source.model.grid
    let end = grid.lastEdge(atOrBefore: last.advanced(by: -source.model.lateness))
    var inspection = InputInspection()
    let columns = log.columns
    inspection.absences = columns.absences
    features = columns.usable
    self.inspection = inspection
    guard let range = TimeRange(from: bins.profiledFrom, to: end), range.from < range.to else {
      (edges, buckets, arrivals) = ([], [], nil)
      return
    }
    arrivals =
      source.outcomes == nil
      ? nil
      : try await log.reader.labelArrivals(TimeRange(from: range.from, to: last) ?? range)
    edges = grid.edges(covering: range)
    progress.begin(
      .profiling,
      "profiling \(source.predictions.name)",
      expectedRows: Int(source.predictions.estimatedRows)
    )
    let scanned = try await log.reader.profiles(
      range,
      edges: edges,
      layout: source.layout(
        features: columns.usable,
        segments: source.model.segments
      ),
      bins.binning,
      isWhole: true
    )
    progress.end()
    buckets = bins.buckets(scanned.profiles, edges: edges) { $0.rows > 0 }
  }

  /// The features of buckets that end by then.
  func features(until closed: Instant) -> [StoredBucket<FeatureProfile>] {
    buckets.filter { $0.bucket.to <= closed }
  }

  /// What was known of labels at a moment; moments must ascend.
  mutating func labels(asOf moment: Instant) async throws -> [StoredBucket<LabelProfile>] {
    guard let first = edges.first, log.source.outcomes != nil else { return [] }
    let closed = EvaluationPlan(log.source.model).closed(asOf: moment)
    let end = edges.lastIndex { $0 <= closed } ?? 0
    if let asOf, until > 0, let range = TimeRange(from: first, to: edges[until]) {
      let changes = try await log.reader.labelChanges(
        range,
        edges: edges,
        from: asOf,
        to: moment,
        log.bins.binning
      )
      for (key, change) in changes { merge(change, at: key) }
    }
    if end > until, let range = TimeRange(from: edges[until], to: edges[end]) {
      let new = try await log.reader.labels(range, edges: edges, asOf: moment, log.bins.binning)
      for (key, profiles) in new { merge(profiles, at: key) }
    }
    (asOf, until) = (moment, max(until, end))
    return log.bins.buckets(counts, edges: edges) { $0.predictions > 0 }
  }

  /// What became of predictions whose labels had come of age at a moment; moments must ascend.
  ///
  /// Each bucket is read once: what was known by a label age does not change, but for corrections.
  mutating func outcomes(
    asOf moment: Instant,
    _ decays: [String: VersionDecay]
  ) async throws -> [StoredBucket<OutcomeProfile>] {
    for (version, decay) in decays {
      guard let age = decay.labelAge else { continue }
      if outcomes[version]?.age != age { outcomes[version] = (age, []) }
      let known = Set(outcomes[version]?.buckets.map(\.bucket) ?? [])
      let due = decay.outcomeRevisions.map(\.range).filter { !known.contains($0) }
      for range in due.joined {
        let inside = edges.filter { range.from <= $0 && $0 <= range.to }
        let found = try await log.reader.outcomes(
          range,
          edges: inside,
          asOf: moment,
          labelAge: age,
          features: features,
          log.bins.binning
        )
        for bucket in due where range.contains(bucket) {
          let number = inside.firstIndex(of: bucket.from) ?? 0
          let key = BucketKey(version: version, bucket: number)
          outcomes[version]?.buckets.append(
            StoredBucket(
              version: version,
              segment: nil,
              bucket: bucket,
              counts: found[key] ?? OutcomeProfile(GroupLayout(log.bins.binning))
            )
          )
        }
      }
    }
    return outcomes.values.flatMap(\.buckets)
  }

  private mutating func merge(_ change: [LabelProfile], at key: BucketKey) {
    guard var profiles = counts.removeValue(forKey: key) else {
      counts[key] = change
      return
    }
    for index in change.indices { profiles[index].merge(change[index]) }
    counts[key] = profiles
  }
}
