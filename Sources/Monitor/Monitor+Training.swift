// SPDX-License-Identifier: Apache-2.0
import Postgres
import Profiles
import Scan
import Settings
import Store
import YAMLSource

/// How a cycle reads the rows that models were trained on, where they are the reference.
extension Monitor {
  /// Reads the training rows for cells; nil where the reference is something else.
  func trainingCells(
    _ source: Source,
    _ reader: RowReader,
    _ layout: RowLayout
  ) async throws -> ReferenceScanner? {
    guard case .training = source.model.reference else { return nil }
    var layout = layout
    layout.hasVersion = false
    return try await reader.trainingReference(layout)
  }

  /// Returns what training rows look like: what is stored, else, and where a version has come that is not in
  /// it, what is read now.
  func trainingProfiles(
    _ source: Source,
    _ reader: RowReader,
    _ stored: StoredBinning,
    _ activity: Activity,
    _ connection: Connection
  ) async throws -> TrainingProfiles {
    guard case .training(let settings) = source.model.reference else { return [:] }
    let store = TrainingStore(connection, stored)
    var known = stored.identifier == 0 ? [:] : try await store.profiles()
    let isComplete =
      settings.version == nil
      ? known[""] != nil : activity.versions.allSatisfy { known[$0] != nil }
    if isComplete { return known }
    progress.begin("reading the training rows")
    defer { progress.end() }
    let layout = source.layout(
      features: ColumnMatch(stored.binning, source).usable,
      segments: source.model.segments.map(\.value)
    )
    let found = try await reader.trainingProfiles(layout, stored.binning)
    let new = found.filter { known[$0.key] == nil }
    if stored.identifier != 0 { try await store.store(new) }
    known.merge(new) { old, _ in old }
    return known
  }
}
