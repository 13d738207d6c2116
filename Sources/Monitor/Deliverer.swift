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
  let settings: Settings
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
        try await outbox.note(
          channel.name.value,
          error: error.description,
          longest: settings.alerting.longestPause(channel.name.value)
        )
      }
    }
    try await keepSilences(&notifiers, outbox, connection, &pass)
    try await tellLate(outbox, connection)
    try await empty(outbox, notifiers, &pass)
    pass.expired = try await outbox.expire(
      after: settings.alerting.giveUpAfter.seconds,
      channels: settings.alerting.channels.map(\.name.value)
    )
    try await renew(outbox, notifiers, connection, &pass)
    for channel in try await outbox.channels() where notifiers[channel.name] != nil {
      pass.waiting += channel.queued
      if channel.isOpen, pass.errors[channel.name] == nil {
        pass.errors[channel.name] = channel.lastError ?? "left alone after many failures"
      }
    }
    return pass
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
        let telling = settings.alerting.telling(model)
        try await outbox.holding(alert.alert, number: alert.identifier) { outbox in
          try await outbox.tell(
            alert.alert,
            number: alert.identifier,
            model: number,
            alert.extras,
            telling,
            isSilenced: alert.isSilenced
          )
        }
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
    let longest = settings.alerting.longestPause(delivery.channel)
    switch outcome {
    case .delivered(let words):
      pass.delivered += 1
      try await outbox.finish(
        delivery,
        .delivered,
        words,
        pause: 0,
        isAnswered: true,
        longest: longest
      )
    case .refused(let words):
      pass.refused += 1
      pass.errors[delivery.channel] = words
      // It answered; it does not want this one.
      try await outbox.finish(
        delivery,
        .refused,
        words,
        pause: 0,
        isAnswered: true,
        longest: longest
      )
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
        isAnswered: false,
        longest: longest
      )
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

  /// For how many seconds a channel is left alone at most after many failures: one that must be told again not for
  /// longer than until it should be.
  func longestPause(_ channel: String) -> Double {
    let isLeased = channels.first { $0.name.value == channel }?.isLeased ?? false
    return isLeased ? interval.seconds : 1800
  }

  /// Who is to be told of a model's alerts.
  func telling(_ model: ModelSettings) -> Telling {
    Telling(model: model.name.value, context: context, channels: channels, budget: budget)
  }
}

extension FixedDuration {
  fileprivate var seconds: Double { Double(microseconds) / 1e6 }
}
