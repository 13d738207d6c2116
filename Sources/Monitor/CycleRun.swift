// SPDX-License-Identifier: Apache-2.0
import Findings
import Postgres
import Profiles
import Reports
import Scan
import Settings
import Store
import YAMLSource

/// The parts of one cycle on one model.
struct CycleRun {
  let monitor: Monitor
  let model: ModelSettings
  let source: Source
  var reader: RowReader
  let connection: Connection
  var references: ReferenceRanges
  let asOf: Instant
  /// Whether all closed buckets are compared with the rows, however old.
  let isFullSweep: Bool

  /// Judges the newest window of each kind, those whose labels have matured since the last check,
  /// and in any case the newest one whose labels are mature.
  ///
  /// - `previous`: The moment of the last check; nil for the first.
  /// - `decays`: What the detectors of each version say.
  /// - `customers`: What is known of the customers as such.
  /// - `training`: What training rows look like.
  /// - `store`: Where to keep how many customers were scored; nil for runs that write nothing.
  /// - `load`: Gives the counts of some ranges of time: those of the windows to be judged and of the
  ///   reference.
  func judge(
    _ stored: StoredBinning,
    _ activity: Activity,
    endingBy closed: Instant,
    since previous: Instant?,
    _ inspection: InputInspection,
    _ decays: [String: VersionDecay],
    _ customers: CustomerFacts,
    _ training: TrainingProfiles,
    coverage store: CustomerStore?,
    load: ([TimeRange]) async throws -> (ModelSeries, TreatmentSeries?)
  ) async throws -> [ModelReport] {
    var chosen: [(kind: WindowSpec, range: TimeRange, version: String)] = []
    for kind in model.windows {
      guard let last = model.grid.lastWindow(kind, endingBy: closed),
        last.from >= stored.keptFrom
      else { continue }
      let active = activity.versions(in: last)
      // A version that was replaced still has labels to come.
      for version in activity.versions {
        let matured = maturedWindows(kind, before: last, since: previous, version, activity, stored)
        chosen += (matured + (active.contains(version) ? [last] : [])).map { (kind, $0, version) }
      }
    }
    var customers = customers
    try await readCoverage(&customers, chosen.map { ($0.kind, $0.range) }, store: store)
    let compared = chosen.flatMap { kind, range, version in
      references.slice(kind, range, version: version).ranges + [range]
    }
    let (series, treatments) = try await load((compared + references.all).joined)
    let measurement = Measurement(
      series: series,
      judge: monitor.judge,
      references: references,
      absences: inspection.absences,
      hasOutcomes: source.outcomes != nil,
      kinds: Array(Set(chosen.map(\.kind))),
      budget: model.budget,
      decays: decays,
      treatments: treatments,
      customers: customers,
      training: training,
      calendar: model.grid.calendar
    )
    var windows: [String: [WindowReport]] = [:]
    for (kind, range, version) in chosen {
      windows[version, default: []].append(measurement.window(kind, range, version: version))
    }
    let faults = inspection.faults.map(FaultNote.init)
    return windows.sorted { $0.key < $1.key }.map { version, windows in
      ModelReport(
        model: model.name.value,
        version: version,
        windows: windows,
        reference: references.note(
          for: version,
          rows: stored.referenceRows,
          number: stored.number
        ),
        faults: faults,
        advice: measurement.advice(windows, faults, version: version),
        features: stored.binning.notes,
        charts: measurement.charts(windows, version: version)
      )
    }
  }

  /// What tells of a version that should have been switched off.
  func lingering(_ activity: Activity, endingBy closed: Instant) -> InputFault? {
    guard let kind = model.windows.first, let last = model.grid.lastWindow(kind, endingBy: closed),
      let (old, share, new) = activity.lingering(in: last)
    else { return nil }
    return InputFault(
      kind: "lingering_version",
      subject: old,
      rows: 0,
      message: "still makes \(NumberText.text(100 * share)) % of the predictions though \(new) has "
        + "taken over: should it have been switched off?"
    )
  }

  /// Windows before the newest one whose labels have matured since the last check, oldest first;
  /// where there are none, the newest mature one.
  private func maturedWindows(
    _ kind: WindowSpec,
    before last: TimeRange,
    since previous: Instant?,
    _ version: String,
    _ activity: Activity,
    _ stored: StoredBinning
  ) -> [TimeRange] {
    guard let horizon = model.outcomes?.horizon,
      let past = TimeRange(from: stored.keptFrom, to: last.to)
    else { return [] }
    let windows = model.grid.windows(kind, inside: past).filter { $0 != last }
    let recent = windows.filter { window in
      let due = window.to.advanced(by: horizon)
      return previous.map { $0 < due && due <= asOf } ?? false
    }
    let matured = recent.filter { activity.isMature($0, version) }
    guard matured.isEmpty, activity.versions(in: last).contains(version) else { return matured }
    return windows.last { activity.isMature($0, version) }.map { [$0] } ?? []
  }
}

extension Binning {
  /// The features with what they are taken for.
  var notes: [FeatureNote] {
    features.map { feature in
      var reason: String?
      if case .identifier(let binning) = feature.kind { reason = binning.reason }
      return FeatureNote(name: feature.name, kind: feature.kind.word, reason: reason)
    }
  }
}
