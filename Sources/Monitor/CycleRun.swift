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
  let reader: RowReader
  let connection: Connection
  let references: ReferenceRanges
  let asOf: Instant

  /// Profiles the buckets that have closed since the last cycle and stores them.
  func profileClosedBuckets(
    _ stored: StoredBinning,
    _ store: ProfileStore,
    until closed: Instant,
    _ inspection: inout InputInspection
  ) async throws {
    let columns = ColumnMatch(stored.binning, source)
    columns.faults.forEach { inspection.add($0) }
    inspection.absences = columns.absences
    guard let range = TimeRange(from: stored.profiledUntil, to: closed), range.from < range.to
    else { return }
    let edges = model.grid.edges(covering: range)
    let isWhole = stored.profiledFrom == stored.profiledUntil
    monitor.progress.begin(
      "profiling \(source.predictions.name)",
      expectedRows: isWhole ? Int(source.predictions.estimatedRows) : 0
    )
    let scanned = try await reader.profiles(
      range,
      edges: edges,
      source.layout(features: columns.usable, segments: model.segments.map(\.value)),
      stored.binning,
      isWhole: isWhole
    )
    monitor.progress.end()
    inspection.rowsRead += scanned.profiles.values.reduce(0) { $0 + ($1.first?.rows ?? 0) }
    if scanned.rowsWithoutObject > 0 {
      inspection.add(
        InputFault(
          kind: "no_json_object",
          subject: source.predictions.name,
          rows: scanned.rowsWithoutObject,
          message: "rows hold something else than an object in the features column; their features "
            + "count as missing"
        )
      )
    }
    try await store.close(scanned.profiles, edges: edges, until: closed)
  }

  /// Counts what is known of the outcomes and stores it, unless a later moment has been stored.
  func countLabels(
    _ stored: StoredBinning,
    _ store: ProfileStore,
    until closed: Instant
  ) async throws -> [StoredBucket<LabelProfile>] {
    guard source.outcomes != nil,
      let range = TimeRange(from: stored.profiledFrom, to: closed), range.from < range.to
    else { return [] }
    let edges = model.grid.edges(covering: range)
    monitor.progress.begin("counting outcomes")
    let profiles = try await reader.labels(range, edges: edges, asOf: asOf, stored.binning)
    monitor.progress.end()
    if (stored.labelledAsOf ?? asOf) <= asOf {
      try await store.replaceLabels(profiles, edges: edges, range: range, asOf: asOf)
      return try await store.labelBuckets(range)
    }
    return store.buckets(profiles, edges: edges)
  }

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
