// SPDX-License-Identifier: Apache-2.0
import Profiles
import Scan
import Settings
import Store
import YAMLSource

/// How a cycle reads features: new buckets once, closed ones only where their rows have changed.
extension CycleRun {
  /// Rows of a table that are profiled in one go; a longer history is stored part by part, so that
  /// an interruption costs one part.
  private static let rowsInOneGo = 16_000_000.0

  /// What one look at the rows showed.
  private struct Look: Sendable {
    var closed: ScannedRows
    var digests: [Instant: RowDigest]
    var revisions: [BucketRevision]
    var repeats: Int
  }

  /// Profiles the buckets that have closed since the last cycle, and anew those whose rows have
  /// changed since they were profiled, and stores them.
  ///
  /// - Returns: The cells with their marks as they are now.
  mutating func readFeatures(
    _ stored: StoredBinning,
    until closed: Instant,
    _ inspection: inout InputInspection
  ) async throws -> StoredBinning {
    let columns = ColumnMatch(stored.binning, source)
    columns.faults.forEach { inspection.add($0) }
    inspection.absences = columns.absences
    guard closed >= stored.profiledUntil, asOf >= stored.labelledAsOf ?? asOf else { return stored }
    for end in partEnds(stored, until: closed) {
      let current = try await ModelStore(connection).binning(of: model.name.value) ?? stored
      guard current.identifier == stored.identifier, end >= current.profiledUntil else {
        throw Overtaken()
      }
      try await readPart(current, until: end, columns, &inspection)
    }
    return try await ModelStore(connection).binning(of: model.name.value) ?? stored
  }

  /// The ends of the parts in which new buckets are profiled; one, unless the history is long and
  /// an index leads to its parts.
  private func partEnds(_ stored: StoredBinning, until closed: Instant) -> [Instant] {
    guard stored.profiledFrom == stored.profiledUntil,
      source.predictions.indexed.contains(model.predictions.time.value),
      let range = TimeRange(from: stored.profiledUntil, to: closed)
    else { return [closed] }
    let edges = model.grid.edges(covering: range).dropFirst()
    let parts = Int((source.predictions.estimatedRows / Self.rowsInOneGo).rounded(.up))
    guard parts > 1, edges.count > parts else { return [closed] }
    return (1...parts).map { edges[edges.startIndex + edges.count * $0 / parts - 1] }
  }

  private mutating func readPart(
    _ stored: StoredBinning,
    until closed: Instant,
    _ columns: ColumnMatch,
    _ inspection: inout InputInspection
  ) async throws {
    let covered = columns.digested(source)
    let columnsHash = Int(truncatingIfNeeded: ByteHash.of(covered.joined(separator: "\n"))) & .max
    let store = ProfileStore(connection, stored)
    guard let all = TimeRange(from: stored.keptFrom, to: closed), all.from < all.to else {
      return
    }
    let edges = model.grid.edges(covering: all)
    let revisitFrom =
      isFullSweep
      ? all.from
      : max(all.from, model.grid.lastEdge(atOrBefore: closed.advanced(by: -model.revisit)))
    let past = TimeRange(from: min(revisitFrom, stored.profiledUntil), to: stored.profiledUntil)
    let states = try await store.buckets(past ?? all)
    let look = try await reader.atOneMoment { [self] reader in
      FaultPoint.reach(.reading)
      return try await self.look(
        stored,
        reader,
        edges,
        TimeRange(from: revisitFrom, to: closed),
        states,
        covered,
        columnsHash,
        columns.usable
      )
    }
    if look.repeats > 0 {
      inspection.noteRepeats(look.repeats, source.predictions.name)
      reader.dropsRepeats = true
      try await ModelStore(connection).noteRepeats(stored)
    }
    inspection.rowsRead += look.closed.rows
    inspection.noteScores(look.closed, stored.binning)
    inspection.noteRevisions(look.revisions, source.predictions.name)
    if look.closed.rowsWithoutObject > 0 {
      inspection.add(
        InputFault(
          kind: "no_json_object",
          subject: source.predictions.name,
          rows: look.closed.rowsWithoutObject,
          message: "rows hold something else than an object in the features column; their features "
            + "count as missing"
        )
      )
    }
    FaultPoint.reach(.profilesRead)
    try await store.revise(look.revisions, edges: edges, columns: columnsHash, asOf: asOf)
    FaultPoint.reach(.revisionsStored)
    if stored.profiledUntil < closed {
      try await store.close(
        look.closed.profiles,
        edges: edges.filter { $0 >= stored.profiledUntil },
        from: stored.profiledUntil,
        digests: look.digests,
        columns: columnsHash
      )
    }
    FaultPoint.reach(.profilesStored)
  }

  /// Looks at the rows of closed buckets that are revisited, and at those of new ones.
  private func look(
    _ stored: StoredBinning,
    _ reader: RowReader,
    _ edges: [Instant],
    _ range: TimeRange?,
    _ states: [BucketState],
    _ covered: [String],
    _ columnsHash: Int,
    _ usable: [RowLayout.Column]
  ) async throws -> Look {
    var reader = reader
    var look = Look(
      closed: ScannedRows(profiles: [:], rowsWithoutObject: 0),
      digests: [:],
      revisions: [],
      repeats: 0
    )
    let layout = source.layout(features: usable, segments: model.segments.map(\.value))
    if let range, range.from < range.to {
      monitor.progress.begin("looking for changed rows in \(source.predictions.name)")
      look.digests = try await digests(reader, range, edges, covered)
      var changed = self.changed(states, look.digests, columnsHash)
      if !reader.dropsRepeats {
        for range in changed.map(\.range).joined {
          look.repeats += try await reader.repeats(range)
        }
        if look.repeats > 0 {
          reader.dropsRepeats = true
          look.digests = try await digests(reader, range, edges, covered)
          changed = self.changed(states, look.digests, columnsHash)
        }
      }
      look.revisions = try await revisions(
        stored,
        reader,
        changed,
        look.digests,
        edges,
        columnsHash,
        layout
      )
      monitor.progress.end()
    }
    if let new = TimeRange(from: stored.profiledUntil, to: edges.last ?? stored.profiledUntil),
      new.from < new.to
    {
      let isWhole = stored.profiledFrom == stored.profiledUntil
      monitor.progress.begin(
        "profiling \(source.predictions.name)",
        expectedRows: isWhole ? Int(source.predictions.estimatedRows) : 0
      )
      look.closed = try await reader.profiles(
        new,
        edges: edges.filter { $0 >= new.from },
        layout,
        stored.binning,
        isWhole: isWhole
      )
      monitor.progress.end()
    }
    return look
  }

  private func digests(
    _ reader: RowReader,
    _ range: TimeRange,
    _ edges: [Instant],
    _ covered: [String]
  ) async throws -> [Instant: RowDigest] {
    let inside = edges.filter { range.from <= $0 && $0 <= range.to }
    let digests = try await reader.rowDigests(range, edges: inside, columns: covered)
    return Dictionary(uniqueKeysWithValues: zip(inside, digests))
  }

  /// The buckets whose rows are not known to be those that they were made of.
  ///
  /// Where the columns have changed a digest says nothing; the number of rows still does.
  private func changed(
    _ states: [BucketState],
    _ digests: [Instant: RowDigest],
    _ columns: Int
  ) -> [BucketState] {
    states.filter { state in
      guard let known = state.digest, let now = digests[state.range.from] else { return true }
      return state.columns == columns ? known != now : true
    }
  }

  /// Profiles changed buckets anew and says what became of each.
  private func revisions(
    _ stored: StoredBinning,
    _ reader: RowReader,
    _ changed: [BucketState],
    _ digests: [Instant: RowDigest],
    _ edges: [Instant],
    _ columnsHash: Int,
    _ layout: RowLayout
  ) async throws -> [BucketRevision] {
    let store = ProfileStore(connection, stored)
    var found: [Instant: [BucketKey: [FeatureProfile]]] = [:]
    var known: [Instant: [BucketKey: [FeatureProfile]]] = [:]
    let numbers = Dictionary(uniqueKeysWithValues: edges.enumerated().map { ($1, $0) })
    let targets = Dictionary(
      stored.segments.enumerated().map { ($1 ?? "", $0) },
      uniquingKeysWith: { first, _ in first }
    )
    let empty = Array(
      repeating: FeatureProfile(cellCount: stored.binning.cellCount),
      count: stored.segments.count
    )
    // A digest that covers other columns cannot be compared: the rows are the same as far as can be
    // told, and what was counted of columns that are gone is kept.
    let suspects = changed.filter {
      $0.digest?.rows != digests[$0.range.from]?.rows || $0.columns == columnsHash
    }
    for range in suspects.map(\.range).joined {
      let scanned = try await reader.profiles(
        range,
        edges: edges,
        layout,
        stored.binning,
        isWhole: false
      )
      for (key, profiles) in scanned.profiles {
        found[edges[key.bucket], default: [:]][key] = profiles
      }
      for row in try await store.featureBuckets(range) {
        guard let number = numbers[row.bucket.from], let target = targets[row.segment ?? ""] else {
          continue
        }
        let key = BucketKey(version: row.version, bucket: number)
        known[row.bucket.from, default: [:]][key, default: empty][target] = row.counts
      }
    }
    let rescanned = Set(suspects.map(\.range.from))
    return changed.map { state in
      let start = state.range.from
      let isRescanned = rescanned.contains(start)
      let profiles = found[start] ?? [:]
      let isSame = !isRescanned || profiles == known[start] ?? [:]
      return BucketRevision(
        state: state,
        digest: digests[start] ?? .empty,
        profiles: isSame ? nil : profiles,
        isLabelDue: !isSame || isRescanned && state.digest != nil
      )
    }
  }
}

extension ColumnMatch {
  /// The columns on which a profile or a label depends, in order of name.
  func digested(_ source: Source) -> [String] {
    let model = source.model
    var names = Set([
      model.predictions.id.value, model.predictions.time.value, model.predictions.score.value,
    ])
    if case .column(let version) = model.predictions.version { names.insert(version.value) }
    if let entity = model.predictions.entity { names.insert(entity.value) }
    if case .column(let decision) = model.decision { names.insert(decision.value) }
    names.formUnion(model.segments.map(\.value))
    if case .json(let column) = model.features { names.insert(column.value) }
    names.formUnion(usable.map(\.name))
    return names.sorted()
  }
}
