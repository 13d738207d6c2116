// SPDX-License-Identifier: Apache-2.0
import Alerting
import Findings
import Postgres
import Profiles
import Reports
import Retraining
import Settings
import Store
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
      let recognised = try await followVersions(
        source,
        activity,
        endingBy: closed,
        number: number,
        asOf: asOf,
        connection
      )
      let versions = try await followRegistry(
        model,
        recognised,
        number: number,
        asOf: asOf,
        connection
      )
      let last = model.grid.lastWindow(kind, endingBy: closed)
      try await decideOnRetraining(
        source,
        reports,
        alerts,
        activity,
        inUse: Set(last.map(activity.versions) ?? []),
        versions: versions,
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
  /// Only the champion is asked about; of a model whose versions are not told apart, each that is in use.
  ///
  /// - `alerts`: As the check left them.
  /// - `number`: The model's.
  func decideOnRetraining(
    _ source: Source,
    _ reports: [ModelReport],
    _ alerts: [StoredAlert],
    _ activity: Activity,
    inUse: Set<String>,
    versions: [ModelVersion],
    number: Int,
    asOf: Instant,
    _ connection: Connection
  ) async throws {
    let model = source.model
    guard let settings = model.retraining else { return }
    let store = JobStore(connection)
    // The version that began last is the one to be replaced first.
    let starts = activity.starts
    let champion = VersionRoster(versions).champion?.name
    let used = reports.filter {
      champion.map($0.version.elementsEqual) ?? inUse.contains($0.version)
    }.sorted {
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
          onset: onset($0, report, model),
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
        let trained = history.trained.map { $0.advanced(by: -horizon) }
        // What was learnt from labels of the time before would be what the version knows already.
        let since = [trained, triggers.map(\.onset).min()].compactMap(\.self).max()
        return policy.decide(
          RetrainingCase(
            version: version,
            since: begun,
            advice: advice,
            triggers: triggers,
            history: history,
            labels: activity.finalLabels(since: since ?? .distantPast),
            labelsSince: since,
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
          asOf: asOf,
          decaySince: triggers.map(\.onset).min(),
          versions: versions
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

  /// The first predictions that an alert is about: where a detector tells when the decay began, then; else those of the
  /// newest window whose labels were final when the alert began to fire.
  private func onset(
    _ alert: StoredAlert,
    _ report: ModelReport,
    _ model: ModelSettings
  ) -> Instant? {
    let key = alert.alert.key
    let check = rule(key.rule)?.condition.check
    let told = report.windows.flatMap(\.findings).compactMap { finding -> Instant? in
      let reading = finding.reading
      guard reading.check == check, reading.segment == key.segment, let alarm = reading.watch?.alarm
      else { return nil }
      return alarm.until == nil ? alarm.since : nil
    }
    if let first = told.min() { return first }
    guard let outcomes = model.outcomes, let firing = alert.alert.firingSince else { return nil }
    let mature = firing.advanced(by: -outcomes.horizon).advanced(by: -model.lateness)
    return model.grid.lastWindow(key.window, endingBy: mature)?.from
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
  func task(
    _ source: Source,
    _ remedy: RetrainingDecision.Remedy,
    version: String,
    reason: String,
    map: TrainingTask.Map?,
    asOf: Instant,
    decaySince: Instant? = nil,
    versions: [ModelVersion]
  ) async throws -> TrainingTask {
    let model = source.model
    let closed = model.grid.lastEdge(atOrBefore: asOf.advanced(by: -model.lateness))
    let window = model.retraining?.window ?? .zero
    let from = model.grid.lastEdge(atOrBefore: closed.advanced(by: -window))
    var query: String?
    if let range = TimeRange(from: from, to: closed) {
      query = try await source.trainingStatement(
        range,
        asOf: asOf,
        without: versions.compactMap(Shadow.init),
        try await openForReading()
      )
    }
    return TrainingTask(
      model: model.name.value,
      remedy: remedy,
      version: version,
      reason: reason,
      from: from,
      to: closed,
      asOf: asOf,
      decaySince: decaySince,
      query: query,
      map: remedy == .recalibrate ? map : nil
    )
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
