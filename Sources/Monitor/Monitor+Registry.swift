// SPDX-License-Identifier: Apache-2.0
import Foundation
import Postgres
import Profiles
import Registries
import Retraining
import Settings
import Store
import WebCalls
import YAMLSource

/// Keeps a model's versions and its registry in step.
extension Monitor {
  /// Follows what others have put in charge in the registry, and tells it what we have.
  ///
  /// A registry that does not answer is told of and asked again at the next check; the check itself goes on.
  ///
  /// - Returns: The versions as they are then.
  func followRegistry(
    _ model: ModelSettings,
    _ versions: [ModelVersion],
    number: Int,
    asOf: Instant,
    _ connection: Connection
  ) async throws -> [ModelVersion] {
    guard let settings = model.retraining?.registry else { return versions }
    do {
      let registry = try MLflowRegistry(
        settings,
        WebClient(),
        environment: ProcessInfo.processInfo.environment
      )
      return try await keepInStep(
        registry,
        settings,
        model,
        versions,
        number: number,
        asOf: asOf,
        connection
      )
    } catch let error where !(error is CancellationError || error is ServerError) {
      progress.note("\(model.name.value): the registry: \(error)")
      return versions
    }
  }

  private func keepInStep(
    _ registry: MLflowRegistry,
    _ settings: RegistrySettings,
    _ model: ModelSettings,
    _ versions: [ModelVersion],
    number: Int,
    asOf: Instant,
    _ connection: Connection
  ) async throws -> [ModelVersion] {
    let store = VersionStore(connection)
    let trained = try await store.trained(number)
    // What jobs have made is registered where it is told where it lies.
    for training in trained {
      guard let name = training.name, let source = training.answer?.source else { continue }
      _ = try await registry.register(
        name,
        source: source,
        run: training.answer?.run,
        job: training.job
      )
    }
    let entries = try await registry.entries()
    let there = try await registry.version(of: settings.champion)
    let mark = try await store.registryMark(number)
    var roster = VersionRoster(versions)
    let move = RegistryMove.move(
      seen: mark.isKnown ? .some(mark.champion) : nil,
      there: there?.version,
      ours: roster.champion?.name,
      known: Set(versions.map(\.name))
    )
    var now = there?.version
    switch move {
    case .nothing: break
    case .follow(let name):
      let reason = "the alias '\(settings.champion)' of '\(registry.model)' points to it"
      try roster.follow(name, now: asOf, reason: reason)
      let followed = roster
      let isDone = try await store.change(
        number,
        expecting: versions,
        author: "registry",
        asOf: asOf
      ) { $0 = followed }
      guard isDone else { return try await store.versions(number) }
      progress.note("\(model.name.value) \(name): champion: \(reason)")
    case .push(let name):
      guard let entry = entries.last(where: { $0.version == name }) else {
        progress.note(
          "\(model.name.value): the registry has no version '\(name)' of '\(registry.model)': register it with the tag "
            + "plumbline.version, or let the trainer's answer say where it lies ('source')"
        )
        break
      }
      try await registry.set(settings.champion, to: entry)
      now = name
    }
    try await store.markRegistry(number, champion: now, asOf: asOf)
    // The newest on trial has the other alias.
    let trial = roster.versions.last { $0.state == .challenger }?.name
    let wanted = trial.flatMap { name in entries.last { $0.version == name } }
    let held = try await registry.version(of: settings.challenger)
    if let wanted, wanted.number != held?.number {
      try await registry.set(settings.challenger, to: wanted)
    } else if wanted == nil, held != nil {
      try await registry.remove(settings.challenger)
    }
    return roster.versions
  }
}
