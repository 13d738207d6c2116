// SPDX-License-Identifier: Apache-2.0
package import Alerting
import Evaluation
import Postgres
package import Profiles
package import Reports
package import Settings
import Store

/// Reports on the windows of a model from what is stored; the customers' tables are read only for
/// what was known at an earlier moment.
package struct ReportService: Sendable {
  let runtime: Runtime
  private let rules: [Rule]

  package init(_ runtime: Runtime, rules: [Rule]) {
    self.runtime = runtime
    self.rules = rules
  }

  /// Which windows to report on, and as known when.
  package struct Question: Sendable {
    /// The start; nil for the start of what is stored.
    package var from: Instant?
    /// The end; nil for the end of what is stored.
    package var to: Instant?
    /// The moment of which to say what was known then; nil for now.
    ///
    /// The customers' tables are read for it, since what is stored is what is known now. Bins and
    /// rules are today's.
    package var knownAt: Instant?

    package init(from: Instant? = nil, to: Instant? = nil, knownAt: Instant? = nil) {
      self.from = from
      self.to = to
      self.knownAt = knownAt
    }
  }

  /// Returns the report on every window of a model inside a range.
  ///
  /// - Throws: `NeverChecked`; `NotReportable` where nothing is known of the moment asked for.
  package func report(
    _ model: ModelSettings,
    _ question: Question = Question()
  ) async throws -> (asOf: Instant, models: [ModelReport]) {
    let connection = try await runtime.openMigrated()
    // At one moment: a check that ends meanwhile may delete what was kept long enough.
    return try await connection.withTransaction(.snapshot) { connection in
      try await self.report(model, question, on: connection)
    }
  }

  private func report(
    _ model: ModelSettings,
    _ question: Question,
    on connection: Connection
  ) async throws -> (asOf: Instant, models: [ModelReport]) {
    let store = ModelStore(connection)
    let name = model.name
    guard let bins = try await store.binning(of: name),
      let checked = try await checkedAsOf(bins, name, on: connection)
    else { throw NeverChecked(name) }
    let plan = EvaluationPlan(model)
    let asOf = question.knownAt ?? checked
    let references = try await ReferenceChoices(runtime)
      .ranges(model, store, bins: bins, until: asOf) { nil }
    if let knownAt = question.knownAt {
      try require(bins, references, of: model, reportableAt: knownAt)
    }
    let end = question.knownAt.map { min(bins.profiledUntil, plan.closed(asOf: $0)) }
    guard
      let all = TimeRange(from: bins.keptFrom, to: end ?? bins.profiledUntil),
      let range = TimeRange(
        from: max(question.from ?? all.from, all.from),
        to: min(question.to ?? all.to, all.to)
      )
    else { return (asOf, []) }
    var history = ModelHistory(
      plan,
      ModelHistory.Bins(bins),
      references: references,
      asOf: asOf,
      closed: all.to
    )
    // Issues were found by the last check; they say nothing of an earlier moment.
    if question.knownAt == nil {
      history.issues = try await FindingStore(connection).lastIssues(name)
    }
    let known = StoredHistory(model: model, bins: bins, connection: connection)
    try await load(&history, known, in: all, knownAt: question.knownAt)
    let evaluator = Evaluator(RuleEvaluator(rules: rules.assigned(to: model.windows)))
    var evaluations = evaluator.evaluate(history, history.windows(inside: range))
    // Alerts and jobs stand as they do now; of an earlier moment they say nothing.
    let alerts = question.knownAt == nil ? try await AlertStore(connection).alerts(name) : nil
    // Checks with '--until' keep no alerts: findings stand for them, as they did in the check.
    let stored = alerts?.map(\.alert) ?? []
    evaluator.advise(&evaluations, history, alerts: stored.isEmpty ? nil : stored)
    return (
      asOf,
      try await reports(evaluations, history, from: known, in: range, alerts: alerts)
    )
  }

  /// Loads all that is stored, or what was known at a moment.
  private func load(
    _ history: inout ModelHistory,
    _ known: StoredHistory,
    in all: TimeRange,
    knownAt: Instant?
  ) async throws {
    var source = ReportHistory(known: known, rules: rules, range: all)
    if let knownAt {
      var past = try await past(known, knownAt: knownAt)
      source.labels = try await past.labels(asOf: knownAt)
      source.past = past
      try await history.prepare(from: source)
      source.outcomes = try await past.outcomes(asOf: knownAt, history.decays)
    } else {
      try await history.prepare(from: source)
    }
    history.series = try await source.series(history, ([all] + history.references.all).joined)
    history.treatments = try await source.treatments(history, [all])
  }

  /// Adds to evaluations what else a report says of a model.
  private func reports(
    _ evaluations: [VersionEvaluation],
    _ history: ModelHistory,
    from known: StoredHistory,
    in range: TimeRange,
    alerts: [StoredAlert]?
  ) async throws -> [ModelReport] {
    let name = known.model.name
    let events = try await EventService(runtime)
      .timeline(known, range, knownBy: history.asOf)
    let arrivals = try await ArrivalCurves(known)
      .notes(history.references, versions: evaluations.map(\.version), knownBy: history.asOf)
    let jobs = alerts == nil ? [] : try await JobAdmin(known.connection).jobs(model: name)
    return evaluations.map { evaluation in
      var report = ModelReport(
        model: name,
        evaluation,
        issues: history.issues,
        features: known.bins.binning.notes
      )
      report.events = events.filter { $0.version == nil || $0.version == evaluation.version }
      report.arrivals = arrivals[evaluation.version] ?? []
      report.alerts = alerts?.reported(of: evaluation.version, asOf: history.asOf) ?? []
      report.jobs = Array(jobs.prefix(ModelReport.jobsShown))
      return report
    }
  }

  /// The past up to a moment, from the customers' tables.
  private func past(_ known: StoredHistory, knownAt moment: Instant) async throws -> ReplayPast {
    let source = try await runtime.resolve(known.model)
    let log = ModelLog(
      runtime: runtime,
      source: source,
      reader: runtime.reader(source, dropsRepeats: known.bins.hasRepeats),
      bins: known.bins
    )
    return try await ReplayPast(log, until: moment)
  }

  /// The moment of which the report speaks: that of the labels, else that of the last check.
  private func checkedAsOf(
    _ bins: StoredBinning,
    _ model: String,
    on connection: Connection
  ) async throws -> Instant? {
    if let labelled = bins.labelledAsOf { return labelled }
    return try await FindingStore(connection).lastCheck(model)
  }
}

extension ReportService {
  /// A moment of which nothing can be reported.
  package struct NotReportable: Error, CustomStringConvertible {
    let reason: String
    package var description: String { reason }
  }

  /// Makes sure that the past can be reported in the bins in force.
  private func require(
    _ bins: StoredBinning,
    _ references: ReferenceRanges,
    of model: ModelSettings,
    reportableAt moment: Instant
  ) throws {
    let name = model.name
    guard bins.fingerprint == references.fingerprint(model) else {
      throw NotReportable(
        reason: "\(name): the configuration or the reference has changed since the last check; run "
          + "'plumbline check' first"
      )
    }
    if let end = references.base.map(\.to).max(), end > moment {
      throw NotReportable(
        reason:
          "\(name): the reference ends on \(end), after \(moment): nothing could be compared then"
      )
    }
  }
}

extension Binning {
  /// The features with what they are taken for.
  var notes: [FeatureNote] {
    features.map { feature in
      var reason: String?
      if case .identifier(let binning) = feature.kind { reason = binning.reason }
      return FeatureNote(name: feature.name, kind: feature.kind.name, reason: reason)
    }
  }
}
