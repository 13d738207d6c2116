// SPDX-License-Identifier: Apache-2.0
import Alerting
import Profiles
import Settings

/// The dead man's switch: an alert that always fires, so that where it ends, nobody watches.
enum Heartbeat {
  /// Returns the alert that fires while every model is checked; else one for each model that was
  /// not for too long.
  ///
  /// - Parameters:
  ///   - settings: The models.
  ///   - freshness: When each model was last checked, and how many seconds ago.
  ///   - now: The clock.
  /// - Returns: The notices to send.
  static func notices(
    _ settings: Settings,
    _ freshness: [(model: String, at: Instant, age: Double)],
    now: Instant
  ) -> [AlertNotice] {
    let limit = settings.alerting.staleAfter
    let environment = settings.alerting.environment ?? ""
    var notices: [AlertNotice] = []
    for model in settings.models {
      let last = freshness.first { $0.model == model.name }
      guard last.map({ FixedDuration(microseconds: Int64($0.age * 1e6)) > limit }) ?? true else {
        continue
      }
      let since = last?.at.advanced(by: limit) ?? now
      notices.append(
        AlertNotice(
          status: .firing,
          labels: [
            "alertname": "CheckStale", "model": model.name, "severity": "critical",
            "env": environment,
          ],
          annotations: [
            "summary": last.map { "last checked at \($0.at), more than \(limit) ago" }
              ?? "never checked"
          ],
          startsAt: since,
          endsAt: nil,
          link: nil,
          key: "plumbline-stale-\(model.name)-\(since.microseconds)"
        )
      )
    }
    guard notices.isEmpty else { return notices }
    return [
      AlertNotice(
        status: .firing,
        labels: ["alertname": "PlumblineWatchdog", "severity": "info", "env": environment],
        annotations: [
          "summary": "always fires while plumbline delivers and every model is checked"
        ],
        startsAt: freshness.map(\.at).min() ?? now,
        endsAt: nil,
        link: nil,
        key: "plumbline-watchdog"
      )
    ]
  }
}
