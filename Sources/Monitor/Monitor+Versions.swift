// SPDX-License-Identifier: Apache-2.0
import Postgres
package import Profiles
package import Retraining
package import Settings
package import Store
import YAMLSource

/// Which version is in charge, and which one takes its place.
extension Monitor {
  /// Recognises versions after a check and lets the gate decide on challengers whose trial is over.
  ///
  /// - `number`: The model's.
  func followVersions(
    _ source: Source,
    _ activity: Activity,
    endingBy closed: Instant,
    number: Int,
    asOf: Instant,
    _ connection: Connection
  ) async throws -> [ModelVersion] {
    let model = source.model
    let store = VersionStore(connection)
    guard case .column = model.predictions.version else { return [] }
    let trained = try await store.trained(number)
    let before = try await store.versions(number)
    var roster = VersionRoster(before)
    // Rows that name no version are none of their own.
    let log = activity.log.filter { $0.name != source.constantVersion }
    roster.update(trained: trained, log: log, now: asOf)
    let changes = roster
    if !roster.changed.isEmpty {
      let isDone = try await store.change(number, expecting: before, author: "log", asOf: asOf) {
        $0 = changes
      }
      guard isDone else { return try await store.versions(number) }
      for name in changes.changed { note(model, changes, name) }
    }
    guard let retraining = model.retraining else { return roster.versions }
    let gate = retraining.gate.gate
    for challenger in roster.versions where challenger.state == .challenger {
      if challenger.hasPassed, retraining.gate.promote == .automatic {
        let known = roster.versions
        var next = VersionRoster(known)
        try next.promote(challenger.name, now: asOf, reason: challenger.reason)
        let decided = next
        let isDone = try await store.change(number, expecting: known, author: "gate", asOf: asOf) {
          $0 = decided
        }
        guard isDone else { return try await store.versions(number) }
        roster = decided
        continue
      }
      // Where fewer looks are allowed than there were, the last one is made again and decides.
      let look = min(challenger.looks + 1, gate.looks)
      guard let champion = roster.champion, !challenger.hasPassed,
        let start = challenger.firstScored,
        let range = gate.range(of: look, since: start), range.to <= closed,
        let outcomes = model.outcomes,
        range.to.advanced(by: outcomes.horizon).advanced(by: model.lateness) <= asOf
      else { continue }
      let evidence = try await trial(
        source,
        champion: champion.name,
        challenger: challenger.name,
        range,
        asOf: asOf,
        capacity: retraining.gate.capacity,
        confidence: gate.confidence
      )
      let decision = gate.decide(evidence, look: look)
      let known = roster.versions
      var next = VersionRoster(known)
      next.looked(challenger.name, reason: decision.reason)
      switch decision {
      case .promote(let reason):
        guard retraining.gate.promote == .automatic else {
          next.pass(challenger.name, reason: reason)
          break
        }
        try next.promote(challenger.name, now: asOf, reason: reason)
      case .reject(let reason): try next.reject(challenger.name, now: asOf, reason: reason)
      case .extend: break
      }
      let decided = next
      let isDone = try await store.change(
        number,
        expecting: known,
        author: "gate",
        evidence: [challenger.name: evidence],
        asOf: asOf
      ) { $0 = decided }
      guard isDone else { return try await store.versions(number) }
      roster = decided
      note(model, decided, challenger.name)
    }
    return roster.versions
  }

  private func note(_ model: ModelSettings, _ roster: VersionRoster, _ name: String) {
    guard let version = roster.versions.first(where: { $0.name == name }) else { return }
    progress.note("\(model.name.value) \(name): \(version.state.rawValue): \(version.reason)")
  }

  /// Returns a model's versions with what was decided about them, oldest first.
  package func versions(_ model: ModelSettings) async throws -> (
    versions: [ModelVersion], events: [VersionEvent]
  ) {
    let connection = try await open()
    try await requireSchema(connection)
    let number = try await ModelStore(connection).ensureModel(model.name.value)
    let store = VersionStore(connection)
    return (try await store.versions(number), try await store.events(number))
  }

  /// Carries a person's decision on a model's versions out.
  ///
  /// - Returns: The version that is in charge then.
  /// - Throws: `VersionRoster.Misfit` where it makes no sense.
  package func decide(
    _ model: ModelSettings,
    author: String,
    now: Instant,
    _ decision: @escaping @Sendable (inout VersionRoster) throws -> Void
  ) async throws -> String? {
    let connection = try await open()
    try await requireSchema(connection)
    let number = try await ModelStore(connection).ensureModel(model.name.value)
    let store = VersionStore(connection)
    try await store.change(number, author: author, asOf: now, decision)
    return VersionRoster(try await store.versions(number)).champion?.name
  }
}
