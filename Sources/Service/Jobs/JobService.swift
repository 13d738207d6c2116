// SPDX-License-Identifier: Apache-2.0
import Postgres
package import Profiles
package import Retraining
package import Settings
import SourceTables
import Store

/// What operators do with retraining jobs.
package struct JobService: Sendable {
  let runtime: Runtime

  package init(_ runtime: Runtime) { self.runtime = runtime }

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

  /// What somebody asks for.
  package struct Request: Sendable {
    package let remedy: RetrainingDecision.Remedy
    /// The caller's key; the same key makes one job.
    package let key: String
    package let author: String
    package let reason: String
    /// Whether an operator asks; else the switch, a pause and the approval are respected.
    package let isByOperator: Bool

    package init(
      remedy: RetrainingDecision.Remedy,
      key: String,
      author: String,
      reason: String,
      isByOperator: Bool = true
    ) {
      self.remedy = remedy
      self.key = key
      self.author = author
      self.reason = reason
      self.isByOperator = isByOperator
    }
  }

  /// Creates a job by hand: cool-down, budget and labels are not asked, an open job is.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - request: What is asked for.
  ///   - now: The clock.
  /// - Returns: What has become of the request.
  /// - Throws: `NotTrained`, `NoMap`.
  package func create(
    _ model: ModelSettings,
    _ request: Request,
    now: Instant
  ) async throws -> JobOutcome {
    guard let settings = model.retraining else { throw NotTrained(model: model.name) }
    let (remedy, reason, key) = (request.remedy, request.reason, "hand/\(request.key)")
    let connection = try await runtime.openMigrated()
    let source = try await runtime.resolve(model)
    let number = try await ModelStore(connection).ensureModel(model.name)
    let asOf = try await runtime.readableMoment(now, connection)
    let store = JobStore(connection)
    let versions = try await VersionStore(connection).versions(number)
    // Before the first check, or where versions are not distinguished, there is one.
    let version = VersionRoster(versions).champion?.name ?? source.constantVersion
    var map: TrainingTask.Map?
    if remedy == .recalibrate {
      map = try await store.lastMap(number, version: version)
      guard map != nil else { throw NoMap(version: version) }
    }
    return try await store.make(
      JobRequest(
        model: number,
        key: key,
        asOf: asOf,
        version: version,
        author: request.author,
        maximumAttempts: settings.maximumAttempts
      )
    ) { history in
      if !request.isByOperator, !settings.isEnabled || history.isPaused {
        let why = settings.isEnabled ? "paused" : "switched off in the configuration"
        return .suppressed("\(reason); retraining is \(why)")
      }
      if let active = history.active { return .coalesced(into: active, reason) }
      return .create(
        RetrainingDecision.Order(
          remedy: remedy,
          reason: reason,
          key: key,
          notBefore: nil,
          needsApproval: !request.isByOperator && settings.approval != .never,
          triggers: []
        )
      )
    } task: { [map] order in
      try await TrainingTasks(runtime).task(
        TrainingTasks.Request(
          source: source,
          remedy: remedy,
          version: version,
          reason: order.reason,
          map: map,
          asOf: asOf,
          versions: versions
        )
      )
    }
  }

  /// Returns the jobs of a model, newest first.
  package func jobs(of model: ModelSettings) async throws -> [JobRecord] {
    try await admin().jobs(model: model.name)
  }

  /// Returns a job; nil where there is none of that number.
  package func job(_ number: Int) async throws -> JobRecord? {
    try await admin().jobs(number: number).first
  }

  /// Returns what happened to a model's jobs, and why none was created, oldest first.
  package func events(of model: ModelSettings) async throws -> [JobEvent] {
    try await admin().events(model: model.name)
  }

  /// Returns what happened to a job, oldest first.
  package func events(ofJob number: Int) async throws -> [JobEvent] {
    try await admin().events(job: number)
  }

  /// Carries an operator's decision on a job out and returns what follows, for messages.
  ///
  /// - Parameters:
  ///   - decision: What is decided.
  ///   - number: The job's number.
  ///   - author: Who decides.
  ///   - reason: Why.
  /// - Returns: What follows.
  /// - Throws: `JobAdmin.InvalidDecision` where the job is in a state in which it makes no sense,
  ///   or is not there.
  package func decide(
    _ decision: JobDecision,
    onJob number: Int,
    author: String,
    reason: String
  ) async throws -> String {
    try await admin().decide(number, decision, author: author, reason: reason)
  }

  private func admin() async throws -> JobAdmin { JobAdmin(try await runtime.openMigrated()) }

  /// Pauses the jobs of a model, or lets them go on where `author` is nil.
  package func pause(_ model: ModelSettings, author: String?, reason: String?) async throws {
    let connection = try await runtime.openMigrated()
    let number = try await ModelStore(connection).ensureModel(model.name)
    try await JobStore(connection).pause(number, author: author, reason: reason)
  }
}
