// SPDX-License-Identifier: Apache-2.0
import Evaluation
import Logging
import Postgres
import Profiles
import Integrations
import Retraining
import Settings
import SourceTables
import Store

/// Keeps a model's versions and its registry in step: follows what others have promoted there, and
/// registers and promotes what we have.
///
/// A registry that does not answer is logged and asked again after the next check.
struct RegistryStep: FollowUpStep {
  private let runtime: Runtime

  init(_ runtime: Runtime) { self.runtime = runtime }

  func run(
    _ context: FollowUpContext,
    _ versions: [ModelVersion]
  ) async throws -> [ModelVersion] {
    let model = context.model
    guard let settings = model.retraining?.registry else { return versions }
    do {
      let registry = try MLflowRegistry(settings, runtime.http, environment: runtime.environment)
      let sync = RegistrySync(
        log: runtime.log(of: model.name),
        registry: registry,
        settings: settings,
        context: context
      )
      return try await sync.run(versions)
    } catch let error where !(error is CancellationError || error is ServerError) {
      runtime.log(of: model.name).warning("the registry: \(error)")
      return versions
    }
  }
}

/// One exchange with a registry.
private struct RegistrySync {
  let log: Logger
  let registry: MLflowRegistry
  let settings: RegistrySettings
  let context: FollowUpContext

  private var store: VersionStore { VersionStore(context.connection) }

  /// Registers versions and moves aliases.
  ///
  /// - Parameter versions: The model's versions.
  /// - Returns: The versions as they are then.
  /// - Throws: What the registry and the database throw.
  func run(_ versions: [ModelVersion]) async throws -> [ModelVersion] {
    let entries = try await register(versions)
    var roster = VersionRoster(versions)
    guard try await moveChampion(&roster, entries) else {
      return try await store.versions(context.number)
    }
    try await moveChallenger(roster, entries)
    return roster.versions
  }

  /// Registers what jobs have made, where its place is known; one that is refused does not keep
  /// others from it.
  ///
  /// - Returns: The registry's entries.
  private func register(_ versions: [ModelVersion]) async throws -> [MLflowRegistry.Entry] {
    var entries = try await registry.entries()
    let over = Set(versions.filter { [.retired, .rejected].contains($0.state) }.map(\.name))
    for training in try await store.trained(context.number) {
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
        log.warning("the registry: \(error)")
      }
    }
    return entries
  }

  /// Brings the champion here and the alias there together.
  ///
  /// - Returns: False where another process has changed the versions meanwhile.
  private func moveChampion(
    _ roster: inout VersionRoster,
    _ entries: [MLflowRegistry.Entry]
  ) async throws -> Bool {
    let versions = roster.versions
    let there = try await registry.version(of: settings.champion)?.version
    let before = try await store.registryCursor(context.number)
    var cursor = RegistryMove.LastSeen(there: there, ours: before?.ours)
    let move = RegistryMove.move(
      before,
      there: there,
      ours: roster.champion?.name,
      known: Set(versions.map(\.name))
    )
    switch move {
    case .nothing: cursor.ours = roster.champion?.name
    case .follow(let name):
      let reason = "the alias '\(settings.champion)' of '\(registry.model)' points to it"
      try roster.follow(name, now: context.asOf, reason: reason)
      let followed = roster
      let isDone = try await store.change(
        context.number,
        expecting: versions,
        author: "registry",
        asOf: context.asOf
      ) { $0 = followed }
      guard isDone else { return false }
      log.notice("champion: \(reason)", metadata: ["version": "\(name)"])
      cursor.ours = name
    case .push(let name):
      guard let entry = entries.last(where: { $0.version == name }) else {
        log.warning(
          """
          the registry has no version '\(name)' of '\(registry.model)': register it \
          with the tag plumbline.version, or let the trainer's answer say where it lies ('source')
          """
        )
        break
      }
      try await registry.set(settings.champion, to: entry)
      cursor = RegistryMove.LastSeen(there: name, ours: name)
    }
    try await store.storeRegistryCursor(context.number, cursor, asOf: context.asOf)
    return true
  }

  /// Gives the newest challenger its alias.
  private func moveChallenger(
    _ roster: VersionRoster,
    _ entries: [MLflowRegistry.Entry]
  ) async throws {
    let challenger = roster.versions.last(where: \.isChallenging)?.name
    let wanted = challenger.flatMap { name in entries.last { $0.version == name } }
    let held = try await registry.version(of: settings.challenger)
    if let wanted, wanted.number != held?.number {
      try await registry.set(settings.challenger, to: wanted)
    } else if wanted == nil, held != nil {
      try await registry.remove(settings.challenger)
    }
  }
}
