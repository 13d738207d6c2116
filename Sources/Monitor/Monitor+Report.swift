// SPDX-License-Identifier: Apache-2.0
package import Profiles
package import Reports
package import Settings
import Store
import YAMLSource

extension Monitor {
  /// Returns the report on every window of a model inside a range, from what is stored; the
  /// customers' tables are not read.
  ///
  /// - `from`: The start; nil for the start of what is stored.
  /// - `to`: The end; nil for the end of what is stored.
  package func report(
    _ model: ModelSettings,
    from: Instant?,
    to: Instant?
  ) async throws -> (asOf: Instant, models: [ModelReport]) {
    let connection = try await open()
    try await requireSchema(connection)
    let store = ModelStore(connection)
    let name = model.name.value
    let findings = FindingStore(connection)
    guard let stored = try await store.binning(of: name),
      let asOf = try await checkedAsOf(stored, findings, name)
    else { throw NeverChecked(name) }
    let references = try await referenceRanges(model, store)
    let profiles = ProfileStore(connection, stored)
    guard let all = TimeRange(from: stored.profiledFrom, to: stored.profiledUntil),
      let range = TimeRange(
        from: max(from ?? all.from, all.from),
        to: min(to ?? all.to, all.to)
      )
    else { return (asOf, []) }
    let series = ModelSeries(
      stored.binning,
      features: try await profiles.featureBuckets(all),
      labels: try await LabelStore(connection, stored).labelBuckets(all)
    )
    let measurement = Measurement(
      series: series,
      judge: judge,
      references: references.ranges(for:),
      absences: [:],
      hasOutcomes: model.outcomes != nil,
      calendar: model.grid.calendar
    )
    var windows: [String: [WindowReport]] = [:]
    for kind in model.windows {
      for window in model.grid.windows(kind, inside: range) {
        for version in series.versions(in: window) {
          windows[version, default: []].append(
            measurement.window(kind, window, version: version)
          )
        }
      }
    }
    let faults = try await findings.lastFaults(name).map(FaultNote.init)
    let events = try await events(model, stored, range, connection)
    let reports = windows.sorted { $0.key < $1.key }.map { version, windows in
      ModelReport(
        model: name,
        version: version,
        windows: windows,
        reference: ReferenceNote(
          ranges: references.ranges(for: version),
          rows: stored.referenceRows,
          number: stored.number,
          reason: stored.reason
        ),
        faults: faults,
        events: events,
        features: stored.binning.notes,
        charts: measurement.charts(windows, version: version)
      )
    }
    return (asOf, reports)
  }

  /// The moment that the report speaks of: that of the labels, else that of the last check.
  private func checkedAsOf(
    _ stored: StoredBinning,
    _ findings: FindingStore,
    _ model: String
  ) async throws -> Instant? {
    if let labelled = stored.labelledAsOf { return labelled }
    return try await findings.lastCheck(model)
  }
}
