// SPDX-License-Identifier: Apache-2.0
import Checks
import Evaluation
import Postgres
import Profiles
package import Reports
package import Settings
import SourceTables
import Statistics
import Store

extension ReportService {
  /// Adds to the findings on `ks` the distance and p-value over raw values, which are read for it.
  ///
  /// The cost is O(rows · log rows) on the server for each window and numeric feature.
  ///
  /// - Parameters:
  ///   - reports: Those of one model.
  ///   - model: The model.
  /// - Throws: `ConfigErrors` where the configuration does not fit the tables.
  package func addExactDistances(
    _ reports: inout [ModelReport],
    _ model: ModelSettings
  ) async throws {
    let connection = try await runtime.open()
    let source = try await runtime.resolve(model)
    let store = ModelStore(connection)
    guard let stored = try await store.binning(of: model.name) else { return }
    let reader = runtime.reader(source, dropsRepeats: stored.hasRepeats)
    let training = try await TrainingStore(connection, stored).profiles()
    runtime.progress.begin(.measuringExactDistances, "measuring distances over raw values")
    defer { runtime.progress.end() }
    for report in reports.indices {
      let version = reports[report].version
      var isInReference: [[TimeRange]: Bool] = [:]
      // Windows of less than a week are compared with the same weekdays, which this does not do.
      for window in reports[report].windows.indices
      where reports[report].windows[window].kind.days >= 7 {
        let ranges = reports[report].windows[window].reference
        if isInReference[ranges] == nil {
          isInReference[ranges] = try await hasRows(
            version,
            in: ranges,
            ProfileStore(connection, stored)
          )
        }
        for index in reports[report].windows[window].findings.indices {
          let reading = reports[report].windows[window].findings[index].reading
          guard reading.check == .ks, reading.segment == nil, reading.value != nil,
            !ranges.isEmpty
          else { continue }
          let isFeature = reading.subject != Subject.scoreName
          let reference: ExactReference =
            isFeature && !training.isEmpty
            ? .training(version: training[version] == nil ? nil : version)
            : .rows(ranges, version: isInReference[ranges] ?? false ? version : nil)
          guard
            let found = try await reader.exactDistance(
              of: reading.subject,
              in: reports[report].windows[window].range,
              version: version,
              reference
            )
          else { continue }
          reports[report].windows[window].findings[index].reading.details += [
            Reading.Detail("exact", found.distance),
            Reading.Detail(
              "exact_p",
              Kolmogorov.twoSampleP(distance: found.distance, found.current, found.reference)
            ),
          ]
        }
      }
    }
  }

  /// Whether a version scored in some ranges; else it is compared with all versions' rows.
  private func hasRows(
    _ version: String,
    in ranges: [TimeRange],
    _ profiles: ProfileStore
  ) async throws -> Bool {
    for range in ranges {
      let activity = try await profiles.activity(range)
      if activity.contains(where: { $0.version == version && $0.rows > 0 }) { return true }
    }
    return false
  }
}
