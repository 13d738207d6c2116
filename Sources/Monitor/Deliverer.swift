// SPDX-License-Identifier: Apache-2.0
import Alerting
import Findings
import Foundation
import Notifiers
import Postgres
import Profiles
package import Settings
import Store
import WebCalls
import YAMLSource

/// Tells people and other systems what is in the outbox, and Alertmanager what still fires.
package struct Deliverer: Sendable {
  private let monitor: Monitor
  private let settings: Settings
  private let environment: [String: String]
  private let client = WebClient()

  /// What a pass did.
  package struct Pass: Sendable {
    package var delivered = 0
    package var refused = 0
    package var expired = 0
    /// What will be tried again.
    package var waiting = 0
    /// What is wrong, by channel.
    package var errors: [String: String] = [:]

    /// For people.
    package var words: String {
      var parts = ["told \(delivered)"]
      if refused > 0 { parts.append("\(refused) refused") }
      if expired > 0 { parts.append("\(expired) given up") }
      if waiting > 0 { parts.append("\(waiting) waiting") }
      return parts.joined(separator: ", ")
    }
  }

  /// Attempts at once.
  private static let width = 8
  /// A notice is tried again after so many seconds, doubled each time, up to ten minutes.
  private static let firstPause = 1.0
  private static let longestPause = 600.0

  package init(
    _ monitor: Monitor,
    _ settings: Settings,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) {
    self.monitor = monitor
    self.settings = settings
    self.environment = environment
  }

  /// Makes one pass: silences, what was not told yet, the outbox, what fires.
  ///
  /// Any number of processes may do so at the same time; what one is at work on the others leave alone.
  package func pass() async throws -> Pass {
    var pass = Pass()
    guard !settings.alerting.channels.isEmpty else { return pass }
    let connection = try await monitor.open()
    try await monitor.requireSchema(connection)
    let outbox = Outbox(connection)
    pass.expired = try await outbox.expire(after: settings.alerting.giveUpAfter.seconds)
    var notifiers: [String: any Notifier] = [:]
    for channel in settings.alerting.channels {
      do {
        notifiers[channel.name.value] = try NotifierRoster.notifier(
          channel,
          client,
          lease: settings.alerting.lease,
          environment: environment
        )
      } catch {
        pass.errors[channel.name.value] = error.description
        try await outbox.note(channel.name.value, error: error.description)
      }
    }
    try await keepSilences(&notifiers, outbox, connection, &pass)
    try await tellLate(outbox, connection)
    try await empty(outbox, notifiers, &pass)
    try await renew(outbox, notifiers, connection, &pass)
    for channel in try await outbox.channels() where notifiers[channel.name] != nil {
      pass.waiting += channel.queued
      if channel.isOpen, pass.errors[channel.name] == nil {
        pass.errors[channel.name] = channel.lastError ?? "left alone after many failures"
      }
    }
    return pass
  }

  /// Makes Alertmanager keep our silences before it is told of what they silence; where that fails nothing is told.
  private func keepSilences(
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
        number: silence.identifier,
        matchers: matchers,
        from: silence.from,
        until: silence.until,
        author: silence.author,
        reason: silence.reason
      )
    }
    for (name, notifier) in notifiers {
      guard let notifier = notifier as? AlertmanagerNotifier else { continue }
      let outcome = await notifier.keep(silences)
      if case .delivered = outcome { continue }
      pass.errors[name] = outcome.words
      try await outbox.note(name, error: outcome.words)
      notifiers[name] = nil
    }
  }

  /// Puts into the outbox what fires and was not told: because it was silenced, over the budget, or the channel is new.
  private func tellLate(_ outbox: Outbox, _ connection: Connection) async throws {
    for model in settings.models {
      let firing = try await AlertStore(connection).alerts(model.name.value).filter {
        $0.alert.state == .firing && $0.extras.notifies
      }
      guard !firing.isEmpty else { continue }
      let number = try await ModelStore(connection).ensureModel(model.name.value)
      for alert in firing {
        try await outbox.tell(
          alert.alert,
          number: alert.identifier,
          model: number,
          alert.extras,
          settings.alerting.telling(model),
          isSilenced: alert.isSilenced
        )
      }
    }
  }

  /// Tells what is due until nothing is.
  private func empty(
    _ outbox: Outbox,
    _ notifiers: [String: any Notifier],
    _ pass: inout Pass
  ) async throws {
    let longest = settings.alerting.channels.map(\.timeout.seconds).max() ?? 10
    while true {
      // Who holds a delivery loses it only after the longest call has ended.
      let claimed = try await outbox.claim(
        Array(notifiers.keys),
        limit: Self.width,
        seconds: longest + 10
      )
      guard !claimed.isEmpty else { return }
      let now = try await outbox.clock()
      let outcomes = await withTaskGroup { group in
        for delivery in claimed {
          let notifier = notifiers[delivery.channel]
          group.addTask {
            (
              delivery,
              await notifier?.tell(delivery.notice, now: now) ?? .refused("no such channel")
            )
          }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      FaultPoint.reach(.told)
      for (delivery, outcome) in outcomes.sorted(by: { $0.0.identifier < $1.0.identifier }) {
        try await finish(delivery, outcome, outbox, &pass)
      }
    }
  }

  private func finish(
    _ delivery: ClaimedDelivery,
    _ outcome: DeliveryOutcome,
    _ outbox: Outbox,
    _ pass: inout Pass
  ) async throws {
    switch outcome {
    case .delivered(let words):
      pass.delivered += 1
      try await outbox.finish(delivery, .delivered, words, pause: 0, isAnswered: true)
    case .refused(let words):
      pass.refused += 1
      pass.errors[delivery.channel] = words
      // It answered; it does not want this one.
      try await outbox.finish(delivery, .refused, words, pause: 0, isAnswered: true)
    case .retry(let words, let after):
      pass.errors[delivery.channel] = words
      let doubled = Self.firstPause * Double(1 << min(delivery.attempts - 1, 20))
      let pause = min(doubled, Self.longestPause) * Double.random(in: 0.5...1)
      let asked = after.map { Double($0.components.seconds) } ?? 0
      try await outbox.finish(
        delivery,
        .queued,
        words,
        pause: max(pause, min(asked, 3600)),
        isAnswered: false
      )
    }
  }

  /// Tells Alertmanager again what fires, on a lease of four intervals; and that we live.
  private func renew(
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
      for model in settings.models where channel.tells(model.name.value) {
        for alert in try await AlertStore(connection).alerts(model.name.value)
        where alert.alert.state == .firing && alert.extras.notifies
          && alert.alert.severity >= Severity(rawValue: channel.severity) ?? .info
        {
          let notice = settings.alerting.context.notice(
            alert.alert,
            number: alert.identifier,
            model: model.name.value,
            labels: alert.extras.labels,
            annotations: alert.extras.annotations
          )
          if let notice { notices.append(notice) }
        }
      }
      let outcome = await notifier.post(notices, now: now)
      if case .delivered = outcome {
        try await outbox.note(channel.name.value, error: nil)
      } else {
        pass.errors[channel.name.value] = outcome.words
        try await outbox.note(channel.name.value, error: outcome.words)
      }
    }
  }
}

extension AlertingSettings {
  /// What all notices have in common.
  var context: NoticeContext { NoticeContext(environment: environment, link: link) }

  /// When Alertmanager forgets an alert that is not told again.
  fileprivate var lease: FixedDuration {
    FixedDuration(microseconds: 4 * interval.microseconds)
  }

  /// Who is to be told of a model's alerts.
  func telling(_ model: ModelSettings) -> Telling {
    Telling(model: model.name.value, context: context, channels: channels, budget: budget)
  }
}

extension FixedDuration {
  fileprivate var seconds: Double { Double(microseconds) / 1e6 }
}
