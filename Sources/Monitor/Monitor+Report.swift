// SPDX-License-Identifier: Apache-2.0
import Postgres
package import Profiles
package import Reports
package import Settings
import Store
import YAMLSource

extension Monitor {
  /// Returns the report on every window of a model inside a range, from what is stored; the
  /// customers' tables are not read.
  ///
  /// - `from`: The start; nil for the start of what is stored.
  /// - `to`: The end; nil for the end of what is stored.
  /// - `knownAt`: The moment of which to tell what was known then; the customers' tables are read for
  ///   it, since what is stored is what is known now. Cells and rules are today's.
  package func report(
    _ model: ModelSettings,
    from: Instant?,
    to: Instant?,
    knownAt: Instant? = nil
  ) async throws -> (asOf: Instant, models: [ModelReport]) {
    let connection = try await open()
    try await requireSchema(connection)
    // At one moment: a check that ends meanwhile may delete what was kept long enough.
    return try await connection.withTransaction(.snapshot) { connection in
      try await self.report(model, from: from, to: to, knownAt: knownAt, connection)
    }
  }

  private func report(
    _ model: ModelSettings,
    from: Instant?,
    to: Instant?,
    knownAt: Instant?,
    _ connection: Connection
  ) async throws -> (asOf: Instant, models: [ModelReport]) {
    let store = ModelStore(connection)
    let name = model.name.value
    let findings = FindingStore(connection)
    guard let stored = try await store.binning(of: name),
      let checked = try await checkedAsOf(stored, findings, name)
    else { throw NeverChecked(name) }
    let asOf = knownAt ?? checked
    var references = try await referenceRanges(model, store, stored, until: asOf) { nil }
    if let knownAt { try require(stored, model, references, knownAt) }
    let closed = knownAt.map {
      model.grid.lastEdge(atOrBefore: $0.advanced(by: -model.lateness))
    }
    guard
      let all = TimeRange(
        from: stored.keptFrom,
        to: min(stored.profiledUntil, closed ?? stored.profiledUntil)
      ),
      let range = TimeRange(
        from: max(from ?? all.from, all.from),
        to: min(to ?? all.to, all.to)
      )
    else { return (asOf, []) }
    if let range = TimeRange(from: stored.profiledFrom, to: max(all.to, stored.profiledFrom)) {
      let activity = Activity(try await ProfileStore(connection, stored).activity(range))
      references.settle(activity, keptFrom: stored.keptFrom, until: all.to)
    }
    let series: ModelSeries
    let decays: [String: VersionDecay]
    if let knownAt {
      var past = try await past(model, stored, knownAt: knownAt)
      let labels = try await past.labels(asOf: knownAt)
      decays = try await self.decays(
        model,
        stored,
        references,
        labels,
        until: knownAt.advanced(by: -model.lateness),
        try await customerFacts(model, stored, connection),
        connection
      )
      series = ModelSeries(
        stored.binning,
        features: past.features(until: past.closed(knownAt)),
        labels: labels,
        outcomes: try await past.outcomes(asOf: knownAt, decays)
      )
    } else {
      decays = try await knownDecays(model, stored, references, until: asOf, connection)
      series = try await self.series(
        stored,
        ([all] + references.all).joined,
        decays,
        connection
      )
    }
    let measurement = Measurement(
      series: series,
      judge: judge,
      references: references,
      absences: [:],
      hasOutcomes: model.outcomes != nil,
      kinds: model.windows,
      budget: model.budget,
      decays: decays,
      treatments: try await treatments(model, stored, [all], connection),
      customers: try await customerFacts(model, stored, connection),
      training: try await TrainingStore(connection, stored).profiles(),
      calendar: model.grid.calendar
    )
    var windows: [String: [WindowReport]] = [:]
    for kind in model.windows {
      for window in model.grid.windows(kind, inside: range) {
        for version in series.versions(in: window) {
          windows[version, default: []].append(
            measurement.window(kind, window, version: version)
          )
        }
      }
    }
    // Faults were found by the last check; they say nothing of an earlier moment.
    let faults =
      knownAt == nil ? try await findings.lastFaults(name).map(FaultNote.init) : []
    let events = try await events(model, stored, range, connection)
    let arrivals = try await arrivals(
      model,
      stored,
      references,
      versions: Array(windows.keys),
      knownBy: asOf,
      connection
    )
    // Alerts stand as they do now; of an earlier moment they say nothing.
    let alerts = knownAt == nil ? try await AlertStore(connection).alerts(name) : []
    let jobs = knownAt == nil ? try await JobDesk(connection).jobs(model: name).notes : []
    let reports = windows.sorted { $0.key < $1.key }.map { version, windows in
      var report = ModelReport(
        model: name,
        version: version,
        windows: windows,
        reference: references.note(
          for: version,
          rows: stored.referenceRows,
          number: stored.number
        ),
        faults: faults,
        advice: measurement.advice(windows, faults, version: version),
        events: events,
        features: stored.binning.notes,
        charts: measurement.charts(windows, version: version)
      )
      report.arrivals = arrivals[version] ?? []
      report.alerts = alerts.notes(version, asOf: asOf)
      report.jobs = Array(jobs.prefix(JobNote.shown))
      return report
    }
    return (asOf, reports)
  }

  /// Makes sure that the past can be told in the cells in force.
  private func require(
    _ stored: StoredBinning,
    _ model: ModelSettings,
    _ references: ReferenceRanges,
    _ moment: Instant
  ) throws {
    let name = model.name.value
    guard stored.fingerprint == Fingerprint.of(model, references) else {
      throw Untold(
        reason: "\(name): the configuration or the reference has changed since the last check; run "
          + "'plumbline check' first"
      )
    }
    if let end = references.base.map(\.to).max(), end > moment {
      throw Untold(
        reason:
          "\(name): the reference ends on \(end), after \(moment): nothing could be compared then"
      )
    }
  }

  /// A moment of which nothing can be told.
  package struct Untold: Error, CustomStringConvertible {
    let reason: String
    package var description: String { reason }
  }

  /// Returns the stored counts of ranges of time.
  ///
  /// - `counted`: Labels to take instead of the stored ones.
  func series(
    _ stored: StoredBinning,
    _ ranges: [TimeRange],
    _ decays: [String: VersionDecay],
    labels counted: [StoredBucket<LabelProfile>]? = nil,
    _ connection: Connection
  ) async throws -> ModelSeries {
    let profiles = ProfileStore(connection, stored)
    let labels = LabelStore(connection, stored)
    var found: (features: [StoredBucket<FeatureProfile>], labels: [StoredBucket<LabelProfile>]) =
      ([], counted ?? [])
    var outcomes: [StoredBucket<OutcomeProfile>] = []
    let ages = decays.compactMapValues(\.labelAge)
    for range in ranges {
      found.features += try await profiles.featureBuckets(range)
      if counted == nil { found.labels += try await labels.labelBuckets(range) }
      outcomes += try await OutcomeStore(connection, stored).outcomeBuckets(range, labelAges: ages)
    }
    return ModelSeries(
      stored.binning,
      features: found.features,
      labels: found.labels,
      outcomes: outcomes.filter { decays[$0.version]?.isOfAge($0.bucket) ?? false }
    )
  }

  /// The past up to a moment, from the customers' tables.
  private func past(
    _ model: ModelSettings,
    _ stored: StoredBinning,
    knownAt moment: Instant
  ) async throws -> ReplayPast {
    let source = try await source(model, try await openForReading())
    let reader = reader(source, dropsRepeats: stored.hasRepeats)
    return try await ReplayPast(source, reader, stored, until: moment, monitor: self)
  }

  /// The moment that the report speaks of: that of the labels, else that of the last check.
  private func checkedAsOf(
    _ stored: StoredBinning,
    _ findings: FindingStore,
    _ model: String
  ) async throws -> Instant? {
    if let labelled = stored.labelledAsOf { return labelled }
    return try await findings.lastCheck(model)
  }
}
