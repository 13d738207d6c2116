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
  /// Adds to the findings on `ks` and `wasserstein` the distance over raw values, which are read
  /// for it, to `ks` its p-value too.
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
        let findings = reports[report].windows[window].findings
        let wanted = findings.indices.filter { index in
          let reading = findings[index].reading
          return [.ks, .wasserstein].contains(reading.check) && reading.segment == nil
            && reading.value != nil && !ranges.isEmpty
        }
        for (_, indices) in Dictionary(grouping: wanted, by: { findings[$0].reading.subject }) {
          guard let reading = indices.first.map({ findings[$0].reading }) else { continue }
          let isFeature = reading.subject != Subject.scoreName
          let reference: ExactReference =
            isFeature && !training.isEmpty
            ? .training(version: training[version] == nil ? nil : version)
            : .rows(ranges, version: isInReference[ranges] ?? false ? version : nil)
          guard
            let found = try await reader.exactDistances(
              of: reading.subject,
              in: reports[report].windows[window].range,
              version: version,
              reference
            )
          else { continue }
          for index in indices {
            reports[report].windows[window].findings[index].reading.add(found)
          }
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

extension Reading {
  /// Adds the distance over raw values, in the unit of the reading.
  fileprivate mutating func add(_ found: ExactDistances) {
    if check == .ks {
      details += [
        Detail("exact", found.kolmogorovSmirnov),
        Detail(
          "exact_p",
          Kolmogorov.twoSampleP(
            distance: found.kolmogorovSmirnov,
            found.current,
            found.reference
          )
        ),
      ]
    } else if let value, let raw = details.first(where: { $0.name == "raw" })?.value, raw > 0 {
      details.append(Detail("exact", found.wasserstein * value / raw))
    }
  }
}
