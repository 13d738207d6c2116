// SPDX-License-Identifier: Apache-2.0
import Alerting
import Findings
import Notifiers
import Postgres
import Profiles
import Settings
import Store
import YAMLSource

/// What Alertmanager needs besides: silences of its own, and to be told again.
extension Deliverer {
  /// Makes Alertmanager keep our silences before it is told of what they silence; where that fails nothing is told.
  func keepSilences(
    _ notifiers: inout [String: any Notifier],
    _ outbox: Outbox,
    _ connection: Connection,
    _ pass: inout Pass
  ) async throws {
    let silences = try await SilenceStore(connection).silences().map { silence in
      var matchers: [String: String] = [:]
      matchers["model"] = silence.model
      matchers["alertname"] = silence.rule
      matchers["subject"] = silence.subject
      matchers["segment"] = silence.segment
      matchers["env"] = settings.alerting.environment
      return AlertmanagerNotifier.Silence(
        environment: settings.alerting.environment ?? "",
        number: silence.identifier,
        matchers: matchers,
        from: silence.from,
        until: silence.until,
        author: silence.author,
        reason: silence.reason
      )
    }
    let open = Set(try await outbox.channels().filter(\.isOpen).map(\.name))
    for (name, notifier) in notifiers where !open.contains(name) {
      guard let notifier = notifier as? AlertmanagerNotifier else { continue }
      let outcome = await notifier.keep(
        silences,
        environment: settings.alerting.environment ?? ""
      )
      switch outcome {
      case .delivered: continue
      // It answers; what it does not want must not keep all else from it.
      case .refused(let words): pass.errors[name] = words
      case .retry(let words, _):
        pass.errors[name] = words
        try await outbox.note(
          name,
          error: words,
          longest: settings.alerting.longestPause(name)
        )
        notifiers[name] = nil
      }
    }
  }

  /// Tells Alertmanager again what fires, on a lease of four intervals; and that we live.
  func renew(
    _ outbox: Outbox,
    _ notifiers: [String: any Notifier],
    _ connection: Connection,
    _ pass: inout Pass
  ) async throws {
    let open = Set(try await outbox.channels().filter(\.isOpen).map(\.name))
    let now = try await outbox.clock()
    let own = Heartbeat.notices(settings, try await outbox.freshness(), now: now)
    for channel in settings.alerting.channels where !open.contains(channel.name.value) {
      guard let notifier = notifiers[channel.name.value] as? AlertmanagerNotifier else { continue }
      var notices = own
      var told: [(model: ModelSettings, alert: StoredAlert)] = []
      for model in settings.models where channel.tells(model.name.value) {
        for alert in try await AlertStore(connection).alerts(model.name.value)
        where alert.alert.state == .firing && alert.extras.notifies
          && alert.alert.severity >= Severity(rawValue: channel.severity) ?? .info
        {
          guard let notice = notice(alert, model) else { continue }
          notices.append(notice)
          told.append((model, alert))
        }
      }
      let outcome = await notifier.post(notices, now: now)
      var error: String?
      switch outcome {
      case .delivered: break
      // It answers, and has all others.
      case .refused(let words): pass.errors[channel.name.value] = words
      case .retry(let words, _):
        pass.errors[channel.name.value] = words
        error = words
      }
      try await outbox.note(
        channel.name.value,
        error: error,
        longest: settings.alerting.longestPause(channel.name.value)
      )
      try await endRevived(told, notifier, connection, now: now)
    }
  }

  /// Tells the ends of alerts that another process ended while they were told to fire.
  private func endRevived(
    _ told: [(model: ModelSettings, alert: StoredAlert)],
    _ notifier: AlertmanagerNotifier,
    _ connection: Connection,
    now: Instant
  ) async throws {
    var ends: [AlertNotice] = []
    for model in settings.models
    where told.contains(where: { $0.model.name.value == model.name.value }) {
      let present = try await AlertStore(connection).alerts(model.name.value)
      for (_, before) in told where before.alert.state == .firing {
        guard let after = present.first(where: { $0.identifier == before.identifier }),
          after.alert.state != .firing, let notice = notice(after, model)
        else { continue }
        ends.append(notice)
      }
    }
    guard !ends.isEmpty else { return }
    _ = await notifier.post(ends, now: now)
  }

  private func notice(_ stored: StoredAlert, _ model: ModelSettings) -> AlertNotice? {
    settings.alerting.context.notice(
      stored.alert,
      number: stored.identifier,
      model: model.name.value,
      labels: stored.extras.labels,
      annotations: stored.extras.annotations
    )
  }
}
