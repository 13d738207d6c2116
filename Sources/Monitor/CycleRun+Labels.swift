// SPDX-License-Identifier: Apache-2.0
import Profiles
import Scan
import Settings
import Store
import YAMLSource

/// How a cycle reads labels: by when they arrived, so that a day of outcomes costs a day of outcomes.
extension CycleRun {
  /// How long an outcome may take from its time of arrival to being visible, at least: transactions
  /// commit later than the moment that they write.
  private static let overlap = FixedDuration(microseconds: 600_000_000)

  /// Reads what is new of the outcomes and stores it.
  ///
  /// - Returns: Nil; but for a cycle as of an earlier moment than the last one, which counts afresh and
  ///   stores nothing, the counts as of then.
  func readLabels(
    _ stored: StoredBinning,
    until closed: Instant,
    _ inspection: inout InputInspection
  ) async throws -> [StoredBucket<LabelProfile>]? {
    guard source.outcomes != nil else { return nil }
    let store = LabelStore(connection, stored)
    let isPast = stored.labelledAsOf.map { asOf < $0 } ?? false
    let until = isPast ? closed : max(closed, stored.labelledUntil ?? stored.keptFrom)
    // Rows are there however old; what is stored of them is not.
    let from = isPast ? stored.profiledFrom : stored.keptFrom
    guard let range = TimeRange(from: from, to: until), range.from < range.to else {
      return isPast ? [] : nil
    }
    let edges = model.grid.edges(covering: range)
    if isPast {
      monitor.progress.begin("counting outcomes")
      let counts = try await reader.labels(range, edges: edges, asOf: asOf, stored.binning)
      monitor.progress.end()
      inspection.noteLabels(Self.totals([counts], stored))
      return stored.buckets(counts, edges: edges) { $0.predictions > 0 }
    }
    let due = try await store.dueBuckets()
    let settled = max(
      asOf.advanced(by: -max(model.lateness, Self.overlap)),
      stored.settledAsOf ?? .distantPast
    )
    let known = try await store.arrivals(from: revisitFrom(stored))
    @Sendable func read(anew buckets: Set<TimeRange>) async throws -> LabelUpdate {
      try await reader.atOneMoment { [self] reader in
        try await self.update(
          stored,
          reader,
          edges,
          settled: settled,
          due: due,
          anew: buckets,
          known: known
        )
      }
    }
    var update = try await read(anew: [])
    FaultPoint.reach(.labelsRead)
    let corrected: Int
    do {
      corrected = try await store.apply(update)
    } catch let error as Impossible {
      update = try await read(anew: error.buckets)
      corrected = try await store.apply(update)
    }
    FaultPoint.reach(.labelsStored)
    inspection.noteCorrections(corrected, source.outcomes?.name ?? "")
    inspection.noteLabels(
      Self.totals([update.changes, update.recent, update.recountedIfNew], stored)
    )
    return nil
  }

  /// The arrivals that are looked at again begin here.
  private func revisitFrom(_ stored: StoredBinning) -> Instant {
    guard let settled = stored.settledAsOf else { return .distantFuture }
    return model.grid.lastEdge(atOrBefore: settled.advanced(by: -model.revisit))
  }

  private func update(
    _ stored: StoredBinning,
    _ reader: RowReader,
    _ edges: [Instant],
    settled: Instant,
    due: [(range: TimeRange, revision: Int)],
    anew: Set<TimeRange>,
    known: [Arrival]
  ) async throws -> LabelUpdate {
    var update = LabelUpdate(edges: edges, settled: settled, asOf: asOf)
    let numbers = Dictionary(uniqueKeysWithValues: edges.enumerated().map { ($1, $0) })
    let counted = stored.labelledUntil.flatMap { numbers[$0] } ?? 0
    monitor.progress.begin("looking for changed outcomes")
    let reach = try await arrivals(stored, reader, known, &update)
    monitor.progress.end()
    monitor.progress.begin("counting outcomes")
    defer { monitor.progress.end() }
    for bucket in 0..<counted
    where isFullSweep
      || reach.contains(where: { $0.from < edges[bucket + 1] && edges[bucket] < $0.to })
    {
      update.recountedBuckets[bucket] = .outcomes
    }
    for range in anew {
      if let bucket = numbers[range.from] { update.recountedBuckets[bucket] = .outcomes }
    }
    for (range, revision) in due {
      if let bucket = numbers[range.from] {
        update.recountedBuckets[bucket] = .rows(revision: revision)
      }
    }
    for bucket in counted..<(edges.count - 1) where update.recountedBuckets[bucket] == nil {
      update.recountedBuckets[bucket] = .new
    }
    for range in Self.runs(update.recountedBuckets.keys.sorted(), edges) {
      update.recounted.merge(
        try await reader.labels(range, edges: edges, asOf: settled, stored.binning)
      ) { $1 }
    }
    if let before = stored.settledAsOf, counted > 0,
      let range = TimeRange(from: edges[0], to: edges[counted])
    {
      update.changes = try await reader.labelChanges(
        range,
        edges: edges,
        from: before,
        to: settled,
        stored.binning
      )
    }
    if let range = TimeRange(from: edges[0], to: edges[edges.count - 1]) {
      update.recent = try await reader.labelChanges(
        range,
        edges: edges,
        from: settled,
        to: asOf,
        stored.binning
      )
    }
    return update
  }

  /// Compares the outcomes that were counted with those that are there, and notes the new ones.
  ///
  /// - Returns: The times of the predictions whose labels may be other ones than were counted.
  private func arrivals(
    _ stored: StoredBinning,
    _ reader: RowReader,
    _ known: [Arrival],
    _ update: inout LabelUpdate
  ) async throws -> [TimeRange] {
    let settled = update.settled
    let before = stored.settledAsOf
    let start =
      before.map { _ in revisitFrom(stored) }
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
    let counted = Dictionary(known.map { ($0.range.from, $0.digest) }) { first, _ in first }
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
  private static func totals(_ counts: [LabelCounts], _ stored: StoredBinning) -> LabelProfile {
    var sum = LabelProfile(cellCount: stored.binning.score.cellCount)
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
