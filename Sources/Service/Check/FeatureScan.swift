// SPDX-License-Identifier: Apache-2.0
import Profiles
import Scan
import Settings
import SourceTables
import Store

/// One scan of a model's rows at one moment, which stores nothing.
///
/// Closed buckets are compared with their rows; new ones, and those whose rows have changed, are
/// profiled.
struct FeatureScan: Sendable {
  private let context: CycleContext
  private let bins: StoredBinning
  /// The edges of all buckets that are kept.
  let edges: [Instant]
  /// The columns that digests cover.
  let covered: CoveredColumns
  /// Whose rows are compared with what was counted; nil for none.
  private let swept: TimeRange?
  /// The closed buckets in it.
  private let states: [BucketState]
  private let layout: RowLayout

  /// What the rows showed.
  struct Found: Sendable {
    /// The profiles of new buckets.
    var closed = ScannedRows(profiles: [:], rowsWithoutObject: 0)
    var digests: [Instant: RowDigest] = [:]
    /// What became of closed buckets.
    var revisions: [BucketRevision] = []
    /// Rows that repeat an earlier id.
    var repeats = 0
  }

  /// Prepares a scan; nil where no bucket is kept.
  init?(
    _ context: CycleContext,
    bins: StoredBinning,
    columns: ColumnMatch,
    until closed: Instant
  ) async throws {
    let (model, source) = (context.model, context.source)
    guard let all = TimeRange(from: bins.keptFrom, to: closed), all.from < all.to else {
      return nil
    }
    let revisitFrom =
      context.options.isFullSweep
      ? all.from
      : max(all.from, model.grid.lastEdge(atOrBefore: closed.advanced(by: -model.revisit)))
    let past = TimeRange(from: min(revisitFrom, bins.profiledUntil), to: bins.profiledUntil)
    self.context = context
    self.bins = bins
    edges = model.grid.edges(covering: all)
    swept = TimeRange(from: revisitFrom, to: closed)
    states = try await ProfileStore(context.connection, bins).buckets(past ?? all)
    covered = CoveredColumns(columns, source)
    layout = source.layout(features: columns.usable, segments: model.segments)
  }

  /// Compares the rows of closed buckets that are swept, and profiles those of new ones.
  func run(_ reader: RowReader) async throws -> Found {
    var reader = reader
    var found = Found()
    if let range = swept, range.from < range.to {
      found = try await sweep(range, with: &reader)
    }
    if let new = TimeRange(from: bins.profiledUntil, to: edges.last ?? bins.profiledUntil),
      new.from < new.to
    {
      let isWhole = bins.profiledFrom == bins.profiledUntil
      context.progress.begin(
        .profiling,
        "profiling \(context.source.predictions.name)",
        expectedRows: isWhole ? Int(context.source.predictions.estimatedRows) : 0
      )
      defer { context.progress.end() }
      found.closed = try await reader.profiles(
        new,
        edges: edges.filter { $0 >= new.from },
        layout: layout,
        bins.binning,
        isWhole: isWhole
      )
    }
    return found
  }

  /// Finds closed buckets whose rows have changed, and profiles them again.
  private func sweep(
    _ range: TimeRange,
    with reader: inout RowReader
  ) async throws -> Found {
    var found = Found()
    context.progress.begin(
      .sweepingRows,
      "looking for changed rows in \(context.source.predictions.name)"
    )
    defer { context.progress.end() }
    found.digests = try await digests(of: range, reader)
    var changed = changed(found.digests)
    if !reader.dropsRepeats {
      for range in changed.map(\.range).joined {
        found.repeats += try await reader.repeats(range)
      }
      if found.repeats > 0 {
        reader.dropsRepeats = true
        found.digests = try await digests(of: range, reader)
        changed = self.changed(found.digests)
      }
    }
    found.revisions = try await revisions(of: changed, reader, digests: found.digests)
    return found
  }

  private func digests(
    of range: TimeRange,
    _ reader: RowReader
  ) async throws -> [Instant: RowDigest] {
    let inside = edges.filter { range.from <= $0 && $0 <= range.to }
    let digests = try await reader.rowDigests(range, edges: inside, columns: covered.names)
    return Dictionary(uniqueKeysWithValues: zip(inside, digests))
  }

  /// The buckets whose rows are not known to be those that they were made of.
  ///
  /// Where the columns have changed a digest says nothing; the number of rows still does.
  private func changed(_ digests: [Instant: RowDigest]) -> [BucketState] {
    states.filter { state in
      guard let known = state.digest, let now = digests[state.range.from] else { return true }
      return state.columns == covered.hash ? known != now : true
    }
  }

  /// Profiles changed buckets again and says what became of each.
  private func revisions(
    of changed: [BucketState],
    _ reader: RowReader,
    digests: [Instant: RowDigest]
  ) async throws -> [BucketRevision] {
    // A digest that covers other columns cannot be compared: the rows are the same as far as can be
    // known, and what was counted of columns that are gone is kept.
    let suspects = changed.filter {
      $0.digest?.rows != digests[$0.range.from]?.rows || $0.columns == covered.hash
    }
    var scannedBuckets: [Instant: [BucketKey: [FeatureProfile]]] = [:]
    var known: [Instant: [BucketKey: [FeatureProfile]]] = [:]
    for range in suspects.map(\.range).joined {
      let scanned = try await reader.profiles(
        range,
        edges: edges,
        layout: layout,
        bins.binning,
        isWhole: false
      )
      for (key, profiles) in scanned.profiles {
        scannedBuckets[edges[key.bucket], default: [:]][key] = profiles
      }
      known.merge(try await counted(range)) { $1 }
    }
    let rescanned = Set(suspects.map(\.range.from))
    return changed.map { state in
      let start = state.range.from
      let isRescanned = rescanned.contains(start)
      let profiles = scannedBuckets[start] ?? [:]
      let isSame = !isRescanned || profiles == known[start] ?? [:]
      return BucketRevision(
        state: state,
        digest: digests[start] ?? .empty,
        profiles: isSame ? nil : profiles,
        isLabelDue: !isSame || isRescanned && state.digest != nil
      )
    }
  }

  /// The stored profiles of a range, by bucket, in the form in which scans give them.
  private func counted(
    _ range: TimeRange
  ) async throws -> [Instant: [BucketKey: [FeatureProfile]]] {
    let numbers = Dictionary(uniqueKeysWithValues: edges.enumerated().map { ($1, $0) })
    let targets = Dictionary(
      bins.segments.enumerated().map { ($1 ?? "", $0) },
      uniquingKeysWith: { first, _ in first }
    )
    let empty = Array(
      repeating: FeatureProfile(binCount: bins.binning.binCount),
      count: bins.segments.count
    )
    var known: [Instant: [BucketKey: [FeatureProfile]]] = [:]
    for row in try await ProfileStore(context.connection, bins).featureBuckets(range) {
      guard let number = numbers[row.bucket.from], let target = targets[row.segment ?? ""] else {
        continue
      }
      let key = BucketKey(version: row.version, bucket: number)
      known[row.bucket.from, default: [:]][key, default: empty][target] = row.counts
    }
    return known
  }
}
