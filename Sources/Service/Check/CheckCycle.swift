// SPDX-License-Identifier: Apache-2.0
import Alerting
import Checks
import Evaluation
import Failpoints
import Postgres
import Profiles
import Reports
import Scan
import Settings
import SourceTables
import Store

/// One check of one model, in six stages: inspect, bin, advance, load, evaluate, record.
///
/// All that is stored before `record` are counts behind watermarks: a check that ends anywhere is
/// continued by the next.
struct CheckCycle: Sendable {
  private let context: CycleContext
  /// The model's number.
  private let number: Int
  private var reader: RowReader
  private let references: ReferenceRanges
  private var inspection = InputInspection()
  /// The newest bins, whether or not they fit the configuration; nil where there are none.
  private let newest: StoredBinning?
  /// Whether the newest bins were made from the reference that holds now.
  private let fits: Bool

  init(_ context: CycleContext) async throws {
    self.context = context
    context.reach(.locked)
    let (model, runtime) = (context.model, context.runtime)
    let store = ModelStore(context.connection)
    number = try await store.ensureModel(model.name)
    newest = try await store.binning(of: model.name)
    references = try await ReferenceChoices(runtime).ranges(
      model,
      store,
      bins: newest,
      until: context.closed
    ) { try await runtime.reader(context.source, dropsRepeats: false).firstTime() }
    fits = newest?.fingerprint == references.fingerprint(model)
    reader = runtime.reader(context.source, dropsRepeats: fits && newest?.hasRepeats ?? false)
  }

  /// Runs the stages.
  mutating func run() async throws -> CheckOutcome {
    try await inspect()
    // Where nothing can be counted the issues say why.
    guard let binned = try await bin() else {
      return outcome([VersionEvaluation(version: context.source.constantVersion)])
    }
    let (log, past) = try await advance(binned)
    let loaded = try await load(log, past)
    var history = loaded.history
    var evaluations = evaluate(&history, loaded.windows)
    let hasMoved = try await record(&evaluations, history, in: log.bins, isPast: past != nil)
    var outcome = outcome(evaluations)
    outcome.history = history
    outcome.features = log.bins.binning.notes
    outcome.hasMovedAlerts = hasMoved
    return outcome
  }

  private func outcome(_ evaluations: [VersionEvaluation]) -> CheckOutcome {
    CheckOutcome(
      source: context.source,
      number: number,
      asOf: context.asOf,
      evaluations: evaluations,
      issues: inspection.issues
    )
  }
}

// MARK: Stages

extension CheckCycle {
  /// Counts what is wrong with the tables.
  private mutating func inspect() async throws {
    let (source, asOf, closed) = (context.source, context.asOf, context.closed)
    let bins = fits ? newest : nil
    context.progress.begin(.inspecting, "inspecting \(source.predictions.name)")
    defer { context.progress.end() }
    let counts = try await reader.sourceCounts(
      predictions: bins.flatMap {
        TimeRange(from: $0.profiledUntil, to: max(closed, $0.profiledUntil))
      },
      outcomes: bins?.settledAsOf.flatMap { TimeRange(from: $0, to: max(asOf, $0)) }
        ?? TimeRange(from: .distantPast, to: asOf),
      now: context.now
    )
    inspection.add(counts, source)
    if context.isBehind { inspection.addReplicaLag(source.predictions.name, replayedUntil: asOf) }
    reader.dropsRepeats = reader.dropsRepeats || counts.repeats > 0
  }

  /// Makes bins from the reference where none fit.
  ///
  /// - Returns: The bins in force; nil, with an issue that says why, where none can be made.
  private mutating func bin() async throws -> ModelLog? {
    let (runtime, source) = (context.runtime, context.source)
    let store = ModelStore(context.connection)
    var current = fits ? newest : nil
    if current == nil {
      let maker = BinMaker(
        runtime: runtime,
        source: source,
        reader: reader,
        references: references
      )
      if let made = try await maker.make(asOf: context.asOf, &inspection) {
        current = try await maker.store(
          made,
          in: store,
          model: number,
          after: newest?.number ?? 0
        )
      }
    }
    guard let bins = current else { return nil }
    if reader.dropsRepeats, !bins.hasRepeats { try await store.recordRepeats(bins) }
    if let new = TimeRange(from: bins.profiledUntil, to: max(context.closed, bins.profiledUntil)) {
      inspection.addRepeatedCustomers(
        try await reader.repeatedCustomers(new, edges: context.model.grid.edges(covering: new)),
        source.predictions.name,
        bucket: context.model.bucket
      )
    }
    return ModelLog(runtime: runtime, source: source, reader: reader, bins: bins)
  }

  /// Reads features and labels that are new, and stores them.
  ///
  /// - Returns: The log with its watermarks as they are then; and, of a check as of an earlier
  ///   moment than the last one, the labels as known then, of which nothing is stored.
  private mutating func advance(
    _ binned: ModelLog
  ) async throws -> (log: ModelLog, past: [StoredBucket<LabelProfile>]?) {
    var features = FeatureAdvance(context, binned)
    let log = try await features.run(&inspection)
    let past = try await LabelAdvance(context, log).run(&inspection)
    if past == nil { try await ArrivalAdvance(context, log).run() }
    return (log, past)
  }

  /// Loads what is known of the model up to the check's moment, after reading what has come due:
  /// outcomes by feature, who was treated, how many customers were scored.
  private func load(
    _ log: ModelLog,
    _ past: [StoredBucket<LabelProfile>]?
  ) async throws -> (history: ModelHistory, windows: [WindowChoice]) {
    let source = CheckHistory(context, log, past: past)
    var history = ModelHistory(
      context.plan,
      ModelHistory.Bins(log.bins),
      references: references,
      asOf: context.asOf,
      closed: context.closed
    )
    history.absences = inspection.absences
    try await history.prepare(from: source)
    if past == nil {
      try await OutcomeAdvance(context, log).run(history.decays)
      try await TreatmentAdvance(context, log).run(history.decays)
    }
    context.reach(.outcomesStored)
    let previous = try await FindingStore(context.connection).lastCheck(context.model.name)
    let windows = history.dueWindows(since: previous)
    try await history.load(windows, from: source)
    return (history, windows)
  }

  /// Applies the rules.
  private mutating func evaluate(
    _ history: inout ModelHistory,
    _ windows: [WindowChoice]
  ) -> [VersionEvaluation] {
    if let lingering = history.lingeringVersion { inspection.add(lingering) }
    history.issues = inspection.issues
    let evaluations = evaluator.evaluate(history, windows)
    context.reach(.evaluated)
    return evaluations
  }

  private var evaluator: Evaluator { Evaluator(RuleEvaluator(rules: context.rules)) }

  /// Records the findings and what to do, and moves alerts and detectors, in one transaction.
  ///
  /// - Parameters:
  ///   - evaluations: The findings by version; receives the advice.
  ///   - history: What they were made from.
  ///   - bins: The bins in which it was counted.
  ///   - isPast: Whether the check is as of an earlier moment than the last one.
  /// - Returns: Whether alerts were moved.
  /// - Throws: `ConcurrentUpdate` where another run has moved them meanwhile.
  private func record(
    _ evaluations: inout [VersionEvaluation],
    _ history: ModelHistory,
    in bins: StoredBinning,
    isPast: Bool
  ) async throws -> Bool {
    let (alerts, board) =
      context.options.isLive ? try await moveAlerts(evaluations, history) : (nil, nil)
    evaluator.advise(&evaluations, history, alerts: board.map { Array($0.alerts.values) })
    var record = CheckRecord(
      model: number,
      binning: bins.identifier,
      asOf: context.asOf,
      software: SoftwareVersion.current.text,
      rowsRead: inspection.rowsRead,
      startedAt: context.now,
      evaluations: evaluations,
      issues: history.issues
    )
    if !isPast { record.detectors = try history.decays.compactMap { try $1.stored(version: $0) } }
    record.alerts = alerts
    record.expiry = context.model.retention.expiry(bins, history)
    try await FindingStore(context.connection, context.runtime.failpoints).record(record)
    context.reach(.recorded)
    return record.alerts != nil
  }

  /// Steps a model's alerts by what a check saw, and says how they stand then; nil where what is
  /// known of a later moment must not change.
  private func moveAlerts(
    _ evaluations: [VersionEvaluation],
    _ history: ModelHistory
  ) async throws -> (AlertRecord?, AlertBoard?) {
    let model = context.model
    let store = AlertStore(context.connection)
    let last = try await store.revision(number)
    guard last.asOf.map({ $0 <= context.asOf }) ?? true else { return (nil, nil) }
    let known = try await store.alerts(model.name)
    var board = AlertBoard(known.map(\.alert))
    let view = AlertView(evaluations, of: history, rules: context.rules)
    let record = AlertRecord(
      revision: last.revision,
      changes: board.update(view, by: context.rules, on: model.grid, now: context.asOf),
      rules: context.rules,
      known: known,
      notifications: context.alerting.notifications(of: model)
    )
    return (record, board)
  }
}
