// SPDX-License-Identifier: Apache-2.0
package import Profiles
package import Settings
import Store

/// Shows, pins and accepts references.
package struct ReferenceService: Sendable {
  let runtime: Runtime

  package init(_ runtime: Runtime) { self.runtime = runtime }

  /// What is known of a model's reference.
  package struct State: Sendable {
    package let stored: StoredBinning?
    package let choice: ReferenceChoice?
  }

  /// Returns the bins in force and the choice behind them.
  package func state(_ model: ModelSettings) async throws -> State {
    let connection = try await runtime.openMigrated()
    let store = ModelStore(connection)
    return State(
      stored: try await store.binning(of: model.name),
      choice: try await store.referenceChoice(model.name)
    )
  }

  /// Pins a reference by an operator's choice; the next check makes its bins and profiles again.
  package func set(
    _ model: ModelSettings,
    _ range: TimeRange,
    author: String,
    reason: String
  ) async throws {
    let connection = try await runtime.openMigrated()
    let store = ModelStore(connection)
    let number = try await store.ensureModel(model.name)
    try await store.chooseReference(model: number, range, author: author, reason: reason)
  }

  /// Why performance is not compared with a reference yet; nil where its labels are final.
  package func immaturity(of range: TimeRange, _ model: ModelSettings, now: Instant) -> String? {
    guard let outcomes = model.outcomes else { return nil }
    let final = range.to.advanced(by: outcomes.horizon).advanced(by: model.lateness)
    guard final > now else { return nil }
    return "its labels are final on \(final.description.prefix(10)): until then performance is "
      + "compared with what is known so far, or not at all"
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
  /// - Parameters:
  ///   - model: The model.
  ///   - kind: The window; nil for the longest of the configuration.
  ///   - author: Who decides.
  ///   - reason: Why.
  /// - Returns: The range of the new reference.
  /// - Throws: `NeverChecked`, `NoWindow`.
  package func accept(
    _ model: ModelSettings,
    _ kind: WindowSpec?,
    author: String,
    reason: String
  ) async throws -> TimeRange {
    guard let stored = try await state(model).stored else {
      throw NeverChecked(model.name)
    }
    let windows = (kind.map { [$0] } ?? model.windows).map { kind in
      (kind, model.grid.lastWindow(kind, endingBy: stored.profiledUntil))
    }
    func length(_ range: TimeRange?) -> Int64 {
      range.map { $0.to.microseconds - $0.from.microseconds } ?? 0
    }
    guard let longest = windows.max(by: { length($0.1) < length($1.1) }) else {
      throw NeverChecked(model.name)
    }
    guard let range = longest.1, range.from >= stored.keptFrom else {
      throw NoWindow(kind: longest.0)
    }
    try await set(model, range, author: author, reason: reason)
    return range
  }
}
