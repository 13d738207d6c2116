// SPDX-License-Identifier: Apache-2.0
import Postgres
import Profiles
import Reports
package import Settings
import Store

/// What Prometheus scrapes.
package struct MetricsService: Sendable {
  let runtime: Runtime

  package init(_ runtime: Runtime) { self.runtime = runtime }

  /// Returns what Prometheus scrapes: when models were checked, what was read, what fires, how
  /// channels and jobs do.
  ///
  /// The cost is O(findings of the last check of each model + alerts).
  package func metrics(_ settings: Settings) async throws -> String {
    let connection = try await runtime.openMigrated()
    let outbox = Outbox(connection)
    let store = MetricStore(connection)
    var families = MetricFamilies()
    let freshness = try await outbox.freshness()
    for model in settings.models {
      let name = model.name
      if let last = freshness.first(where: { $0.model == name }) {
        families.addCheck(of: name, at: last.at)
      }
      for reading in try await store.readings(name) { families.add(reading, of: name) }
      families.add(try await AlertStore(connection).alerts(name), of: name)
      families.add(jobs: try await store.jobs(name), of: name)
    }
    families.add(try await outbox.channels())
    return families.exposition.text
  }
}
