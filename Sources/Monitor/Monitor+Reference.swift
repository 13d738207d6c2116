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

  /// There is no closed window that could become the reference.
  package struct NoWindow: Error, CustomStringConvertible {
    let kind: WindowSpec
    package var description: String {
      "no window of \(kind) has closed since the reference began: name a shorter one with --window"
    }
  }

  /// Pins the newest closed window as the reference.
  ///
  /// - `kind`: The window; nil for the longest of the configuration.
  /// - Returns: The range of the new reference.
  /// - Throws: `NeverChecked`, `NoWindow`.
  package func acceptPresent(
    _ model: ModelSettings,
    _ kind: WindowSpec?,
    author: String,
    reason: String
  ) async throws -> TimeRange {
    guard let stored = try await referenceState(model).stored else {
      throw NeverChecked(model.name.value)
    }
    let windows = (kind.map { [$0] } ?? model.windows).map { kind in
      (kind, model.grid.lastWindow(kind, endingBy: stored.profiledUntil))
    }
    func length(_ range: TimeRange?) -> Int64 {
      range.map { $0.to.microseconds - $0.from.microseconds } ?? 0
    }
    guard let longest = windows.max(by: { length($0.1) < length($1.1) }) else {
      throw NeverChecked(model.name.value)
    }
    guard let range = longest.1, range.from >= stored.keptFrom else {
      throw NoWindow(kind: longest.0)
    }
    try await setReference(model, range, author: author, reason: reason)
    return range
  }
}
