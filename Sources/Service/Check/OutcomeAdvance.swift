// SPDX-License-Identifier: Apache-2.0
import Evaluation
import Profiles
import Scan
import Settings
import SourceTables
import Store

/// Reads what became of predictions, by feature: once for each bucket, when its labels have the age
/// at which decay is evaluated.
struct OutcomeAdvance: Sendable {
  private let context: CycleContext
  private let log: ModelLog

  init(_ context: CycleContext, _ log: ModelLog) {
    self.context = context
    self.log = log
  }

  /// Reads and stores the outcomes of buckets that are due: those whose labels have come of age,
  /// and those whose rows or labels have changed since.
  func run(_ decays: [String: VersionDecay]) async throws {
    let store = OutcomeStore(context.connection, log.bins)
    let known = try await store.revisions()
    var due: [OutcomeStore.Key: (range: TimeRange, revision: OutcomeRevision)] = [:]
    for (version, decay) in decays {
      for (range, revision) in decay.outcomeRevisions where range.from >= log.bins.keptFrom {
        let key = OutcomeStore.Key(version: version, from: range.from)
        if known[key] != revision { due[key] = (range, revision) }
      }
    }
    guard !due.isEmpty else { return }
    context.progress.begin(.readingOutcomes, "reading what became of predictions")
    defer { context.progress.end() }
    // Buckets of one age are read together where they are neighbours.
    for (age, items) in Dictionary(grouping: due, by: \.value.revision.labelAge) {
      for range in items.map(\.value.range).joined {
        let found = try await outcomes(range, labelAge: age)
        let inside = items.filter { range.contains($0.value.range) }
        try await store.store(
          inside.map { key, value in
            let profile = found[key] ?? OutcomeProfile(GroupLayout(log.bins.binning))
            let bucket = StoredBucket(
              version: key.version,
              segment: nil,
              bucket: value.range,
              counts: profile
            )
            return (bucket, value.revision)
          }
        )
      }
    }
  }

  private func outcomes(
    _ range: TimeRange,
    labelAge: FixedDuration
  ) async throws -> [OutcomeStore.Key: OutcomeProfile] {
    let edges = context.model.grid.edges(covering: range)
    let found = try await log.reader.outcomes(
      range,
      edges: edges,
      asOf: context.asOf,
      labelAge: labelAge,
      features: log.columns.usable,
      log.bins.binning
    )
    return Dictionary(
      uniqueKeysWithValues: found.map {
        (OutcomeStore.Key(version: $0.version, from: edges[$0.bucket]), $1)
      }
    )
  }
}
