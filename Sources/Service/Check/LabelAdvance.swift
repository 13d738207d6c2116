// SPDX-License-Identifier: Apache-2.0
import Failpoints
import Profiles
import Scan
import Settings
import SourceTables
import Store

/// Reads labels by when they arrived, so that a day of outcomes costs a day of outcomes.
struct LabelAdvance: Sendable {
  private let context: CycleContext
  private let log: ModelLog

  /// How long an outcome may take from its time of arrival to being visible, at least: transactions
  /// commit later than the moment that they write.
  private static let overlap = FixedDuration(microseconds: 600_000_000)

  init(_ context: CycleContext, _ log: ModelLog) {
    self.context = context
    self.log = log
  }

  private var model: ModelSettings { context.model }
  private var bins: StoredBinning { log.bins }

  /// Reads what is new of the outcomes and stores it.
  ///
  /// - Parameter inspection: Receives what is wrong with the outcomes.
  /// - Returns: Nil; but for a check as of an earlier moment than the last one, which counts afresh
  ///   and stores nothing, the counts as of then.
  /// - Throws: `ConcurrentUpdate` where another run has counted them meanwhile.
  func run(_ inspection: inout InputInspection) async throws -> [StoredBucket<LabelProfile>]? {
    guard let outcomes = context.source.outcomes else { return nil }
    let closed = context.closed
    let isPast = bins.labelledAsOf.map { context.asOf < $0 } ?? false
    let until = isPast ? closed : max(closed, bins.labelledUntil ?? bins.keptFrom)
    // Rows are there however old; what is stored of them is not.
    let from = isPast ? bins.profiledFrom : bins.keptFrom
    guard let range = TimeRange(from: from, to: until), range.from < range.to else {
      return isPast ? [] : nil
    }
    if isPast { return try await countPast(range, &inspection) }
    let (update, corrected) = try await apply(edges: model.grid.edges(covering: range))
    context.reach(.labelsStored)
    inspection.addCorrections(corrected, outcomes.name)
    inspection.addLabels(totals([update.changes, update.recent, update.recountedIfNew]))
    return nil
  }

  /// Counts all labels as of an earlier moment.
  private func countPast(
    _ range: TimeRange,
    _ inspection: inout InputInspection
  ) async throws -> [StoredBucket<LabelProfile>] {
    let edges = model.grid.edges(covering: range)
    context.progress.begin(.countingOutcomes, "counting outcomes")
    let counts = try await log.reader.labels(
      range,
      edges: edges,
      asOf: context.asOf,
      bins.binning
    )
    context.progress.end()
    inspection.addLabels(totals([counts]))
    return bins.buckets(counts, edges: edges) { $0.predictions > 0 }
  }

  /// Reads an update and stores it; one that cannot be is read once more, with the buckets that
  /// refused it counted again.
  ///
  /// - Returns: The update, and how many buckets held other labels than were counted.
  private func apply(edges: [Instant]) async throws -> (update: LabelUpdate, corrected: Int) {
    let store = LabelStore(context.connection, bins, failpoints: context.runtime.failpoints)
    let work = Work(
      edges: edges,
      settled: max(
        context.asOf.advanced(by: -max(model.lateness, Self.overlap)),
        bins.settledAsOf ?? .distantPast
      ),
      due: try await store.dueBuckets(),
      known: try await store.arrivals(from: revisitFrom)
    )
    let update = try await read(work)
    context.reach(.labelsRead)
    do {
      return (update, try await store.apply(update))
    } catch let error as Impossible {
      var work = work
      work.refused = error.buckets
      let update = try await read(work)
      return (update, try await store.apply(update))
    }
  }
}

// MARK: Reading

extension LabelAdvance {
  /// What an update is read from.
  private struct Work: Sendable {
    /// The edges of all buckets that are kept.
    let edges: [Instant]
    /// Up to when outcomes have surely become visible.
    let settled: Instant
    /// Buckets whose rows have changed.
    let due: [(range: TimeRange, revision: Int)]
    /// The outcomes that were counted before.
    let known: [Arrival]
    /// Buckets that cannot hold what was read of them and are counted again.
    var refused: Set<TimeRange> = []
  }

  /// The arrivals that are compared again begin here.
  private var revisitFrom: Instant {
    guard let settled = bins.settledAsOf else { return .distantFuture }
    return model.grid.lastEdge(atOrBefore: settled.advanced(by: -model.revisit))
  }

  private func read(_ work: Work) async throws -> LabelUpdate {
    try await log.reader.atOneMoment { reader in try await update(work, reader) }
  }

  private func update(_ work: Work, _ reader: RowReader) async throws -> LabelUpdate {
    let (edges, settled) = (work.edges, work.settled)
    var update = LabelUpdate(edges: edges, settled: settled, asOf: context.asOf)
    let numbers = Dictionary(uniqueKeysWithValues: edges.enumerated().map { ($1, $0) })
    let counted = bins.labelledUntil.flatMap { numbers[$0] } ?? 0
    context.progress.begin(.sweepingOutcomes, "looking for changed outcomes")
    let reach = try await arrivals(work, reader, addingTo: &update)
    context.progress.end()
    context.progress.begin(.countingOutcomes, "counting outcomes")
    defer { context.progress.end() }
    for bucket in 0..<counted
    where context.options.isFullSweep
      || reach.contains(where: { $0.from < edges[bucket + 1] && edges[bucket] < $0.to })
    {
      update.recountedBuckets[bucket] = .outcomes
    }
    for range in work.refused {
      if let bucket = numbers[range.from] { update.recountedBuckets[bucket] = .outcomes }
    }
    for (range, revision) in work.due {
      if let bucket = numbers[range.from] {
        update.recountedBuckets[bucket] = .rows(revision: revision)
      }
    }
    for bucket in counted..<(edges.count - 1) where update.recountedBuckets[bucket] == nil {
      update.recountedBuckets[bucket] = .new
    }
    for range in Self.runs(update.recountedBuckets.keys.sorted(), edges) {
      update.recounted.merge(
        try await reader.labels(range, edges: edges, asOf: settled, bins.binning)
      ) { $1 }
    }
    if let before = bins.settledAsOf, counted > 0,
      let range = TimeRange(from: edges[0], to: edges[counted])
    {
      update.changes = try await reader.labelChanges(
        range,
        edges: edges,
        from: before,
        to: settled,
        bins.binning
      )
    }
    if let range = TimeRange(from: edges[0], to: edges[edges.count - 1]) {
      update.recent = try await reader.labelChanges(
        range,
        edges: edges,
        from: settled,
        to: context.asOf,
        bins.binning
      )
    }
    return update
  }

  /// Compares the outcomes that were counted with those that are there, and adds the new ones.
  ///
  /// - Returns: The times of the predictions whose labels may be other ones than were counted.
  private func arrivals(
    _ work: Work,
    _ reader: RowReader,
    addingTo update: inout LabelUpdate
  ) async throws -> [TimeRange] {
    let settled = work.settled
    let before = bins.settledAsOf
    let start =
      before.map { _ in revisitFrom }
      ?? model.grid.lastEdge(atOrBefore: settled.advanced(by: -model.revisit))
    guard let range = TimeRange(from: start, to: settled), range.from < range.to,
      let horizon = model.outcomes?.horizon
    else { return [] }
    let edges = model.grid.edges(covering: range)
    var old = Array(repeating: RowDigest.empty, count: edges.count - 1)
    if let before, let past = TimeRange(from: start, to: before), past.from < past.to {
      old = try await reader.outcomeDigests(past, edges: edges)
    }
    var new = Array(repeating: RowDigest.empty, count: edges.count - 1)
    if let fresh = TimeRange(from: before ?? start, to: settled), fresh.from < fresh.to {
      new = try await reader.outcomeDigests(fresh, edges: edges)
    }
    let counted = Dictionary(work.known.map { ($0.range.from, $0.digest) }) { first, _ in first }
    var reach: [TimeRange] = []
    for index in old.indices {
      let isChanged = counted[edges[index]].map { $0 != old[index] } ?? false
      let isNew = counted[edges[index]] == nil || new[index] != .empty
      if isChanged,
        let reached = TimeRange(
          from: edges[index].advanced(by: -horizon),
          to: min(edges[index + 1], settled)
        )
      {
        reach.append(reached)
      }
      if isChanged || isNew, let bucket = TimeRange(from: edges[index], to: edges[index + 1]) {
        update.arrivals.append(Arrival(range: bucket, digest: old[index] + new[index]))
      }
    }
    return reach
  }

  /// Numbers of buckets as ranges of time, neighbours together.
  private static func runs(_ numbers: [Int], _ edges: [Instant]) -> [TimeRange] {
    var runs: [ClosedRange<Int>] = []
    for number in numbers {
      if let last = runs.last, last.upperBound + 1 == number {
        runs[runs.count - 1] = last.lowerBound...number
      } else {
        runs.append(number...number)
      }
    }
    return runs.compactMap {
      TimeRange(from: edges[$0.lowerBound], to: edges[$0.upperBound + 1])
    }
  }

  /// The sum of all rows' counts.
  private func totals(_ counts: [LabelCounts]) -> LabelProfile {
    var sum = LabelProfile(binCount: bins.binning.score.binCount)
    for profile in counts.joined().compactMap(\.value.first) { sum.merge(profile) }
    return sum
  }
}

extension LabelUpdate {
  /// The counts of buckets that were not counted before.
  fileprivate var recountedIfNew: LabelCounts {
    recounted.filter { recountedBuckets[$0.key.bucket] == .new }
  }
}
