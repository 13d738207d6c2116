// SPDX-License-Identifier: Apache-2.0
import Alerting
import Findings
import Postgres
package import Profiles
import Reports
package import Retraining
package import Settings
package import Store
import YAMLSource

extension Monitor {
  /// Decides what follows from a check that was recorded, and returns its reports with alerts and jobs.
  ///
  /// - `moves`: Whether the check moved alerts; else nothing follows.
  func concluded(
    _ reports: [ModelReport],
    _ source: Source,
    _ activity: Activity,
    endingBy closed: Instant,
    number: Int,
    asOf: Instant,
    moves: Bool,
    _ connection: Connection
  ) async throws -> [ModelReport] {
    let model = source.model
    let alerts = try await AlertStore(connection).alerts(model.name.value)
    if moves, let kind = model.windows.first {
      let last = model.grid.lastWindow(kind, endingBy: closed)
      try await decideOnRetraining(
        source,
        reports,
        alerts,
        activity,
        inUse: Set(last.map(activity.versions) ?? []),
        number: number,
        asOf: asOf,
        connection
      )
    }
    let jobs = try await JobDesk(connection).jobs(model: model.name.value).notes
    return reports.map { report in
      var report = report
      report.alerts = alerts.notes(report.version, asOf: asOf)
      report.jobs = Array(jobs.prefix(JobNote.shown))
      return report
    }
  }

  /// Decides, after a check, whether a model is trained anew, and makes a job where it is.
  ///
  /// - `alerts`: As the check left them.
  /// - `number`: The model's.
  func decideOnRetraining(
    _ source: Source,
    _ reports: [ModelReport],
    _ alerts: [StoredAlert],
    _ activity: Activity,
    inUse: Set<String>,
    number: Int,
    asOf: Instant,
    _ connection: Connection
  ) async throws {
    let model = source.model
    guard let settings = model.retraining else { return }
    let store = JobStore(connection)
    // The version that began last is the one to be replaced first.
    let starts = activity.starts
    let used = reports.filter { inUse.contains($0.version) }.sorted {
      (starts[$0.version] ?? .distantPast, $0.version)
        > (starts[$1.version] ?? .distantPast, $1.version)
    }
    for report in used {
      let firing = alerts.filter {
        $0.alert.key.version == report.version && $0.alert.state == .firing && $0.extras.retrains
      }
      let horizon = model.outcomes?.horizon ?? .zero
      let policy = settings.policy(model.grid.calendar)
      let version = report.version
      let begun = activity.starts[version] ?? asOf
      let advice = report.advice
      let triggers = firing.map {
        RetrainingCase.Trigger(
          alert: $0.identifier,
          rule: $0.alert.key.rule,
          severity: $0.alert.severity,
          since: $0.alert.firingSince ?? $0.alert.since,
          window: $0.alert.newest.window,
          reason: $0.alert.newest.reason
        )
      }
      let missed = firing.compactMap { missedPerMonth($0) }.max()
      let outcome = try await store.make(
        model: number,
        asOf: asOf,
        version: version,
        author: "policy",
        maximumAttempts: settings.maximumAttempts
      ) { history in
        let since = history.trained.map { $0.advanced(by: -horizon) } ?? .distantPast
        return policy.decide(
          RetrainingCase(
            version: version,
            since: begun,
            advice: advice,
            triggers: triggers,
            history: history,
            labels: activity.finalLabels(since: since),
            missedPerMonth: missed
          ),
          now: asOf
        )
      } task: { order in
        try await self.task(
          source,
          order.remedy,
          version: version,
          reason: order.reason,
          map: advice?.map.map { TrainingTask.Map(intercept: $0.intercept, slope: $0.slope) },
          asOf: asOf
        )
      }
      switch outcome {
      case .nothing, .duplicate: continue
      case .suppressed(let words):
        progress.note("\(model.name.value) \(version): no retraining: \(words)")
        continue
      case .created(let job): progress.note("\(model.name.value): made retraining job no. \(job)")
      case .coalesced(let job): progress.note("\(model.name.value): job no. \(job) takes it on")
      }
      return
    }
  }

  /// Churners a month whom the version misses more than the reference did, by an alert on recall.
  private func missedPerMonth(_ alert: StoredAlert) -> Double? {
    let check = rule(alert.alert.key.rule)?.condition.check
    guard check == .recall || check == .recallDecay, let value = alert.alert.newest.value,
      let reference = alert.alert.newest.reference
    else { return nil }
    let window = alert.alert.newest.window
    let days = FixedDuration(microseconds: window.to.microseconds - window.from.microseconds).days
    guard days > 0 else { return nil }
    return max(0, reference - value) * Double(alert.alert.newest.sample) * 30.4 / days
  }

  /// What the trainer is told.
  private func task(
    _ source: Source,
    _ remedy: RetrainingDecision.Remedy,
    version: String,
    reason: String,
    map: TrainingTask.Map?,
    asOf: Instant
  ) async throws -> TrainingTask {
    let model = source.model
    let closed = model.grid.lastEdge(atOrBefore: asOf.advanced(by: -model.lateness))
    let window = model.retraining?.window ?? .zero
    let from = model.grid.lastEdge(atOrBefore: closed.advanced(by: -window))
    var query: String?
    if let range = TimeRange(from: from, to: closed) {
      query = try await source.trainingStatement(range, asOf: asOf, try await openForReading())
    }
    return TrainingTask(
      model: model.name.value,
      remedy: remedy,
      version: version,
      reason: reason,
      from: from,
      to: closed,
      asOf: asOf,
      query: query,
      map: remedy == .recalibrate ? map : nil
    )
  }

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
  package func createJob(
    _ model: ModelSettings,
    _ remedy: RetrainingDecision.Remedy,
    key: String,
    author: String,
    reason: String,
    now: Instant
  ) async throws -> JobOutcome {
    guard let settings = model.retraining else { throw NotTrained(model: model.name.value) }
    let connection = try await open()
    try await requireSchema(connection)
    let source = try await source(model, try await openForReading())
    let number = try await ModelStore(connection).ensureModel(model.name.value)
    let asOf = try await readableMoment(now, connection)
    let stored = try await ModelStore(connection).binning(of: model.name.value)
    var version = source.constantVersion
    if let stored,
      let range = TimeRange(from: stored.profiledFrom, to: max(asOf, stored.profiledFrom))
    {
      let activity = Activity(try await ProfileStore(connection, stored).activity(range))
      if let kind = model.windows.first, let last = model.grid.lastWindow(kind, endingBy: asOf) {
        version = activity.versions(in: last).last ?? version
      }
    }
    let store = JobStore(connection)
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
      if let active = history.active { return .coalesced(into: active, reason) }
      return .create(
        RetrainingDecision.Order(
          remedy: remedy,
          reason: reason,
          key: "hand/\(key)",
          notBefore: nil,
          needsApproval: false,
          triggers: []
        )
      )
    } task: { [version, map] order in
      try await self.task(
        source,
        remedy,
        version: version,
        reason: order.reason,
        map: map,
        asOf: asOf
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

extension [JobRecord] {
  /// As reports show them.
  var notes: [JobNote] {
    map {
      JobNote(
        number: $0.identifier,
        state: $0.state,
        remedy: $0.remedy,
        reason: $0.reason,
        madeAt: $0.madeAt,
        newVersion: $0.newVersion,
        error: $0.lastError
      )
    }
  }
}
