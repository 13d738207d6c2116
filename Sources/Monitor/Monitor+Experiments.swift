// SPDX-License-Identifier: Apache-2.0
package import Experiments
import Postgres
package import Profiles
package import Settings
import Store
import YAMLSource

extension Monitor {
  /// Compares the arms of a campaign as of a moment; nothing is written.
  package func analyze(
    _ experiment: ExperimentSettings,
    asOf: Instant,
    _ calendar: ZonedCalendar
  ) async throws -> ExperimentResult {
    let connection = try await openForReading()
    progress.begin("reading the campaign \(experiment.name.value)")
    defer { progress.end() }
    // At one moment, so that all figures are of the same customers.
    let input = try await connection.withTransaction(.snapshot) { connection in
      try await ExperimentStore(experiment, connection, calendar, asOf: asOf).input()
    }
    return ExperimentAnalysis(input).result
  }
}
