// SPDX-License-Identifier: Apache-2.0
import Postgres
package import Profiles
package import Retraining
package import Settings
package import Store
import YAMLSource

/// What people do with retraining jobs.
extension Monitor {
  /// A model that nothing trains.
  package struct NotTrained: Error, CustomStringConvertible {
    let model: String
    package var description: String { "'\(model)' has no 'retraining' in the configuration" }
  }

  /// A recalibration for which no check has found a map.
  package struct NoMap: Error, CustomStringConvertible {
    let version: String
    package var description: String {
      "no check has advised to recalibrate \(version), so there is no map to apply; make the job with --remedy retrain"
    }
  }

  /// Makes a job by hand; cool-down, budget and labels are not asked, a job that is not over is.
  ///
  /// - `key`: Of the caller; the same key makes one job.
  /// - `byPerson`: Whether a person asks; else the switch, a pause and the approval are heeded.
  package func createJob(
    _ model: ModelSettings,
    _ remedy: RetrainingDecision.Remedy,
    key: String,
    author: String,
    reason: String,
    byPerson: Bool = true,
    now: Instant
  ) async throws -> JobOutcome {
    guard let settings = model.retraining else { throw NotTrained(model: model.name.value) }
    let connection = try await open()
    try await requireSchema(connection)
    let source = try await source(model, try await openForReading())
    let number = try await ModelStore(connection).ensureModel(model.name.value)
    let asOf = try await readableMoment(now, connection)
    let store = JobStore(connection)
    let versions = try await VersionStore(connection).versions(number)
    // Before a check has looked for versions, or where they are not told apart, there is one.
    let version = VersionRoster(versions).champion?.name ?? source.constantVersion
    var map: TrainingTask.Map?
    if remedy == .recalibrate {
      map = try await store.lastMap(number, version: version)
      guard map != nil else { throw NoMap(version: version) }
    }
    return try await store.make(
      model: number,
      key: "hand/\(key)",
      asOf: asOf,
      version: version,
      author: author,
      maximumAttempts: settings.maximumAttempts
    ) { history in
      if !byPerson, !settings.isEnabled || history.isPaused {
        let why = settings.isEnabled ? "paused" : "switched off in the configuration"
        return .suppressed("\(reason); retraining is \(why)")
      }
      if let active = history.active { return .coalesced(into: active, reason) }
      return .create(
        RetrainingDecision.Order(
          remedy: remedy,
          reason: reason,
          key: "hand/\(key)",
          notBefore: nil,
          needsApproval: !byPerson && settings.approval != .never,
          triggers: []
        )
      )
    } task: { [map] order in
      try await self.task(
        source,
        remedy,
        version: version,
        reason: order.reason,
        map: map,
        asOf: asOf,
        versions: versions
      )
    }
  }

  /// A connection for what people do with jobs.
  package func jobDesk() async throws -> JobDesk {
    let connection = try await open()
    try await requireSchema(connection)
    return JobDesk(connection)
  }

  /// Pauses the jobs of a model, or lets them go on where `author` is nil.
  package func pauseJobs(_ model: ModelSettings, author: String?, reason: String?) async throws {
    let connection = try await open()
    try await requireSchema(connection)
    let number = try await ModelStore(connection).ensureModel(model.name.value)
    try await JobStore(connection).pause(number, author: author, reason: reason)
  }
}
