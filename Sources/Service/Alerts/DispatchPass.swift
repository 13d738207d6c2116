// SPDX-License-Identifier: Apache-2.0
import Alerting
import Failpoints
import Foundation
import Integrations
import Postgres
import Profiles
import Settings
import Store

/// One pass of the dispatcher.
struct DispatchPass {
  let runtime: Runtime
  let settings: Settings
  let connection: Connection
  let outbox: Outbox
  /// Those of the channels that work, by channel.
  var notifiers: [String: any Notifier] = [:]
  var result = NotificationDispatcher.Pass()

  /// Attempts at once.
  private static let width = 8
  /// A notice is tried again after so many seconds, doubled each time, up to ten minutes.
  private static let firstPause = 1.0
  private static let longestPause = 600.0

  init(_ runtime: Runtime, _ settings: Settings, on connection: Connection) {
    self.runtime = runtime
    self.settings = settings
    self.connection = connection
    outbox = Outbox(connection)
  }

  /// Runs the stages.
  mutating func run() async throws {
    try await makeNotifiers()
    try await keepSilences()
    try await notifyLate()
    try await empty()
    result.expired = try await outbox.expire(
      after: settings.alerting.giveUpAfter.seconds,
      channels: settings.alerting.channels.map(\.name)
    )
    try await renew()
    for channel in try await outbox.channels() where notifiers[channel.name] != nil {
      result.waiting += channel.queued
      if channel.isOpen, result.errors[channel.name] == nil {
        result.errors[channel.name] = channel.lastError ?? "left alone after many failures"
      }
    }
  }

  /// Records how a channel does.
  ///
  /// - Parameters:
  ///   - channel: The channel.
  ///   - error: Nil where it did well.
  /// - Throws: What the database throws.
  func record(_ channel: String, error: String?) async throws {
    try await outbox.record(
      channel,
      error: error,
      longest: settings.alerting.longestPause(channel)
    )
  }
}

// MARK: Stages

extension DispatchPass {
  /// Makes the notifiers of the channels; one that cannot be made is an error of its channel.
  private mutating func makeNotifiers() async throws {
    for channel in settings.alerting.channels {
      do {
        notifiers[channel.name] = try NotifierRoster.notifier(
          channel,
          runtime.http,
          lease: settings.alerting.lease,
          environment: runtime.environment
        )
      } catch {
        result.errors[channel.name] = error.description
        try await record(channel.name, error: error.description)
      }
    }
  }

  /// Puts into the outbox what still fires and was held back, or is new to a channel.
  private func notifyLate() async throws {
    for model in settings.models {
      let firing = try await AlertStore(connection).alerts(model.name).filter {
        $0.alert.state == .firing && $0.extras.notifies
      }
      guard !firing.isEmpty else { continue }
      let number = try await ModelStore(connection).ensureModel(model.name)
      for alert in firing {
        let policy = settings.alerting.notifications(of: model)
        try await outbox.withLockedAlert(alert.alert, number: alert.identifier) { outbox in
          try await outbox.notify(
            of: alert.alert,
            number: alert.identifier,
            model: number,
            alert.extras,
            on: .review,
            policy
          )
        }
      }
    }
  }

  /// Delivers what is due until nothing is.
  private mutating func empty() async throws {
    let longest = settings.alerting.channels.map(\.timeout.seconds).max() ?? 10
    let notifiers = notifiers
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
              await notifier?.notify(delivery.notice, now: now) ?? .refused("no such channel")
            )
          }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      runtime.failpoints.reach(.notified)
      for (delivery, outcome) in outcomes.sorted(by: { $0.0.identifier < $1.0.identifier }) {
        try await finish(delivery, outcome)
      }
    }
  }

  /// Records an attempt, and when the next one is made.
  private mutating func finish(
    _ delivery: ClaimedDelivery,
    _ outcome: DeliveryOutcome
  ) async throws {
    let state: DeliveryState
    let message: String
    var pause = 0.0
    switch outcome {
    case .delivered(let answer):
      (state, message) = (.delivered, answer)
      result.delivered += 1
    // It answered; it does not want this one.
    case .refused(let answer):
      (state, message) = (.refused, answer)
      result.refused += 1
      result.errors[delivery.channel] = answer
    case .retry(let error, let after):
      (state, message) = (.queued, error)
      result.errors[delivery.channel] = error
      pause = Self.pause(after: delivery.attempts, asked: after)
    }
    try await outbox.finish(
      delivery,
      state,
      message: message,
      pause: pause,
      isAnswered: state != .queued,
      longest: settings.alerting.longestPause(delivery.channel)
    )
  }

  /// Seconds until the next attempt, at random so that many do not come back together.
  private static func pause(after attempts: Int, asked: Duration?) -> Double {
    let doubled = firstPause * Double(1 << min(attempts - 1, 20))
    let pause = min(doubled, longestPause) * Double.random(in: 0.5...1)
    let asked = asked.map { Double($0.components.seconds) } ?? 0
    return max(pause, min(asked, 3600))
  }
}
