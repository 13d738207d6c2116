// SPDX-License-Identifier: Apache-2.0
import Postgres
import Profiles
import Scan
import Settings
import SourceTables
import Store

/// Reads the rows that models were trained on, where they are the reference.
struct TrainingReading: Sendable {
  private let log: ModelLog

  init(_ log: ModelLog) { self.log = log }

  /// Returns the profiles of training rows: what is stored, and what is read now where nothing is
  /// or a version has come that is not among it.
  func profiles(versions: [String], _ connection: Connection) async throws -> TrainingProfiles {
    guard case .training(let settings) = log.source.model.reference else { return [:] }
    let store = TrainingStore(connection, log.bins)
    var known = log.bins.identifier == 0 ? [:] : try await store.profiles()
    let isComplete =
      settings.version == nil
      ? known[""] != nil : versions.allSatisfy { known[$0] != nil }
    if isComplete { return known }
    log.runtime.progress.begin(.readingTrainingRows, "reading the training rows")
    defer { log.runtime.progress.end() }
    let layout = log.source.layout(
      features: log.columns.usable,
      segments: log.source.model.segments
    )
    let found = try await log.reader.trainingProfiles(layout, log.bins.binning)
    let new = found.filter { known[$0.key] == nil }
    if log.bins.identifier != 0 { try await store.store(new) }
    known.merge(new) { old, _ in old }
    return known
  }
}
