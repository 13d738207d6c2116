// SPDX-License-Identifier: Apache-2.0
package import Alerting
import Checks
import Foundation
package import Postgres
package import Profiles

/// Notices for channels, kept until they are delivered or given up.
package struct Outbox: Sendable {
  private let connection: Connection

  package init(_ connection: Connection) { self.connection = connection }

  /// Puts the notices of an alert into the outbox that the policy decides on, in the transaction of
  /// the caller.
  ///
  /// - Parameters:
  ///   - alert: The alert as it stands.
  ///   - number: The alert's number.
  ///   - model: The model's number.
  ///   - extras: What the alert's rule adds.
  ///   - occasion: Why the policy is asked.
  ///   - policy: Which channels there are, and what limits them.
  /// - Throws: `ServerError`.
  package func notify(
    of alert: Alert,
    number: Int,
    model: Int,
    _ extras: AlertExtras,
    on occasion: NotificationOccasion,
    _ policy: NotificationPolicy
  ) async throws {
    guard !policy.channels.isEmpty, occasion.reason(of: alert) != nil else { return }
    let notice = policy.context.notice(
      alert,
      number: number,
      model: policy.model,
      labels: extras.labels,
      annotations: extras.annotations
    )
    guard let notice else { return }
    let (isSilenced, now) = try await silence(number)
    let histories = try await histories(
      of: number,
      since: notice.startsAt,
      model: model,
      policy,
      now: now
    )
    for channel in policy.channels {
      guard let history = histories[channel.name] else {
        preconditionFailure("the history has a row for each channel")
      }
      let decision = policy.decision(
        channel,
        of: alert,
        on: occasion,
        notifies: extras.notifies,
        isSilenced: isSilenced,
        history: history
      )
      switch decision {
      case .notify(.firing), .notify(.resolved), .notify(.late):
        try await insert(notice, model: model, alert: number, channel.name)
      case .notify(.budgetSpent):
        guard let budget = policy.budget else { continue }
        let spent = policy.context.budgetSpent(budget, model: policy.model, now: now)
        try await insert(spent, model: model, alert: nil, channel.name)
      case .suppress: continue
      }
    }
  }

  /// Whether a silence holds for an alert now, and the server's time.
  private func silence(_ alert: Int) async throws -> (isSilenced: Bool, now: Instant) {
    try await connection.query(SQL.read_silenced, [.int(alert)]).only {
      (try $0.decode("is_silenced"), try $0.decode("at"))
    }
  }

  /// What was recorded before of the episode of an alert that began at `start`, by channel.
  private func histories(
    of alert: Int,
    since start: Instant,
    model: Int,
    _ policy: NotificationPolicy,
    now: Instant
  ) async throws -> [String: NotificationHistory] {
    let budget = policy.budget
    let rows = try await connection.query(
      SQL.read_notification_history,
      [
        .textArray(policy.channels.map(\.name)),
        .text(NoticeContext.key(number: alert, start: start, isFiring: true)),
        .text(NoticeContext.key(number: alert, start: start, isFiring: false)), .int(model),
        .optional(budget.map { now.advanced(by: -$0.period) }),
        .optional(budget.map { NoticeContext.key($0, model: policy.model, now: now) }),
      ]
    )
    var histories: [String: NotificationHistory] = [:]
    try rows.forEach { row in
      histories[try row.decode("channel")] = NotificationHistory(
        beginning: try row.decode("beginning"),
        end: try row.decode("ending"),
        spent: try row.decode("spent"),
        isBudgetNoticeSent: try row.decode("is_budget_notice_sent")
      )
    }
    return histories
  }

  /// Locks an alert while `body` runs; nothing is run where it no longer fires as it did.
  package func withLockedAlert(
    _ alert: Alert,
    number: Int,
    _ body: @Sendable (Outbox) async throws -> Void
  ) async throws {
    try await connection.withTransaction { connection in
      let rows = try await connection.query(
        SQL.lock_alert,
        [.int(number), .optional(alert.firingSince)]
      )
      if rows.rowCount == 1 { try await body(Outbox(connection)) }
    }
  }

  /// Puts a notice in the outbox; nothing happens where it is there.
  package func insert(
    _ notice: AlertNotice,
    model: Int,
    alert: Int?,
    _ channel: String
  ) async throws {
    try await connection.execute(
      SQL.insert_delivery,
      [
        .int(model), .optional(alert), .text(channel), .text(notice.status.rawValue),
        .text(notice.severity.rawValue), .text(notice.key),
        .json(String(decoding: try JSONEncoder().encode(notice), as: UTF8.self)),
      ]
    )
  }

  /// The server's time, which is the same for all who deliver.
  package func clock() async throws -> Instant {
    try await connection.query(SQL.read_clock).only { try $0.decode("clock") }
  }

  /// Claims deliveries that are due, the oldest first.
  ///
  /// - Parameters:
  ///   - channels: The channels to deliver to.
  ///   - limit: The most deliveries to claim.
  ///   - seconds: The lease; who does not finish in that time loses them.
  /// - Returns: The deliveries.
  /// - Throws: `ServerError`, or `RowDecodingError` for a stored notice that is none.
  package func claim(
    _ channels: [String],
    limit: Int,
    seconds: Double
  ) async throws -> [ClaimedDelivery] {
    let rows = try await connection.query(
      SQL.claim_deliveries,
      [.textArray(channels), .int(limit), .double(seconds)]
    )
    let claimed = try rows.map { row in
      ClaimedDelivery(
        identifier: try row.decode("delivery_id"),
        channel: try row.decode("channel"),
        attempts: try row.decode("attempts"),
        epoch: try row.decode("lease_epoch"),
        notice: try row.json("notice"),
        createdAt: try row.decode("created_at")
      )
    }
    return claimed.sorted { $0.identifier < $1.identifier }
  }

  /// Records an attempt and what follows from it.
  ///
  /// - Parameters:
  ///   - delivery: The delivery.
  ///   - state: Its new state.
  ///   - message: What came of the attempt.
  ///   - pause: Seconds until the next attempt, where there is one.
  ///   - isAnswered: Whether the channel itself did well.
  ///   - longest: Seconds for which the channel's circuit breaker is open at most.
  /// - Throws: `ServerError`.
  package func finish(
    _ delivery: ClaimedDelivery,
    _ state: DeliveryState,
    message: String,
    pause: Double,
    isAnswered: Bool,
    longest: Double
  ) async throws {
    try await connection.withTransaction { connection in
      try await connection.execute(
        SQL.finish_delivery,
        [
          .int(delivery.identifier), .int(delivery.epoch), .text(state.rawValue), .text(message),
          .double(pause),
        ]
      )
      try await connection.execute(
        SQL.insert_delivery_attempt,
        [.int(delivery.identifier), .bool(state == .delivered), .text(message)]
      )
      try await Outbox(connection).record(
        delivery.channel,
        error: isAnswered ? nil : message,
        longest: longest
      )
    }
  }

  /// Records how a channel did.
  ///
  /// - Parameters:
  ///   - channel: The channel.
  ///   - error: What failed; nil where it did well.
  ///   - longest: Seconds for which its circuit breaker is open at most.
  /// - Throws: `ServerError`.
  package func record(_ channel: String, error: String?, longest: Double) async throws {
    try await connection.execute(
      SQL.record_channel,
      [.text(channel), .bool(error == nil), .optional(error), .double(longest)]
    )
  }

  /// Gives up what could not be delivered for so long; returns how many.
  ///
  /// `channels` are those of the configuration: what waits for them is tried at least once.
  package func expire(after seconds: Double, channels: [String]) async throws -> Int {
    try await connection.execute(
      SQL.expire_deliveries,
      [.double(seconds), .textArray(channels)]
    )
  }

  /// Returns how channels do, those that are no longer configured included.
  package func channels() async throws -> [ChannelHealth] {
    let rows = try await connection.query(SQL.read_channels)
    return try rows.map { row in
      ChannelHealth(
        name: try row.decode("channel"),
        failures: try row.decode("failures"),
        isOpen: try row.decode("is_open"),
        deliveredAt: try row.decode("delivered_at"),
        failedAt: try row.decode("failed_at"),
        lastError: try row.decode("last_error"),
        queued: try row.decode("queued"),
        delivered: try row.decode("delivered"),
        refused: try row.decode("refused"),
        expired: try row.decode("expired")
      )
    }
  }

  /// When each model was last checked at its own time, and how many seconds ago.
  package func freshness() async throws -> [(model: String, at: Instant, age: Double)] {
    let rows = try await connection.query(SQL.read_freshness)
    return try rows.map {
      (try $0.decode("name"), try $0.decode("finished_at"), try $0.decode("age"))
    }
  }
}
