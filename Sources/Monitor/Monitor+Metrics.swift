// SPDX-License-Identifier: Apache-2.0
import Alerting
import Findings
import Postgres
import Profiles
import Reports
package import Settings
import Store
import YAMLSource

extension Monitor {
  /// Returns what Prometheus scrapes: when models were checked, what was read, what fires, how channels and jobs do.
  ///
  /// - Complexity: O(findings of the last check of each model + alerts).
  package func metrics(_ settings: Settings) async throws -> String {
    let connection = try await open()
    try await requireSchema(connection)
    let outbox = Outbox(connection)
    var build = Exposition.Family("build_info", "The software that speaks.")
    build.add(1, ["version": Self.software.split(separator: " ").last.map(String.init)])
    var checked = Exposition.Family(
      "check_last_timestamp_seconds",
      "When the model was last checked, in seconds since 1970."
    )
    var readings = Exposition.Family(
      "reading",
      "The newest value of a check; its unit is the check's (docs/checks.md)."
    )
    var references = Exposition.Family("reading_reference", "The value of the reference.")
    var samples = Exposition.Family(
      "reading_sample",
      "How many rows or labels are behind the value."
    )
    var ends = Exposition.Family(
      "reading_window_end_timestamp_seconds",
      "The end of the window behind the value, in seconds since 1970."
    )
    var firing = Exposition.Family(
      "alert_firing",
      "1 for each alert that fires, by the identity under which it is told."
    )
    var alerts = Exposition.Family("alerts", "How many alerts are in a state.")
    var jobs = Exposition.Family("retraining_jobs", "How many retraining jobs are in a state.")
    let freshness = try await outbox.freshness()
    for model in settings.models {
      let name = model.name.value
      if let last = freshness.first(where: { $0.model == name }) {
        checked.add(Self.seconds(last.at), ["model": name])
      }
      for reading in try await MetricStore(connection).readings(name) {
        let labels: KeyValuePairs<String, String?> = [
          "model": name, "version": reading.version, "check": reading.check,
          "subject": reading.subject, "window": reading.window,
        ]
        readings.add(reading.value, labels)
        if let reference = reading.reference { references.add(reference, labels) }
        samples.add(Double(reading.sample), labels)
        ends.add(Self.seconds(reading.windowEnd), labels)
      }
      var counts: [String: [Severity: Int]] = [:]
      for stored in try await AlertStore(connection).alerts(name) {
        let alert = stored.alert
        counts[alert.state.rawValue, default: [:]][alert.severity, default: 0] += 1
        guard alert.state == .firing else { continue }
        firing.add(
          1,
          [
            "model": name, "version": alert.key.version, "alert": alert.key.rule,
            "subject": alert.key.subject, "segment": alert.key.segment,
            "window": alert.key.window.description, "severity": alert.severity.rawValue,
            "silenced": stored.isSilenced ? "true" : "false",
          ]
        )
      }
      for state in AlertState.allCases where state != .inactive {
        for severity in Severity.allCases {
          alerts.add(
            Double(counts[state.rawValue]?[severity] ?? 0),
            ["model": name, "state": state.rawValue, "severity": severity.rawValue]
          )
        }
      }
      for (state, count) in try await MetricStore(connection).jobs(name) {
        jobs.add(Double(count), ["model": name, "state": state])
      }
    }
    var deliveries = Exposition.Family("deliveries", "How many notices are in a state.")
    var failures = Exposition.Family(
      "channel_failures",
      "How often in a row the channel has failed."
    )
    for channel in try await outbox.channels() {
      failures.add(Double(channel.failures), ["channel": channel.name])
      for (state, count) in [
        ("queued", channel.queued), ("delivered", channel.delivered),
        ("refused", channel.refused), ("expired", channel.expired),
      ] {
        deliveries.add(Double(count), ["channel": channel.name, "state": state])
      }
    }
    return Exposition([
      build, checked, readings, references, samples, ends, firing, alerts, jobs, deliveries,
      failures,
    ]).text
  }

  private static func seconds(_ instant: Instant) -> Double { Double(instant.microseconds) / 1e6 }
}
