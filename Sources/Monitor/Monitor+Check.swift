// SPDX-License-Identifier: Apache-2.0
import Findings
import Foundation
import Postgres
package import Profiles
package import Reports
import Scan
package import Settings
import Store
import YAMLSource

extension Monitor {
  /// Makes one cycle on a model: reads what is new, measures, judges and records.
  ///
  /// - `asOf`: The moment as of which to check; what happened later is not looked at.
  /// - `now`: The clock, for telling predictions from the future.
  /// - `isFullSweep`: Whether all closed buckets are compared with the rows, however old.
  /// - `isLive`: Whether alerts move; a check of the past leaves them alone.
  /// - Returns: The windows judged: the newest of each kind, and those whose labels have matured
  ///   since the last check, or else the newest one whose labels are mature.
  package func check(
    _ model: ModelSettings,
    asOf: Instant,
    now: Instant,
    isFullSweep: Bool = false,
    isLive: Bool = true
  ) async throws -> [ModelReport] {
    precondition(asOf <= now, "buckets of the future cannot be closed")
    return try await withTurn(model.name.value) { connection in
      let source = try await source(model, try await openForReading())
      let readable = try await readableMoment(asOf, connection)
      return try await cycle(
        source,
        connection,
        asOf: readable,
        isBehind: readable < asOf,
        now: now,
        isFullSweep: isFullSweep,
        isLive: isLive
      )
    }
  }

  private func cycle(
    _ source: Source,
    _ connection: Connection,
    asOf: Instant,
    isBehind: Bool,
    now: Instant,
    isFullSweep: Bool,
    isLive: Bool
  ) async throws -> [ModelReport] {
    let model = source.model
    FaultPoint.reach(.turnTaken)
    let store = ModelStore(connection)
    let number = try await store.ensureModel(model.name.value)
    let closed = model.grid.lastEdge(
      atOrBefore: Instant(microseconds: asOf.microseconds - model.lateness.microseconds)
    )
    var stored = try await store.binning(of: model.name.value)
    var references = try await referenceRanges(model, store, stored, until: closed) {
      try await self.reader(source, dropsRepeats: false).firstTime()
    }
    let fingerprint = Fingerprint.of(model, references)
    let previous = stored?.number ?? 0
    if stored?.fingerprint != fingerprint { stored = nil }
    var inspection = InputInspection()
    var reader = reader(source, dropsRepeats: stored?.hasRepeats ?? false)
    progress.begin("looking for faults in \(source.predictions.name)")
    let counts = try await reader.sourceCounts(
      predictions: stored.flatMap {
        TimeRange(from: $0.profiledUntil, to: max(closed, $0.profiledUntil))
      },
      outcomes: stored?.settledAsOf.flatMap { TimeRange(from: $0, to: max(asOf, $0)) }
        ?? TimeRange(from: .distantPast, to: asOf),
      now: now
    )
    progress.end()
    inspection.note(counts, source)
    if isBehind {
      inspection.add(
        InputFault(
          kind: "replica_behind",
          subject: source.predictions.name,
          rows: 0,
          message:
            "the replica that rows are read from had replayed up to \(asOf): checked as of then"
        )
      )
    }
    reader.dropsRepeats = reader.dropsRepeats || counts.repeats > 0
    if stored == nil {
      if let made = try await makeCells(source, reader, references, asOf: asOf, &inspection) {
        stored = try await storeCells(
          made,
          source,
          store,
          references,
          number: number,
          after: previous
        )
      }
    }
    guard var stored else {
      return [ModelReport(without: model, version: source.constantVersion, inspection.faults)]
    }
    if reader.dropsRepeats, !stored.hasRepeats { try await store.noteRepeats(stored) }
    if let new = TimeRange(from: stored.profiledUntil, to: max(closed, stored.profiledUntil)) {
      let edges = model.grid.edges(covering: new)
      inspection.noteRepeatedCustomers(
        try await reader.repeatedCustomers(new, edges: edges),
        source.predictions.name,
        bucket: model.bucket
      )
    }
    var run = CycleRun(
      monitor: self,
      model: model,
      source: source,
      reader: reader,
      connection: connection,
      references: references,
      asOf: asOf,
      isFullSweep: isFullSweep
    )
    stored = try await run.readFeatures(stored, until: closed, &inspection)
    let past = try await run.readLabels(stored, until: closed, &inspection)
    guard let range = TimeRange(from: stored.profiledFrom, to: max(closed, stored.profiledFrom))
    else { return [] }
    let findings = FindingStore(connection)
    let profiles = ProfileStore(connection, stored)
    let activity =
      if let past {
        Activity(features: try await profiles.featureBuckets(range), labels: past)
      } else { Activity(try await profiles.activity(range)) }
    references.settle(activity, keptFrom: stored.keptFrom, until: closed)
    run.references = references
    if let lingering = run.lingering(activity, endingBy: closed) { inspection.add(lingering) }
    let customerStore = past == nil ? CustomerStore(connection, stored) : nil
    var customers = try await customerFacts(model, stored, connection)
    try await refresh(
      &customers,
      model,
      stored,
      reader,
      references,
      versions: activity.versions,
      asOf: asOf,
      store: customerStore
    )
    let training = try await trainingProfiles(source, reader, stored, activity, connection)
    let decays = try await decays(
      model,
      stored,
      references,
      past,
      until: asOf.advanced(by: -model.lateness),
      customers,
      connection
    )
    if past == nil {
      try await run.readOutcomes(stored, decays)
      try await run.readTreatment(stored, decays)
    }
    FaultPoint.reach(.outcomesStored)
    let reports = try await run.judge(
      stored,
      activity,
      endingBy: closed,
      since: try await findings.lastCheck(model.name.value),
      inspection,
      decays,
      customers,
      training,
      coverage: customerStore
    ) { ranges in
      (
        try await series(stored, ranges, decays, labels: past, connection),
        try await treatments(model, stored, ranges, connection)
      )
    }
    FaultPoint.reach(.judged)
    let record =
      isLive
      ? try await moveAlerts(
        model,
        reports,
        activity,
        endingBy: closed,
        number: number,
        asOf: asOf,
        connection
      )
      : nil
    try await findings.record(
      model: number,
      binning: stored.identifier,
      asOf: asOf,
      software: Self.software,
      rowsRead: inspection.rowsRead,
      startedAt: now,
      windows: reports.judged,
      faults: inspection.faults,
      advice: reports.advice,
      detectors: past == nil ? try decays.compactMap { try $1.stored(version: $0) } : [],
      alerts: record,
      expiry: model.retention.expiry(
        stored,
        asOf: asOf,
        // A log that ended long ago is as worth keeping as on its last day.
        newest: min(activity.end ?? stored.keptFrom, closed),
        model.grid,
        references
      )
    )
    FaultPoint.reach(.recorded)
    return try await concluded(
      reports,
      source,
      activity,
      endingBy: closed,
      number: number,
      asOf: asOf,
      moves: record != nil,
      connection
    )
  }
}

extension Retention {
  /// Cells that were replaced are kept this long, to look up what was found in them.
  private static let replacedCells = FixedDuration(microseconds: 30 * 86_400_000_000)

  /// What has been kept long enough.
  ///
  /// - `newest`: The end of the newest bucket with rows; the age of profiles is counted from it.
  func expiry(
    _ stored: StoredBinning,
    asOf: Instant,
    newest: Instant,
    _ grid: BucketGrid,
    _ references: ReferenceRanges
  ) -> Expiry {
    Expiry(
      stored,
      profiles: grid.lastEdge(atOrBefore: newest.advanced(by: -profiles)),
      findings: asOf.advanced(by: -findings),
      replacedCells: asOf.advanced(by: -Self.replacedCells),
      except: references.all
    )
  }
}

extension [ModelReport] {
  /// What to do, by version, to be recorded.
  var advice: [(version: String, advice: Advice)] {
    compactMap { report in report.advice.map { (report.version, $0) } }
  }

  /// The windows with their findings, to be recorded.
  var judged: [JudgedWindow] {
    flatMap { report in
      report.windows.map {
        JudgedWindow(
          version: report.version,
          kind: $0.kind,
          range: $0.range,
          findings: $0.findings
        )
      }
    }
  }
}

extension ModelReport {
  /// A report on a model that cannot be measured, with the reasons.
  init(without model: ModelSettings, version: String, _ faults: [InputFault]) {
    self.init(
      model: model.name.value,
      version: version,
      windows: [],
      reference: nil,
      faults: faults.map(FaultNote.init),
      features: [],
      charts: ChartData()
    )
  }
}

extension FaultNote {
  init(_ fault: InputFault) {
    self.init(
      kind: fault.kind,
      subject: fault.subject,
      rows: fault.rows,
      message: fault.message
    )
  }
}
