// SPDX-License-Identifier: Apache-2.0
import Findings
import Postgres
import Profiles
import Scan
import Settings
import Store
import YAMLSource

/// Cells made from a reference, before they are stored.
struct MadeCells: Sendable {
  let binning: Binning
  /// Rows of the reference.
  let rows: Int
  /// Where profiles in these cells begin.
  let from: Instant
}

/// How a cycle gets the cells in which it counts.
extension Monitor {
  /// The ranges of the reference: those of the newest choice by command, else the configuration's.
  ///
  /// The cells for one that moves come from a base range, which is chosen once.
  ///
  /// - `stored`: The cells that there are.
  /// - `first`: Gives the time of the first prediction.
  /// - `closed`: Until when buckets are closed.
  func referenceRanges(
    _ model: ModelSettings,
    _ store: ModelStore,
    _ stored: StoredBinning?,
    until closed: Instant,
    first: () async throws -> Instant?
  ) async throws -> ReferenceRanges {
    if let choice = try await store.referenceChoice(model.name.value) {
      return ReferenceRanges(
        ranges: [(nil, choice.range)],
        reason: "chosen by \(choice.author): \(choice.reason)",
        grid: model.grid
      )
    }
    let movement: ReferenceRanges.Movement
    let days: Int
    switch model.reference {
    case .ranges(let ranges):
      return ReferenceRanges(
        ranges: ranges.map { ($0.version, $0.range) },
        reason: "configured",
        grid: model.grid
      )
    case .trailing(let length): (movement, days) = (.trailing(days: length), length)
    case .samePeriodLastYear: (movement, days) = (.lastYear, 365)
    case .training(let source): (movement, days) = (.training(source), ReferenceRanges.firstDays)
    }
    func references(_ base: TimeRange?) -> ReferenceRanges {
      ReferenceRanges(
        ranges: base.map { [(nil, $0)] } ?? [],
        movement: movement,
        reason: "the first days of the log",
        grid: model.grid
      )
    }
    if let stored, stored.fingerprint == Fingerprint.of(model, references(nil)) {
      return references(stored.base)
    }
    return references(try await first().flatMap { Self.base(from: $0, days: days, model, closed) })
  }

  /// The days that cells for a moving reference come from: as many as it is long, where a year is not over as
  /// many as there are, at least four weeks.
  private static func base(
    from first: Instant,
    days: Int,
    _ model: ModelSettings,
    _ closed: Instant
  ) -> TimeRange? {
    let calendar = model.grid.calendar
    let day = calendar.date(at: first)
    func end(_ days: Int) -> Instant {
      calendar.start(of: CivilDate(dayNumber: day.dayNumber + days))
    }
    let last = days < 365 ? end(days) : max(end(28), min(end(days), closed))
    return TimeRange(from: calendar.start(of: day), to: last)
  }

  /// Makes cells from the reference; nil, with a fault that says why, where it has no rows or is still
  /// to come.
  func makeCells(
    _ source: Source,
    _ reader: RowReader,
    _ references: ReferenceRanges,
    asOf: Instant,
    _ inspection: inout InputInspection
  ) async throws -> MadeCells? {
    let model = source.model
    if let end = references.base.map(\.to).max(), end > asOf {
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
    let scanned = try await reader.reference(references.base, layout)
    let trained = try await trainingCells(source, reader, layout)
    progress.end()
    guard scanned.rows > 0, trained.map({ $0.rows > 0 }) ?? true else {
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
    inspection.rowsRead += scanned.rows + (trained?.rows ?? 0)
    let taken = SourceRoles.json(model)
    let choices = ReferenceScanner.Choices(
      thresholds: model.decision.thresholdValues.map {
        source.hasRealScore ? Double(Float($0)) : $0
      },
      identifiers: model.identifiers.map { $0.map(\.value) },
      isIncluded: { !taken.contains($0) }
    )
    let rows = trained?.rows ?? scanned.rows
    var binning = scanned.binning(choices)
    if let trained = trained?.binning(choices) {
      binning = Binning(
        features: trained.features,
        score: binning.score,
        segments: trained.segments
      )
    }
    let from = references.base.map(\.from).min() ?? Instant(microseconds: 0)
    let start = model.grid.lastEdge(atOrBefore: from)
    return MadeCells(binning: binning, rows: rows, from: start)
  }

  /// Stores cells as the model's newest and returns them.
  ///
  /// - `previous`: The number of the cells that they replace; 0 for the first.
  func storeCells(
    _ made: MadeCells,
    _ source: Source,
    _ store: ModelStore,
    _ references: ReferenceRanges,
    number: Int,
    after previous: Int
  ) async throws -> StoredBinning? {
    let name = source.model.name.value
    try await store.insert(
      made.binning,
      model: number,
      after: previous,
      fingerprint: Fingerprint.of(source.model, references),
      referenceRows: made.rows,
      from: made.from,
      base: references.movement.isStill ? nil : references.base.first,
      reason: previous == 0 ? references.reason : "the configuration or the reference changed"
    )
    FaultPoint.reach(.cellsStored)
    return try await store.binning(of: name)
  }
}

/// Members of a jsonb column that are no features.
enum SourceRoles {
  static func json(_ model: ModelSettings) -> Set<String> {
    guard case .json = model.features else { return [] }
    return Subject.reserved.union([model.predictions.score.value, model.predictions.id.value])
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
    // The base of a moving reference is chosen once and does not decide.
    let ranges =
      switch references.movement {
      case .still: references.ranges.map { "\($0.version ?? "*")@\($0.range)" }
      case .trailing(let days): ["trailing \(days)"]
      case .lastYear: ["same period last year"]
      case .training(let source): ["training " + source.specification]
      }
    // Labels are counted with the same cells: what decides them decides the cells.
    return [
      decision(model.decision), model.outcomes.map(outcomes) ?? "no outcomes",
      model.predictions.table.value, model.predictions.id.value, version,
      model.predictions.score.value, model.predictions.time.value,
      model.predictions.condition?.value ?? "", model.predictions.entity?.value ?? "", features,
      identifiers,
      model.segments.map(\.value).joined(separator: ","), ranges.joined(separator: ";"),
      model.bucket, model.grid.calendar.identifier,
    ].joined(separator: "|")
  }

  private static func decision(_ decision: Decision) -> String {
    switch decision {
    case .thresholds(let dated):
      dated.map { "\($0.value)@\($0.from.map(\.description) ?? "*")" }.joined(separator: ",")
    case .column(let name): "column " + name.value
    case .top(let share): "top \(share)"
    }
  }

  private static func outcomes(_ outcomes: OutcomeSource) -> String {
    let key =
      switch outcomes.key {
      case .prediction(let name): "prediction " + name.value
      case .entity(let name): "entity " + name.value
      }
    return [
      outcomes.table.value, key, outcomes.time.value, outcomes.label?.value ?? "",
      outcomes.horizon.description, outcomes.absence.rawValue,
    ].joined(separator: " ")
  }
}
