// SPDX-License-Identifier: Apache-2.0
package import Alerting
import Findings
import Foundation
package import Postgres
package import Profiles
import Settings
import YAMLSource

/// What is to be told to whom, kept until it was told.
package struct Outbox: Sendable {
  private let connection: Connection

  package init(_ connection: Connection) { self.connection = connection }

  /// Notes that a change of an alert's state is to be told, in the transaction of the caller.
  ///
  /// Only beginnings, and the ends of what was told.
  static func tell(
    _ alert: Alert,
    number: Int,
    model: Int,
    _ transition: AlertTransition,
    _ extras: AlertExtras,
    _ telling: Telling,
    _ connection: Connection
  ) async throws {
    let isBeginning = transition.to == .firing
    // An end is told wherever the beginning was, whatever the rule says by now.
    guard isBeginning ? extras.notifies : transition.from == .firing, !telling.channels.isEmpty
    else { return }
    let outbox = Outbox(connection)
    let isSilenced = try await outbox.isSilenced(number)
    try await outbox.tell(
      alert,
      number: number,
      model: model,
      extras,
      telling,
      isSilenced: isSilenced
    )
  }

  /// Notes that an alert as it stands is to be told to all channels to which it was not; nothing where it was.
  package func tell(
    _ alert: Alert,
    number: Int,
    model: Int,
    _ extras: AlertExtras,
    _ telling: Telling,
    isSilenced: Bool
  ) async throws {
    let notice = telling.context.notice(
      alert,
      number: number,
      model: telling.model,
      labels: extras.labels,
      annotations: extras.annotations
    )
    guard let notice else { return }
    for channel in telling.channels
    where notice.status == .resolved || channel.tells(notice.severity) {
      if notice.status == .resolved {
        let beginning = NoticeContext.key(
          number: number,
          start: notice.startsAt,
          isFiring: true
        )
        guard try await isKnown(channel.name.value, beginning, isTold: true) else { continue }
      } else if !channel.isLeased {
        // Alertmanager has silences and grouping of its own.
        if isSilenced { continue }
        guard try await fits(notice, model: model, channel, telling) else { continue }
      }
      try await insert(notice, model: model, alert: number, channel.name.value)
    }
  }

  /// Whether the budget of alerts lets a beginning be told; where not, that is told once a period.
  private func fits(
    _ notice: AlertNotice,
    model: Int,
    _ channel: ChannelSettings,
    _ telling: Telling
  ) async throws -> Bool {
    guard let budget = telling.budget, notice.severity < .critical,
      try await !isKnown(channel.name.value, notice.key)
    else { return true }
    let now = try await clock()
    let since = now.advanced(by: -budget.period)
    let told = try await connection.query(
      SQL.read_deliveries_begun,
      name: "read_deliveries_begun",
      [.int(model), .text(channel.name.value), .timestamp(since.microseconds)]
    ).int(0, 0)
    guard told >= budget.alerts else { return true }
    let period = now.microseconds / max(1, budget.period.microseconds)
    let spent = AlertNotice(
      status: .firing,
      labels: [
        "alertname": "AlertBudgetSpent", "model": telling.model, "severity": "warning",
        "env": telling.context.environment ?? "",
      ],
      annotations: [
        "summary":
          "\(budget.alerts) alerts were told within \(budget.period); further ones below critical are "
          + "not told until the budget allows: 'plumbline alerts list' has them"
      ],
      startsAt: now,
      endsAt: nil,
      link: nil,
      key: "plumbline-budget-\(telling.model)-\(period)"
    )
    try await insert(spent, model: model, alert: nil, channel.name.value)
    return false
  }

  /// Holds an alert as it is while `body` runs; nothing is run where it no longer fires as it did.
  package func holding(
    _ alert: Alert,
    number: Int,
    _ body: @Sendable (Outbox) async throws -> Void
  ) async throws {
    try await connection.withTransaction { connection in
      let rows = try await connection.query(
        SQL.hold_firing,
        name: "hold_firing",
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
      name: "insert_delivery",
      [
        .int(model), .optional(alert), .text(channel), .text(notice.status.rawValue),
        .text(notice.severity.rawValue), .text(notice.key),
        .json(String(decoding: try JSONEncoder().encode(notice), as: UTF8.self)),
      ]
    )
  }

  /// - `isTold`: Whether it must have been told or still be tried.
  private func isKnown(
    _ channel: String,
    _ key: String,
    isTold: Bool = false
  ) async throws -> Bool {
    try await connection.query(
      SQL.read_known_delivery,
      name: "read_known_delivery",
      [.text(channel), .text(key), .bool(isTold)]
    ).bool(0, 0)
  }

  private func isSilenced(_ alert: Int) async throws -> Bool {
    try await connection.query(SQL.read_silenced, name: "read_silenced", [.int(alert)]).bool(0, 0)
  }

  /// The server's time, which is the same for all who deliver.
  package func clock() async throws -> Instant {
    try await connection.query("select clock_timestamp()", name: "clock").instant(0, 0)
  }

  /// Takes deliveries that are due, the oldest first.
  ///
  /// - `seconds`: For how long they are held; who does not answer in that time loses them.
  package func claim(
    _ channels: [String],
    limit: Int,
    seconds: Double
  ) async throws -> [ClaimedDelivery] {
    let rows = try await connection.query(
      SQL.claim_deliveries,
      name: "claim_deliveries",
      [.text(channels.joined(separator: ",")), .int(limit), .double(seconds)]
    )
    var claimed: [ClaimedDelivery] = []
    for row in 0..<rows.rowCount {
      claimed.append(
        ClaimedDelivery(
          identifier: rows.int(row, 0),
          channel: rows.text(row, 1),
          attempts: rows.int(row, 2),
          epoch: rows.int(row, 3),
          notice: try JSONDecoder().decode(AlertNotice.self, from: Data(rows.json(row, 4).utf8)),
          createdAt: rows.instant(row, 5)
        )
      )
    }
    return claimed.sorted { $0.identifier < $1.identifier }
  }

  /// What became of a delivery.
  package enum Ending: String, Sendable { case queued, delivered, refused, expired }

  /// Records an attempt and what follows from it.
  ///
  /// - `pause`: Seconds until the next attempt, where there is one.
  /// - `isAnswered`: Whether the channel itself did well.
  /// - `longest`: Seconds for which the channel is left alone at most.
  package func finish(
    _ delivery: ClaimedDelivery,
    _ ending: Ending,
    _ words: String,
    pause: Double,
    isAnswered: Bool,
    longest: Double
  ) async throws {
    try await connection.withTransaction { connection in
      try await connection.execute(
        SQL.finish_delivery,
        name: "finish_delivery",
        [
          .int(delivery.identifier), .int(delivery.epoch), .text(ending.rawValue), .text(words),
          .double(pause),
        ]
      )
      try await connection.execute(
        SQL.insert_delivery_attempt,
        name: "insert_delivery_attempt",
        [.int(delivery.identifier), .bool(ending == .delivered), .text(words)]
      )
      try await Outbox(connection).note(
        delivery.channel,
        error: isAnswered ? nil : words,
        longest: longest
      )
    }
  }

  /// Notes how a channel did.
  ///
  /// - `error`: Nil where it did well.
  /// - `longest`: Seconds for which it is left alone at most after many failures.
  package func note(_ channel: String, error: String?, longest: Double) async throws {
    try await connection.execute(
      SQL.note_channel,
      name: "note_channel",
      [.text(channel), .bool(error == nil), .optional(error), .double(longest)]
    )
  }

  /// Gives up what could not be told for so long; returns how many.
  ///
  /// - `channels`: Those that are there: what waits for them is tried at least once.
  package func expire(after seconds: Double, channels: [String]) async throws -> Int {
    try await connection.execute(
      SQL.expire_deliveries,
      name: "expire_deliveries",
      [.double(seconds), .text(channels.joined(separator: ","))]
    )
  }

  /// Returns how channels do, those that are no longer configured included.
  package func channels() async throws -> [ChannelHealth] {
    let rows = try await connection.query(SQL.read_channels, name: "read_channels")
    return (0..<rows.rowCount).map { row in
      ChannelHealth(
        name: rows.text(row, 0),
        failures: rows.int(row, 1),
        isOpen: rows.bool(row, 2),
        deliveredAt: rows.timestamp(row, 3).map(Instant.init(microseconds:)),
        failedAt: rows.timestamp(row, 4).map(Instant.init(microseconds:)),
        lastError: rows.optionalText(row, 5),
        queued: rows.int(row, 6),
        delivered: rows.int(row, 7),
        refused: rows.int(row, 8),
        expired: rows.int(row, 9)
      )
    }
  }

  /// When each model was last checked at its own time, and how many seconds ago.
  package func freshness() async throws -> [(model: String, at: Instant, age: Double)] {
    let rows = try await connection.query(SQL.read_freshness, name: "read_freshness")
    return (0..<rows.rowCount).map {
      (rows.text($0, 0), rows.instant($0, 1), rows.double($0, 2) ?? 0)
    }
  }
}
