// SPDX-License-Identifier: Apache-2.0
import Alerting
import Integrations
import Postgres
import Profiles
import Settings
import Store

/// What Alertmanager needs besides: silences of its own, and to be sent again what fires.
extension DispatchPass {
  /// Makes Alertmanager keep our silences before it is sent what they silence; where that fails it
  /// is sent nothing.
  mutating func keepSilences() async throws {
    let environment = settings.alerting.environment
    let silences = try await SilenceStore(connection).silences().map { silence in
      var matchers: [String: String] = [:]
      matchers["model"] = silence.model
      matchers["alertname"] = silence.rule
      matchers["subject"] = silence.subject
      matchers["segment"] = silence.segment
      matchers["env"] = environment
      return AlertmanagerNotifier.Silence(
        environment: environment ?? "",
        number: silence.identifier,
        matchers: matchers,
        from: silence.from,
        until: silence.until,
        author: silence.author,
        reason: silence.reason
      )
    }
    let open = try await openChannels()
    for (name, notifier) in notifiers where !open.contains(name) {
      guard let notifier = notifier as? AlertmanagerNotifier else { continue }
      switch await notifier.keep(silences, environment: environment ?? "") {
      case .delivered: continue
      // It answers; what it does not want must not keep all else from it.
      case .refused(let message): result.errors[name] = message
      case .retry(let message, _):
        result.errors[name] = message
        try await record(name, error: message)
        notifiers[name] = nil
      }
    }
  }

  /// Sends Alertmanager again what fires, on a lease of four intervals; and that we live.
  mutating func renew() async throws {
    let open = try await openChannels()
    let now = try await outbox.clock()
    let own = Heartbeat.notices(settings, try await outbox.freshness(), now: now)
    for channel in settings.alerting.channels where !open.contains(channel.name) {
      guard let notifier = notifiers[channel.name] as? AlertmanagerNotifier else { continue }
      var sent: [Sent] = []
      for model in settings.models where channel.takes(model.name) {
        for alert in try await AlertStore(connection).alerts(model.name)
        where alert.alert.state == .firing && alert.extras.notifies
          && alert.alert.severity >= channel.severity
        {
          guard let notice = notice(alert, model) else { continue }
          sent.append(Sent(model: model, alert: alert, notice: notice))
        }
      }
      var error: String?
      switch await notifier.post(own + sent.map(\.notice), now: now) {
      case .delivered: break
      // It answers, and has all others.
      case .refused(let message): result.errors[channel.name] = message
      case .retry(let message, _):
        result.errors[channel.name] = message
        error = message
      }
      try await record(channel.name, error: error)
      try await endRevived(sent, notifier, now: now)
    }
  }

  /// An alert that was sent as firing.
  private struct Sent {
    let model: ModelSettings
    let alert: StoredAlert
    let notice: AlertNotice
  }

  /// Sends the ends of alerts that another process ended while they were sent as firing.
  private func endRevived(
    _ sent: [Sent],
    _ notifier: AlertmanagerNotifier,
    now: Instant
  ) async throws {
    var ends: [AlertNotice] = []
    for model in settings.models where sent.contains(where: { $0.model.name == model.name }) {
      let present = try await AlertStore(connection).alerts(model.name)
      for before in sent.map(\.alert) {
        guard let after = present.first(where: { $0.identifier == before.identifier }),
          after.alert.state != .firing, let notice = notice(after, model)
        else { continue }
        ends.append(notice)
      }
    }
    guard !ends.isEmpty else { return }
    _ = await notifier.post(ends, now: now)
  }

  /// The channels whose circuit breaker is open.
  private func openChannels() async throws -> Set<String> {
    Set(try await outbox.channels().filter(\.isOpen).map(\.name))
  }

  private func notice(_ stored: StoredAlert, _ model: ModelSettings) -> AlertNotice? {
    settings.alerting.context.notice(
      stored.alert,
      number: stored.identifier,
      model: model.name,
      labels: stored.extras.labels,
      annotations: stored.extras.annotations
    )
  }
}
