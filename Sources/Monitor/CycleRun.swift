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
  let references: ReferenceRanges
  let asOf: Instant
  /// Whether all closed buckets are compared with the rows, however old.
  let isFullSweep: Bool

  /// Judges the newest window of each kind, those whose labels have matured since the last check,
  /// and in any case the newest one whose labels are mature.
  ///
  /// - `previous`: The moment of the last check; nil for the first.
  func judge(
    _ stored: StoredBinning,
    _ series: ModelSeries,
    endingBy closed: Instant,
    since previous: Instant?,
    _ inspection: InputInspection
  ) -> [ModelReport] {
    let measurement = Measurement(
      series: series,
      judge: monitor.judge,
      references: references.ranges(for:),
      absences: inspection.absences,
      hasOutcomes: source.outcomes != nil,
      calendar: model.grid.calendar
    )
    var windows: [String: [WindowReport]] = [:]
    for kind in model.windows {
      guard let last = model.grid.lastWindow(kind, endingBy: closed),
        last.from >= stored.profiledFrom
      else { continue }
      let active = series.versions(in: last)
      // A version that was replaced still has labels to come.
      for version in series.versions {
        let matured = maturedWindows(
          kind,
          before: last,
          since: previous,
          version: version,
          series,
          stored
        )
        let judged = matured + (active.contains(version) ? [last] : [])
        guard !judged.isEmpty else { continue }
        windows[version, default: []] += judged.map {
          measurement.window(kind, $0, version: version)
        }
      }
    }
    return windows.sorted { $0.key < $1.key }.map { version, windows in
      ModelReport(
        model: model.name.value,
        version: version,
        windows: windows,
        reference: ReferenceNote(
          ranges: references.ranges(for: version),
          rows: stored.referenceRows,
          number: stored.number,
          reason: stored.reason
        ),
        faults: inspection.faults.map(FaultNote.init),
        features: stored.binning.notes,
        charts: measurement.charts(windows, version: version)
      )
    }
  }

  /// Windows before the newest one whose labels have matured since the last check, oldest first;
  /// where there are none, the newest mature one.
  private func maturedWindows(
    _ kind: WindowSpec,
    before last: TimeRange,
    since previous: Instant?,
    version: String,
    _ series: ModelSeries,
    _ stored: StoredBinning
  ) -> [TimeRange] {
    guard let horizon = model.outcomes?.horizon,
      let all = series.series[ModelSeries.Key(version: version, segment: nil)],
      let past = TimeRange(from: stored.profiledFrom, to: last.to)
    else { return [] }
    let windows = model.grid.windows(kind, inside: past).filter { $0 != last }
    func isMature(_ window: TimeRange) -> Bool {
      let labels = all.labels(in: window)
      return labels.predictions > 0 && labels.isMature
    }
    let recent = windows.filter { window in
      let due = window.to.advanced(by: horizon)
      return previous.map { $0 < due && due <= asOf } ?? false
    }
    let matured = recent.filter(isMature)
    guard matured.isEmpty, series.versions(in: last).contains(version) else { return matured }
    return windows.last(where: isMature).map { [$0] } ?? []
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
