// SPDX-License-Identifier: Apache-2.0
import Alerting
import Checks
import Evaluation
import Logging
import Postgres
import Profiles
import Reports
import Settings
import SourceTables
import Store

/// One replay of one model.
struct ReplayRun: Sendable {
  /// What is replayed, and how.
  struct Request: Sendable {
    let runtime: Runtime
    let rules: [Rule]
    let model: ModelSettings
    let plan: ReplayPlan
    /// Whether nothing is written.
    let isDry: Bool
    let now: Instant
  }

  private let request: Request
  private let log: ModelLog
  private let connection: Connection
  private let last: Instant
  /// The end of the reference; before it nothing can be compared.
  private let known: Instant
  private let references: ReferenceRanges
  /// Where findings are recorded; nil for a dry run.
  private let record: Record?

  private struct Record: Sendable {
    /// The model's number.
    let model: Int
    /// The replay's number.
    let replay: Int
    /// The last moment that an interrupted run has recorded.
    let doneUntil: Instant?
  }

  /// Finds or makes the bins; nil where the reference ends after the last moment.
  init?(_ request: Request, _ connection: Connection) async throws {
    let (runtime, model, plan) = (request.runtime, request.model, request.plan)
    let source = try await runtime.resolve(model)
    let store = ModelStore(connection)
    guard let last = plan.moments.last else { return nil }
    let references = try await ReferenceChoices(runtime).ranges(
      model,
      store,
      bins: try await store.binning(of: model.name),
      until: last
    ) { try await runtime.reader(source, dropsRepeats: false).firstTime() }
    guard let known = references.base.map(\.to).max(), known <= last else { return nil }
    let repeats = try await runtime.reader(source, dropsRepeats: false).repeats(nil)
    let reader = runtime.reader(source, dropsRepeats: repeats > 0)
    let maker = BinMaker(runtime: runtime, source: source, reader: reader, references: references)
    let bins = try await Self.bins(maker, in: store, request)
    if request.isDry {
      record = nil
    } else {
      record = try await Self.begin(
        request,
        bins,
        model: try await store.ensureModel(model.name),
        on: connection
      )
    }
    log = ModelLog(runtime: runtime, source: source, reader: reader, bins: bins)
    self.request = request
    self.connection = connection
    self.references = references
    self.last = last
    self.known = known
  }

  /// The bins in which a replay counts: those in force, or new ones, which a dry run does not
  /// store.
  private static func bins(
    _ maker: BinMaker,
    in store: ModelStore,
    _ request: Request
  ) async throws -> StoredBinning {
    let model = request.model
    let current = try await store.binning(of: model.name)
    if let current, current.fingerprint == maker.references.fingerprint(model) { return current }
    var inspection = InputInspection()
    guard let made = try await maker.make(asOf: request.now, &inspection) else {
      throw NoReference(model: model.name, reason: inspection.issues.last?.message)
    }
    if request.isDry {
      return StoredBinning(unstored: made.binning, rows: made.rows, from: made.from)
    }
    return try await maker.store(
      made,
      in: store,
      model: try await store.ensureModel(model.name),
      after: current?.number ?? 0
    )
  }

  /// Begins to record, or resumes a run that was interrupted.
  private static func begin(
    _ request: Request,
    _ bins: StoredBinning,
    model number: Int,
    on connection: Connection
  ) async throws -> Record {
    let identity = request.model.replayIdentity(
      binning: bins.identifier,
      rules: request.rules.map(\.identity),
      software: SoftwareVersion.current.text
    )
    let begun = try await ReplayStore(connection).begin(
      model: number,
      request.plan.range,
      step: request.plan.step,
      digest: Int(truncatingIfNeeded: ByteHash.of(identity.text))
    )
    return Record(model: number, replay: begun.replay, doneUntil: begun.doneUntil)
  }

  /// Evaluates one moment after another.
  ///
  /// - Parameter onStep: Receives each moment in order.
  /// - Throws: `ConcurrentUpdate` where another run has recorded meanwhile.
  func run(_ onStep: @Sendable (ReplayService.Step) -> Void) async throws {
    let (model, plan, rules) = (request.model, request.plan, request.rules)
    var past = try await ReplayPast(log, until: last)
    var previous: Instant?
    var carried = ReplayHistory.Carried()
    carried.customers.isCoverageWanted = model.customers != nil
    var board = AlertBoard()
    for (index, moment) in plan.moments.enumerated() {
      log.runtime.log(of: model.name)
        .info("\(moment), \(index + 1) of \(plan.moments.count)")
      defer { previous = moment }
      if let done = record?.doneUntil, moment <= done { continue }
      guard known <= moment else {
        onStep(ReplayService.Step(moment: moment))
        continue
      }
      let (history, found) = try await evaluate(
        moment,
        &past,
        carried: carried,
        since: previous ?? model.grid.lastEdge(atOrBefore: plan.range.from)
      )
      var evaluations = found
      carried.customers.effects = history.customers.effects
      carried.detectors = history.decays.compactMapValues(\.state)
      let changes = board.update(
        AlertView(evaluations, of: history, rules: rules),
        by: rules,
        on: model.grid,
        now: moment
      )
      evaluator.advise(&evaluations, history, alerts: Array(board.alerts.values))
      try await store(evaluations, moment, previous: previous)
      let reports = evaluations.map { report($0, history, board: board) }
      onStep(ReplayService.Step(moment: moment, reports: reports, changes: changes))
    }
  }

  /// What a check at a moment would have said.
  private func evaluate(
    _ moment: Instant,
    _ past: inout ReplayPast,
    carried: ReplayHistory.Carried,
    since previous: Instant
  ) async throws -> (ModelHistory, [VersionEvaluation]) {
    let plan = EvaluationPlan(request.model)
    let closed = plan.closed(asOf: moment)
    var counts = ReplayHistory(
      log: log,
      known: StoredHistory(model: request.model, bins: log.bins, connection: connection),
      specification: DecaySpecification(plan, rules: request.rules),
      arrivals: past.arrivals,
      features: past.features(until: closed),
      labels: try await past.labels(asOf: moment),
      carried: carried,
      range: request.plan.range
    )
    var history = ModelHistory(
      plan,
      ModelHistory.Bins(log.bins),
      references: references,
      asOf: moment,
      closed: closed
    )
    history.issues = past.inspection.issues
    history.absences = past.inspection.absences
    try await history.prepare(from: counts)
    counts.outcomes = try await past.outcomes(asOf: moment, history.decays)
    let windows = history.dueWindows(since: previous)
    try await history.load(windows, from: counts)
    return (history, evaluator.evaluate(history, windows))
  }

  private var evaluator: Evaluator { Evaluator(RuleEvaluator(rules: request.rules)) }

  /// Records a moment, unless the run is dry.
  private func store(
    _ evaluations: [VersionEvaluation],
    _ moment: Instant,
    previous: Instant?
  ) async throws {
    guard let record else { return }
    var check = CheckRecord(
      model: record.model,
      binning: log.bins.identifier,
      asOf: moment,
      software: SoftwareVersion.current.text,
      rowsRead: 0,
      startedAt: request.now,
      evaluations: evaluations,
      issues: []
    )
    check.replay = ReplayStep(
      replay: record.replay,
      previous: previous.flatMap { known <= $0 ? $0 : nil },
      isLast: moment == last
    )
    try await FindingStore(connection).record(check)
  }

  private func report(
    _ evaluation: VersionEvaluation,
    _ history: ModelHistory,
    board: AlertBoard
  ) -> ModelReport {
    var report = ModelReport(
      model: request.model.name,
      evaluation,
      issues: history.issues,
      features: log.bins.binning.notes
    )
    report.alerts =
      board.alerts.values.sorted { $0.key < $1.key }
      .filter { $0.key.version == evaluation.version && $0.state != .inactive }
      .map { ReportedAlert($0) }.inOrder
    return report
  }
}
