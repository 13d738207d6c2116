// SPDX-License-Identifier: Apache-2.0
package import Alerting
import Findings
import Foundation
package import Postgres
package import Profiles

/// An alert with what people said to it.
package struct StoredAlert: Sendable, Hashable {
  package let identifier: Int
  package let alert: Alert
  package let acknowledgedBy: String?
  package let acknowledgement: String?
  package let isSilenced: Bool
  /// What its rule adds to notices, and what follows when it fires, as of the check that last moved it.
  package let extras: AlertExtras
}

/// What a rule adds to an alert.
package struct AlertExtras: Sendable, Hashable {
  package let labels: [String: String]
  package let annotations: [String: String]
  package let actions: Set<String>

  init(labels: [String: String], annotations: [String: String], actions: Set<String>) {
    self.labels = labels
    self.annotations = annotations
    self.actions = actions
  }

  init(_ rule: Rule) {
    self.init(
      labels: rule.policy.labels,
      annotations: rule.policy.annotations,
      actions: Set(rule.actions.map(\.rawValue))
    )
  }

  package var notifies: Bool { actions.contains(AlertPolicy.Action.notify.rawValue) }
  package var retrains: Bool { actions.contains(AlertPolicy.Action.retrain.rawValue) }
}

/// What a check did to a model's alerts.
package struct AlertRecord: Sendable {
  /// The mark that was read before.
  package let revision: Int
  package let changes: [AlertChange]
  /// Who is to be told.
  package let telling: Telling
  private let rules: [String: Rule]
  private let known: [AlertKey: StoredAlert]

  /// - `known`: The alerts as they were before.
  package init(
    revision: Int,
    changes: [AlertChange],
    rules: [Rule],
    known: [StoredAlert],
    telling: Telling
  ) {
    self.revision = revision
    self.changes = changes
    self.telling = telling
    self.rules = Dictionary(rules.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    self.known = Dictionary(
      known.map { ($0.alert.key, $0) },
      uniquingKeysWith: { first, _ in first }
    )
  }

  /// What an alert's rule adds; of a rule that is gone, what it added last.
  func extras(_ key: AlertKey) -> AlertExtras {
    rules[key.rule].map(AlertExtras.init) ?? known[key]?.extras
      ?? AlertExtras(labels: [:], annotations: [:], actions: [])
  }
}

/// Reads and writes alerts and what people say to them.
package struct AlertStore: Sendable {
  private let connection: Connection

  package init(_ connection: Connection) { self.connection = connection }

  /// Returns how often and as of when a model's alerts were last moved.
  package func mark(_ model: Int) async throws -> (revision: Int, asOf: Instant?) {
    let rows = try await connection.query(
      SQL.read_alert_mark,
      name: "read_alert_mark",
      [.int(model)]
    )
    return rows.rowCount == 1 ? (rows.int(0, 0), rows.instant(0, 1)) : (0, nil)
  }

  /// Returns the alerts of a model, inactive ones included.
  package func alerts(_ model: String) async throws -> [StoredAlert] {
    let rows = try await connection.query(SQL.read_alerts, name: "read_alerts", [.text(model)])
    var alerts: [StoredAlert] = []
    for row in 0..<rows.rowCount {
      if let alert = try Self.alert(rows, row) { alerts.append(alert) }
    }
    return alerts
  }

  private static func alert(_ rows: borrowing QueryResult, _ row: Int) throws -> StoredAlert? {
    guard let kind = WindowSpec(rows.text(row, 5)),
      let state = AlertState(rawValue: rows.text(row, 6)),
      let severity = Severity(rawValue: rows.text(row, 7)),
      let window = TimeRange(from: rows.instant(row, 13), to: rows.instant(row, 14)),
      let signal = AlertObservation.Signal(rawValue: rows.text(row, 15))
    else { return nil }
    let key = AlertKey(
      version: rows.text(row, 1),
      rule: rows.text(row, 2),
      subject: rows.text(row, 3),
      segment: rows.optionalText(row, 4),
      window: kind
    )
    let alert = Alert(
      key: key,
      state: state,
      since: rows.instant(row, 8),
      firingSince: rows.timestamp(row, 9).map(Instant.init(microseconds:)),
      lastHeld: rows.timestamp(row, 10).map(Instant.init(microseconds:)),
      resolvedAt: rows.timestamp(row, 26).map(Instant.init(microseconds:)),
      settledUntil: rows.timestamp(row, 30).map(Instant.init(microseconds:)),
      badSince: rows.timestamp(row, 11).map(Instant.init(microseconds:)),
      badWindows: try decoded(rows.json(row, 12)),
      newest: AlertObservation(
        window: window,
        signal: signal,
        value: rows.double(row, 16),
        reference: rows.double(row, 17),
        threshold: rows.double(row, 18),
        sample: rows.int(row, 19),
        reason: rows.text(row, 20)
      ),
      severity: severity,
      reason: rows.text(row, 21),
      inhibitor: rows.optionalText(row, 22)
    )
    return StoredAlert(
      identifier: rows.int(row, 0),
      alert: alert,
      acknowledgedBy: rows.optionalText(row, 23),
      acknowledgement: rows.optionalText(row, 24),
      isSilenced: rows.bool(row, 25),
      extras: AlertExtras(
        labels: try decoded(rows.json(row, 27)),
        annotations: try decoded(rows.json(row, 28)),
        actions: Set(try decoded(rows.json(row, 29)) as [String])
      )
    )
  }

  private static func decoded<Value: Decodable>(_ json: String) throws -> Value {
    try JSONDecoder().decode(Value.self, from: Data(json.utf8))
  }

  /// Stores what a check did, and who is to be told of it, in the transaction of the caller.
  ///
  /// - Throws: `Overtaken` where another run has moved the alerts.
  static func store(
    _ record: AlertRecord,
    model: Int,
    cycle: Int,
    asOf: Instant,
    _ connection: Connection
  ) async throws {
    let moved = try await connection.execute(
      SQL.advance_alerts,
      name: "advance_alerts",
      [.int(model), .int(record.revision), .timestamp(asOf.microseconds)]
    )
    guard moved == 1 else { throw Overtaken() }
    for change in record.changes {
      let number = try await store(change, record, model: model, cycle: cycle, asOf, connection)
      guard let number, let transition = change.transition else { continue }
      let newest = change.alert?.newest ?? change.last
      try await connection.execute(
        SQL.insert_alert_transition,
        name: "insert_alert_transition",
        [
          .int(number), .text(transition.from.rawValue), .text(transition.to.rawValue),
          .timestamp(transition.at.microseconds), .text(transition.reason),
          .timestamp(newest.window.from.microseconds), .timestamp(newest.window.to.microseconds),
          .optional(newest.value), .optional(newest.reference), .optional(newest.threshold),
          .int(newest.sample),
        ]
      )
      FaultPoint.reach(.alerting)
      if let alert = change.alert {
        try await Outbox.tell(
          alert,
          number: number,
          model: model,
          transition,
          record.extras(alert.key),
          record.telling,
          connection
        )
      }
    }
  }

  private static func store(
    _ change: AlertChange,
    _ record: AlertRecord,
    model: Int,
    cycle: Int,
    _ asOf: Instant,
    _ connection: Connection
  ) async throws -> Int? {
    let key = change.key
    let identity: [Parameter] = [
      .int(model), .text(key.version), .text(key.rule), .text(key.subject),
      .optional(key.segment), .text(key.window.description),
    ]
    guard let alert = change.alert else {
      let rows = try await connection.query(
        SQL.quiet_alert,
        name: "quiet_alert",
        identity + [.timestamp(asOf.microseconds)]
      )
      return rows.rowCount == 1 ? rows.int(0, 0) : nil
    }
    let extras = record.extras(key)
    let rows = try await connection.query(
      SQL.store_alert,
      name: "store_alert",
      identity + [
        .text(alert.state.rawValue), .text(alert.severity.rawValue),
        .timestamp(alert.since.microseconds), .optional(alert.firingSince),
        .optional(alert.lastHeld), .optional(alert.badSince), .json(try json(alert.badWindows)),
        .timestamp(alert.newest.window.from.microseconds),
        .timestamp(alert.newest.window.to.microseconds), .text(alert.newest.signal.rawValue),
        .optional(alert.newest.value), .optional(alert.newest.reference),
        .optional(alert.newest.threshold), .int(alert.newest.sample), .text(alert.newest.reason),
        .text(alert.reason), .optional(alert.inhibitor),
        .json(try json(extras.labels)), .json(try json(extras.annotations)),
        .json(try json(extras.actions.sorted())), .int(cycle),
        .optional(alert.resolvedAt), .optional(alert.settledUntil),
      ]
    )
    return rows.int(0, 0)
  }

  private static func json(_ value: some Encodable) throws -> String {
    String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
  }

  /// Returns what became of an alert, oldest first.
  package func transitions(_ alert: Int) async throws -> [StoredTransition] {
    let rows = try await connection.query(
      SQL.read_alert_transitions,
      name: "read_alert_transitions",
      [.int(alert)]
    )
    return (0..<rows.rowCount).map { row in
      StoredTransition(
        from: rows.text(row, 0),
        to: rows.text(row, 1),
        at: rows.instant(row, 2),
        reason: rows.text(row, 3)
      )
    }
  }
}

/// A change of an alert's state as it was stored.
package struct StoredTransition: Sendable, Hashable {
  package let from: String
  package let to: String
  package let at: Instant
  package let reason: String
}
