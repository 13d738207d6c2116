// SPDX-License-Identifier: Apache-2.0
import Checks
import Failpoints
import Profiles
import Scan
import Settings
import SourceTables
import Store

/// Reads features: new buckets once, closed ones again only where their rows have changed.
struct FeatureAdvance: Sendable {
  private let context: CycleContext
  /// The reader and the watermarks change as parts are read.
  private var log: ModelLog

  /// Rows of a table that are profiled in one go; a longer history is stored part by part, so that
  /// an interruption costs one part.
  private static let rowsInOneGo = 16_000_000.0

  init(_ context: CycleContext, _ log: ModelLog) {
    self.context = context
    self.log = log
  }

  private var model: ModelSettings { context.model }
  private var source: Source { context.source }

  /// Profiles the buckets that have closed since the last check, and again those whose rows have
  /// changed since they were profiled, and stores them.
  ///
  /// - Parameter inspection: Receives what is wrong with the rows.
  /// - Returns: The log with its reader and watermarks as they are now.
  /// - Throws: `ConcurrentUpdate` where another run has changed them meanwhile.
  mutating func run(_ inspection: inout InputInspection) async throws -> ModelLog {
    let closed = context.closed
    let columns = log.columns
    columns.issues.forEach { inspection.add($0) }
    inspection.absences = columns.absences
    let bins = log.bins
    guard closed >= bins.profiledUntil, context.asOf >= bins.labelledAsOf ?? context.asOf else {
      return log
    }
    for end in partEnds(until: closed) {
      log.bins = try await newestBins()
      guard log.bins.identifier == bins.identifier, end >= log.bins.profiledUntil else {
        throw ConcurrentUpdate()
      }
      try await readPart(until: end, columns, &inspection)
    }
    log.bins = try await newestBins()
    return log
  }

  private func newestBins() async throws -> StoredBinning {
    try await ModelStore(context.connection).binning(of: model.name) ?? log.bins
  }

  /// The ends of the parts in which new buckets are profiled; one, unless the history is long and
  /// an index leads to its parts.
  private func partEnds(until closed: Instant) -> [Instant] {
    let bins = log.bins
    guard bins.profiledFrom == bins.profiledUntil,
      source.predictions.indexed.contains(model.predictions.time),
      let range = TimeRange(from: bins.profiledUntil, to: closed)
    else { return [closed] }
    let edges = model.grid.edges(covering: range).dropFirst()
    let parts = Int((source.predictions.estimatedRows / Self.rowsInOneGo).rounded(.up))
    guard parts > 1, edges.count > parts else { return [closed] }
    return (1...parts).map { edges[edges.startIndex + edges.count * $0 / parts - 1] }
  }

  /// Reads the rows up to a moment, and stores what they show.
  private mutating func readPart(
    until closed: Instant,
    _ columns: ColumnMatch,
    _ inspection: inout InputInspection
  ) async throws {
    let bins = log.bins
    guard let scan = try await FeatureScan(context, bins: bins, columns: columns, until: closed)
    else { return }
    let found = try await log.reader.atOneMoment { [context] reader in
      context.reach(.reading)
      return try await scan.run(reader)
    }
    if found.repeats > 0 {
      inspection.addRepeats(found.repeats, source.predictions.name)
      log.reader.dropsRepeats = true
      try await ModelStore(context.connection).recordRepeats(bins)
    }
    inspection.add(
      found.closed,
      revisions: found.revisions,
      binning: bins.binning,
      table: source.predictions.name
    )
    context.reach(.profilesRead)
    let store = ProfileStore(context.connection, bins, failpoints: context.runtime.failpoints)
    try await store.revise(
      found.revisions,
      edges: scan.edges,
      columns: scan.covered.hash,
      asOf: context.asOf
    )
    context.reach(.revisionsStored)
    if bins.profiledUntil < closed {
      try await store.close(
        found.closed.profiles,
        edges: scan.edges.filter { $0 >= bins.profiledUntil },
        from: bins.profiledUntil,
        digests: found.digests,
        columns: scan.covered.hash
      )
    }
    context.reach(.profilesStored)
  }
}
