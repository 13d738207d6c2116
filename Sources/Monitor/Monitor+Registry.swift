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

/// One for all calls: each client holds a session of its own.
private let registryClient = WebClient()

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
        registryClient,
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
    var entries = try await registry.entries()
    // What jobs have made is registered where it is told where it lies; one that is refused keeps nobody else from it.
    let over = Set(versions.filter { [.retired, .rejected].contains($0.state) }.map(\.name))
    for training in trained {
      guard let name = training.name, let source = training.answer?.source, !over.contains(name),
        !entries.contains(where: { $0.version == name })
      else { continue }
      do {
        entries.append(
          try await registry.register(
            name,
            source: source,
            run: training.answer?.run,
            job: training.job
          )
        )
      } catch let error as MLflowRegistry.Refused {
        progress.note("\(model.name.value): the registry: \(error)")
      }
    }
    let there = try await registry.version(of: settings.champion)?.version
    var roster = VersionRoster(versions)
    let before = try await store.registryMark(number)
    var mark = RegistryMove.Mark(there: there, ours: before?.ours)
    let move = RegistryMove.move(
      before,
      there: there,
      ours: roster.champion?.name,
      known: Set(versions.map(\.name))
    )
    switch move {
    case .nothing: mark.ours = roster.champion?.name
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
      mark.ours = name
    case .push(let name):
      guard let entry = entries.last(where: { $0.version == name }) else {
        progress.note(
          "\(model.name.value): the registry has no version '\(name)' of '\(registry.model)': register it with the tag "
            + "plumbline.version, or let the trainer's answer say where it lies ('source')"
        )
        break
      }
      try await registry.set(settings.champion, to: entry)
      mark = RegistryMove.Mark(there: name, ours: name)
    }
    try await store.markRegistry(number, mark, asOf: asOf)
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
