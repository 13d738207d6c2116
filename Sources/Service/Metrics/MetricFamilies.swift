// SPDX-License-Identifier: Apache-2.0
import Alerting
import Checks
import Profiles
import Reports
import Retraining
import Store

/// The metrics of all models, as they are added up.
struct MetricFamilies {
  private var build = Exposition.Family("build_info", "The software that speaks.")
  private var checked = Exposition.Family(
    "check_last_timestamp_seconds",
    "When the model was last checked, in seconds since 1970."
  )
  private var readings = Exposition.Family(
    "reading",
    "The newest value of a check; its unit is the check's (docs/reference/checks.md)."
  )
  private var references = Exposition.Family(
    "reading_reference",
    "The value of the reference."
  )
  private var samples = Exposition.Family(
    "reading_sample",
    "How many rows or labels are behind the value."
  )
  private var ends = Exposition.Family(
    "reading_window_end_timestamp_seconds",
    "The end of the window behind the value, in seconds since 1970."
  )
  private var firing = Exposition.Family(
    "alert_firing",
    "1 for each alert that fires, by the identity under which it is sent."
  )
  private var alerts = Exposition.Family("alerts", "How many alerts are in a state.")
  private var jobs = Exposition.Family(
    "retraining_jobs",
    "How many retraining jobs are in a state."
  )
  private var mature = Exposition.Family(
    "reading_mature",
    "Whether a reading rests on final labels, or needs none; 0 where it is provisional."
  )
  private var deliveries = Exposition.Family("deliveries", "How many notices are in a state.")
  private var failures = Exposition.Family(
    "channel_failures",
    "How often in a row the channel has failed."
  )

  init() { build.add(1, ["version": SoftwareVersion.current.number]) }

  /// Adds when a model was last checked.
  mutating func addCheck(of model: String, at moment: Instant) {
    checked.add(Self.seconds(moment), ["model": model])
  }

  /// Adds a reading of a model's last check.
  mutating func add(_ reading: LatestReading, of model: String) {
    let labels: KeyValuePairs<String, String?> = [
      "model": model, "version": reading.version, "check": reading.check,
      "subject": reading.subject, "window": reading.window,
    ]
    readings.add(reading.value, labels)
    if let reference = reading.reference { references.add(reference, labels) }
    samples.add(Double(reading.sample), labels)
    ends.add(Self.seconds(reading.windowEnd), labels)
    mature.add(reading.isMature ? 1 : 0, labels)
  }

  /// Adds all alerts of a model.
  mutating func add(_ stored: [StoredAlert], of model: String) {
    for stored in stored where stored.alert.state == .firing {
      let alert = stored.alert
      firing.add(
        1,
        [
          "model": model, "version": alert.key.version, "alert": alert.key.rule,
          "subject": alert.key.subject, "segment": alert.key.segment,
          "window": alert.key.window.description, "severity": alert.severity.rawValue,
          "silenced": stored.isSilenced ? "true" : "false",
        ]
      )
    }
    for state in AlertState.allCases where state != .inactive {
      for severity in Severity.allCases {
        let count = stored.count { $0.alert.state == state && $0.alert.severity == severity }
        alerts.add(
          Double(count),
          ["model": model, "state": state.rawValue, "severity": severity.rawValue]
        )
      }
    }
  }

  /// Adds how many jobs of a model are in each state.
  mutating func add(jobs counts: [(state: JobState, count: Int)], of model: String) {
    for (state, count) in counts {
      jobs.add(Double(count), ["model": model, "state": state.rawValue])
    }
  }

  /// Adds how the channels do.
  mutating func add(_ channels: [ChannelHealth]) {
    for channel in channels {
      failures.add(Double(channel.failures), ["channel": channel.name])
      for (state, count) in [
        ("queued", channel.queued), ("delivered", channel.delivered),
        ("refused", channel.refused), ("expired", channel.expired),
      ] {
        deliveries.add(Double(count), ["channel": channel.name, "state": state])
      }
    }
  }

  /// All of them, in the order of the text.
  var exposition: Exposition {
    Exposition([
      build, checked, readings, references, samples, ends, mature, firing, alerts, jobs, deliveries,
      failures,
    ])
  }

  private static func seconds(_ instant: Instant) -> Double { Double(instant.microseconds) / 1e6 }
}
