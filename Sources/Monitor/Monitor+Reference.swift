// SPDX-License-Identifier: Apache-2.0
package import Profiles
package import Settings
package import Store
import YAMLSource

extension Monitor {
  /// What is known of a model's reference.
  package struct ReferenceState: Sendable {
    package let stored: StoredBinning?
    package let choice: ReferenceChoice?
  }

  /// Returns the cells in force and the choice behind them.
  package func referenceState(_ model: ModelSettings) async throws -> ReferenceState {
    let connection = try await open()
    try await requireSchema(connection)
    let store = ModelStore(connection)
    return ReferenceState(
      stored: try await store.binning(of: model.name.value),
      choice: try await store.referenceChoice(model.name.value)
    )
  }

  /// Pins a reference by a person's choice; the next check makes its cells and profiles anew.
  package func setReference(
    _ model: ModelSettings,
    _ range: TimeRange,
    author: String,
    reason: String
  ) async throws {
    let connection = try await open()
    try await requireSchema(connection)
    let store = ModelStore(connection)
    let number = try await store.ensureModel(model.name.value)
    try await store.chooseReference(model: number, range, author: author, reason: reason)
  }
}
