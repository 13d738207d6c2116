// SPDX-License-Identifier: Apache-2.0
import Evaluation
import Logging
import Postgres
import Retraining
import Settings
import SourceTables
import Store

/// Recognises versions that have begun or ended to score.
struct VersionStep: FollowUpStep {
  private let runtime: Runtime

  init(_ runtime: Runtime) { self.runtime = runtime }

  func run(
    _ context: FollowUpContext,
    _ versions: [ModelVersion]
  ) async throws -> [ModelVersion] {
    let source = context.check.source
    // Where versions are not distinguished there is nothing to recognise.
    guard case .column = source.model.predictions.version else { return [] }
    let store = VersionStore(context.connection)
    let trained = try await store.trained(context.number)
    let before = try await store.versions(context.number)
    var roster = VersionRoster(before)
    // Rows that name no version are none of their own.
    let log = context.history.activity.log.filter { $0.name != source.constantVersion }
    roster.update(trained: trained, log: log, now: context.asOf)
    let changes = roster
    guard !changes.changed.isEmpty else { return changes.versions }
    let isDone = try await store.change(
      context.number,
      expecting: before,
      author: "log",
      asOf: context.asOf
    ) { $0 = changes }
    guard isDone else { return try await store.versions(context.number) }
    for name in changes.changed { runtime.log(changes, name, of: source.model) }
    return changes.versions
  }
}

extension Runtime {
  /// Logs what has become of a version.
  func log(_ roster: VersionRoster, _ name: String, of model: ModelSettings) {
    guard let version = roster.versions.first(where: { $0.name == name }) else { return }
    log(of: model.name, version: name).notice("\(version.state.rawValue): \(version.reason)")
  }
}
