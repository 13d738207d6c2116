// SPDX-License-Identifier: Apache-2.0
package import Alerting
import Postgres
package import Profiles
package import Reports
import Scan
package import Settings
import Store
import YAMLSource

/// Past time to run as if it were live.
package struct ReplayPlan: Sendable {
  package let range: TimeRange
  /// The moments to check, in order.
  package let moments: [Instant]
  /// How the step was written.
  package let step: String

  /// A plan; nil where the step is no positive duration.
  ///
  /// Steps of whole days follow the calendar: every day at the same local time.
  ///
  /// - `step`: `1d`, `7d`, `6h`, or `1mo` for a month.
  package init?(_ range: TimeRange, every step: String, _ calendar: ZonedCalendar) {
    self.range = range
    self.step = step
    var moments: [Instant] = []
    let first = calendar.date(at: range.from)
    let timeOfDay = range.from.microseconds - calendar.start(of: first).microseconds
    let duration = FixedDuration(step)
    let days = duration.flatMap { Self.wholeDays($0) }
    if step != "1mo", duration.map({ $0 <= .zero }) ?? true { return nil }
    for count in 0... {
      let moment: Instant
      if step == "1mo" {
        moment = Instant(
          microseconds: calendar.start(of: first.plus(months: count)).microseconds + timeOfDay
        )
      } else if let days {
        let day = CivilDate(dayNumber: first.dayNumber + count * days)
        moment = Instant(microseconds: calendar.start(of: day).microseconds + timeOfDay)
      } else {
        moment = Instant(
          microseconds: range.from.microseconds + Int64(count) * (duration?.microseconds ?? 0)
        )
      }
      if moment > range.to { break }
      moments.append(moment)
    }
    self.moments = moments
  }

  private static func wholeDays(_ duration: FixedDuration) -> Int? {
    let day: Int64 = 86_400_000_000
    return duration.microseconds.isMultiple(of: day) ? Int(duration.microseconds / day) : nil
  }
}

extension Monitor {
  /// Runs past time as if it were live: at each moment from the rows and labels known then.
  ///
  /// A row is known from its own time on and counts when its bucket has closed; a label is known from
  /// its time of arrival on. Rules, cells and reference are today's. Marks and stored counts are left
  /// alone; findings are recorded unless `isDry`, each moment with the replay's mark, so that an
  /// interrupted replay goes on where it stopped.
  ///
  /// Alerts begin with none and move as they would have; nothing of them is stored.
  ///
  /// - `onStep`: Given each moment with what a check would have said then, and the alerts that moved.
  /// - Complexity: O(rows of the range + labels of the range + moments · (buckets + windows)).
  package func replay(
    _ model: ModelSettings,
    _ plan: ReplayPlan,
    isDry: Bool,
    now: Instant,
    onStep: @escaping @Sendable (Instant, [ModelReport], [AlertChange]) -> Void
  ) async throws {
    if isDry {
      let connection = try await open()
      try await requireSchema(connection)
      try await replay(model, plan, isDry: true, now: now, connection, onStep)
    } else {
      try await withTurn(model.name.value) { connection in
        try await self.replay(model, plan, isDry: false, now: now, connection, onStep)
      }
    }
  }

  private func replay(
    _ model: ModelSettings,
    _ plan: ReplayPlan,
    isDry: Bool,
    now: Instant,
    _ connection: Connection,
    _ onStep: @Sendable (Instant, [ModelReport], [AlertChange]) -> Void
  ) async throws {
    guard let last = plan.moments.last else { return }
    let source = try await source(model, try await openForReading())
    let store = ModelStore(connection)
    var references = try await referenceRanges(
      model,
      store,
      try await store.binning(of: model.name.value),
      until: last
    ) { try await self.reader(source, dropsRepeats: false).firstTime() }
    guard let known = references.base.map(\.to).max(), known <= last else {
      for moment in plan.moments { onStep(moment, [], []) }
      return
    }
    let repeats = try await reader(source, dropsRepeats: false).repeats(nil)
    let reader = reader(source, dropsRepeats: repeats > 0)
    let stored = try await replayCells(source, reader, store, references, isDry: isDry, now: now)
    guard let stored else { return }
    var record: (replay: Int, doneUntil: Instant?)?
    let number = isDry ? 0 : try await store.ensureModel(model.name.value)
    if !isDry {
      let settings =
        "\(model.outcomes?.followUp?.description ?? "")|\(model.falseAlertsPerMonth ?? 0)|"
        + "\(model.windows)|\(model.lateness)"
      let outcome = "\(stored.identifier)|\(judge.rules)|\(Monitor.software)|\(settings)"
      record = try await ReplayStore(connection).begin(
        model: number,
        plan.range,
        step: plan.step,
        digest: Int(truncatingIfNeeded: ByteHash.of(outcome))
      )
    }
    var past = try await ReplayPast(source, reader, stored, until: last, monitor: self)
    var previous: Instant?
    var decays: [String: VersionDecay] = [:]
    var board = AlertBoard()
    var customers = CustomerFacts()
    customers.isCoverageWanted = model.customers != nil
    for (index, moment) in plan.moments.enumerated() {
      progress.note("\(model.name.value): \(moment), \(index + 1) of \(plan.moments.count)")
      defer { previous = moment }
      if let done = record?.doneUntil, moment <= done { continue }
      guard known <= moment else {
        onStep(moment, [], [])
        continue
      }
      let labels = try await past.labels(asOf: moment)
      let closed = past.closed(moment)
      let features = past.features(until: closed)
      let activity = Activity(features: features, labels: labels)
      references.settle(activity, keptFrom: stored.keptFrom, until: closed)
      try await refresh(
        &customers,
        model,
        stored,
        reader,
        references,
        versions: activity.versions,
        asOf: moment,
        store: nil
      )
      let training = try await trainingProfiles(source, reader, stored, activity, connection)
      let run = CycleRun(
        monitor: self,
        model: model,
        source: source,
        reader: reader,
        connection: connection,
        references: references,
        asOf: moment,
        isFullSweep: false
      )
      decays = versionDecays(
        model,
        references,
        labels,
        until: moment.advanced(by: -model.lateness),
        states: decays.compactMapValues(\.state),
        customers
      )
      let outcomes = try await past.outcomes(asOf: moment, decays)
      var reports = try await run.judge(
        stored,
        activity,
        endingBy: closed,
        since: previous ?? model.grid.lastEdge(atOrBefore: plan.range.from),
        past.inspection,
        decays,
        customers,
        training,
        coverage: nil
      ) { _ in
        let series = ModelSeries(
          stored.binning,
          features: features,
          labels: labels,
          outcomes: outcomes
        )
        return (series, try await treatments(model, stored, [plan.range], connection))
      }
      if let record {
        try await FindingStore(connection).record(
          model: number,
          binning: stored.identifier,
          asOf: moment,
          software: Self.software,
          rowsRead: 0,
          startedAt: now,
          replay: ReplayStep(
            replay: record.replay,
            previous: previous.flatMap { known <= $0 ? $0 : nil },
            isLast: moment == last
          ),
          windows: reports.judged,
          faults: [],
          advice: reports.advice
        )
      }
      let changes = board.update(
        alertView(model, reports, activity, endingBy: closed),
        judge.rules,
        model.grid,
        now: moment
      )
      for index in reports.indices {
        reports[index].alerts =
          board.alerts.values.sorted { $0.key < $1.key }
          .filter { $0.key.version == reports[index].version && $0.state != .inactive }
          .map { AlertNote($0, number: nil) }.inOrder
      }
      onStep(moment, reports, changes)
    }
  }

  /// The cells that a replay counts in: those in force, or new ones, which a dry run does not store.
  private func replayCells(
    _ source: Source,
    _ reader: RowReader,
    _ store: ModelStore,
    _ references: ReferenceRanges,
    isDry: Bool,
    now: Instant
  ) async throws -> StoredBinning? {
    let name = source.model.name.value
    let current = try await store.binning(of: name)
    if let current, current.fingerprint == Fingerprint.of(source.model, references) {
      return current
    }
    var inspection = InputInspection()
    let made = try await makeCells(source, reader, references, asOf: now, &inspection)
    guard let made else { throw NoReference(model: name, reason: inspection.faults.last?.message) }
    if isDry { return StoredBinning(unstored: made.binning, rows: made.rows, from: made.from) }
    return try await storeCells(
      made,
      source,
      store,
      references,
      number: try await store.ensureModel(name),
      after: current?.number ?? 0
    )
  }

  /// A reference without rows.
  package struct NoReference: Error, CustomStringConvertible {
    let model: String
    let reason: String?
    package var description: String { "\(model): \(reason ?? "there is no reference")" }
  }
}
