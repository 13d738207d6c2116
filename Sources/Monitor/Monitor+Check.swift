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
  /// - Returns: The windows judged: the newest of each kind, and those whose labels have matured
  ///   since the last check, or else the newest one whose labels are mature.
  package func check(
    _ model: ModelSettings,
    asOf: Instant,
    now: Instant,
    isFullSweep: Bool = false
  ) async throws -> [ModelReport] {
    precondition(asOf <= now, "buckets of the future cannot be closed")
    return try await withTurn(model.name.value) { connection in
      let source = try await source(model, connection)
      return try await cycle(source, connection, asOf: asOf, now: now, isFullSweep: isFullSweep)
    }
  }

  private func cycle(
    _ source: Source,
    _ connection: Connection,
    asOf: Instant,
    now: Instant,
    isFullSweep: Bool
  ) async throws -> [ModelReport] {
    let model = source.model
    FaultPoint.reach(.turnTaken)
    let store = ModelStore(connection)
    let number = try await store.ensureModel(model.name.value)
    let references = try await referenceRanges(model, store)
    let fingerprint = Fingerprint.of(model, references)
    let closed = model.grid.lastEdge(
      atOrBefore: Instant(microseconds: asOf.microseconds - model.lateness.microseconds)
    )
    var stored = try await store.binning(of: model.name.value)
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
    reader.dropsRepeats = reader.dropsRepeats || counts.repeats > 0
    if stored == nil {
      stored = try await binning(
        source,
        number: number,
        reader,
        store,
        references,
        asOf: asOf,
        &inspection
      )
    }
    guard var stored else {
      return [ModelReport(without: model, version: source.constantVersion, inspection.faults)]
    }
    if reader.dropsRepeats, !stored.hasRepeats { try await store.noteRepeats(stored) }
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
    let labels = try await run.readLabels(stored, until: closed, &inspection)
    guard let range = TimeRange(from: stored.profiledFrom, to: max(closed, stored.profiledFrom))
    else { return [] }
    let series = ModelSeries(
      stored.binning,
      features: try await ProfileStore(connection, stored).featureBuckets(range),
      labels: labels
    )
    let findings = FindingStore(connection)
    let reports = run.judge(
      stored,
      series,
      endingBy: closed,
      since: try await findings.lastCheck(model.name.value),
      inspection
    )
    FaultPoint.reach(.judged)
    try await findings.record(
      model: number,
      binning: stored.identifier,
      asOf: asOf,
      software: Self.software,
      rowsRead: inspection.rowsRead,
      startedAt: now,
      windows: reports.flatMap { report in
        report.windows.map {
          JudgedWindow(
            version: report.version,
            kind: $0.kind,
            range: $0.range,
            findings: $0.findings
          )
        }
      },
      faults: inspection.faults
    )
    FaultPoint.reach(.recorded)
    return reports
  }

  /// The ranges of the reference: those of the newest choice by command, else the configuration's.
  func referenceRanges(_ model: ModelSettings, _ store: ModelStore) async throws -> ReferenceRanges
  {
    if let choice = try await store.referenceChoice(model.name.value) {
      return ReferenceRanges(
        ranges: [(nil, choice.range)],
        reason: "chosen by \(choice.author): \(choice.reason)"
      )
    }
    return ReferenceRanges(
      ranges: model.references.map { ($0.version, $0.range) },
      reason: "configured"
    )
  }

  /// Makes cells from the reference, stores and returns them; nil where the reference has no rows.
  private func binning(
    _ source: Source,
    number: Int,
    _ reader: RowReader,
    _ store: ModelStore,
    _ references: ReferenceRanges,
    asOf: Instant,
    _ inspection: inout InputInspection
  ) async throws -> StoredBinning? {
    let model = source.model
    if let end = references.all.map(\.to).max(), end > asOf {
      inspection.add(
        InputFault(
          kind: "no_reference",
          subject: source.predictions.name,
          rows: 0,
          message: "the reference ends on \(end), after the moment of this check: nothing can be "
            + "compared before"
        )
      )
      return nil
    }
    progress.begin("reading the reference")
    var layout = source.layout(features: source.features, segments: model.segments.map(\.value))
    layout.hasIdentifier = true
    let scanned = try await reader.reference(references.all, layout)
    progress.end()
    guard scanned.rows > 0 else {
      inspection.add(
        InputFault(
          kind: "no_reference",
          subject: source.predictions.name,
          rows: 0,
          message: "the reference has no rows: nothing can be compared; mend 'reference' in the "
            + "configuration"
        )
      )
      return nil
    }
    inspection.rowsRead += scanned.rows
    let rows = scanned.rows
    let taken = SourceRoles.json(model)
    let binning = scanned.binning(
      ReferenceScanner.Choices(
        thresholds: model.decision.thresholdValues.map {
          source.hasRealScore ? Double(Float($0)) : $0
        },
        identifiers: model.identifiers.map { $0.map(\.value) },
        isIncluded: { !taken.contains($0) }
      )
    )
    let from = references.all.map(\.from).min() ?? Instant(microseconds: 0)
    let start = model.grid.lastEdge(atOrBefore: from)
    let isFirst = try await store.binning(of: model.name.value) == nil
    let reason = isFirst ? references.reason : "the configuration or the reference changed"
    try await store.insert(
      binning,
      model: number,
      fingerprint: Fingerprint.of(model, references),
      referenceRows: rows,
      from: start,
      reason: reason
    )
    FaultPoint.reach(.cellsStored)
    return try await store.binning(of: model.name.value)
  }
}

/// Members of a jsonb column that are no features.
enum SourceRoles {
  static func json(_ model: ModelSettings) -> Set<String> {
    guard case .json = model.features else { return [] }
    return Subject.reserved.union([model.predictions.score.value, model.predictions.id.value])
  }
}

/// The reference's ranges with why they hold.
struct ReferenceRanges: Sendable {
  let ranges: [(version: String?, range: TimeRange)]
  let reason: String

  /// All ranges, those that overlap or touch as one.
  var all: [TimeRange] { ranges.map(\.range).joined }

  /// The ranges for a version: those stated for it, else those stated for all.
  func ranges(for version: String) -> [TimeRange] {
    let own = ranges.filter { $0.version == version }.map(\.range)
    return own.isEmpty ? ranges.filter { $0.version == nil }.map(\.range) : own
  }
}

/// A text that changes when the cells must be made anew.
enum Fingerprint {
  static func of(_ model: ModelSettings, _ references: ReferenceRanges) -> String {
    var features: String
    switch model.features {
    case .all(let excluded):
      features = "all-" + excluded.map(\.value).sorted().joined(separator: ",")
    case .columns(let names): features = names.map(\.value).joined(separator: ",")
    case .json(let column): features = "json:" + column.value
    }
    let identifiers = model.identifiers.map { $0.map(\.value).joined(separator: ",") } ?? "?"
    let version =
      switch model.predictions.version {
      case .column(let column): "column " + column.value
      case .constant(let version): "constant " + version
      }
    let ranges = references.ranges.map { "\($0.version ?? "*")@\($0.range)" }
    return [
      model.predictions.table.value, model.predictions.id.value, version,
      model.predictions.score.value, model.predictions.time.value,
      model.predictions.condition?.value ?? "", features, identifiers,
      model.segments.map(\.value).joined(separator: ","), ranges.joined(separator: ";"),
      model.bucket, model.grid.calendar.identifier,
    ].joined(separator: "|")
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
