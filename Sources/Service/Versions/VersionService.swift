// SPDX-License-Identifier: Apache-2.0
import Postgres
package import Profiles
package import Retraining
package import Settings
import Store

/// Shows versions, and takes what operators decide about them.
package struct VersionService: Sendable {
  let runtime: Runtime

  package init(_ runtime: Runtime) { self.runtime = runtime }

  /// Returns a model's versions with what was decided about them, oldest first.
  package func versions(_ model: ModelSettings) async throws -> (
    versions: [ModelVersion], events: [VersionEvent]
  ) {
    let connection = try await runtime.openMigrated()
    let number = try await ModelStore(connection).ensureModel(model.name)
    let store = VersionStore(connection)
    return (try await store.versions(number), try await store.events(number))
  }

  /// Carries out an operator's decision on a model's versions.
  ///
  /// - Returns: The champion then.
  /// - Throws: `VersionRoster.InvalidDecision` where it makes no sense.
  package func decide(
    _ model: ModelSettings,
    author: String,
    now: Instant,
    _ decision: @escaping @Sendable (inout VersionRoster) throws -> Void
  ) async throws -> String? {
    let connection = try await runtime.openMigrated()
    let number = try await ModelStore(connection).ensureModel(model.name)
    let store = VersionStore(connection)
    try await store.change(number, author: author, asOf: now, decision)
    return VersionRoster(try await store.versions(number)).champion?.name
  }
}
