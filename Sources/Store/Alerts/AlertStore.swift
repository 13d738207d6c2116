// SPDX-License-Identifier: Apache-2.0
package import Alerting
import Checks
import Failpoints
import Foundation
package import Postgres
package import Profiles

/// What a check did to a model's alerts.
package struct AlertRecord: Sendable {
  /// The revision that was read before.
  package let revision: Int
  package let changes: [AlertChange]
  /// Who is notified of it.
  package let notifications: NotificationPolicy
  private let rules: [String: Rule]
  private let known: [AlertKey: StoredAlert]

  /// Makes a record; `known` are the alerts as they were before.
  package init(
    revision: Int,
    changes: [AlertChange],
    rules: [Rule],
    known: [StoredAlert],
    notifications: NotificationPolicy
  ) {
    self.revision = revision
    self.changes = changes
    self.notifications = notifications
    self.rules = Dictionary(rules.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    self.known = Dictionary(
      known.map { ($0.alert.key, $0) },
      uniquingKeysWith: { first, _ in first }
    )
  }

  /// What an alert's rule adds; of a rule that is gone, what it added last.
  func extras(_ key: AlertKey) -> AlertExtras {
    rules[key.rule].map(AlertExtras.init) ?? known[key]?.extras ?? AlertExtras()
  }
}

/// Reads and writes alerts and what operators say to them.
package struct AlertStore: Sendable {
  private let connection: Connection

  package init(_ connection: Connection) { self.connection = connection }

  /// Returns how often and as of when a model's alerts were last moved.
  package func revision(_ model: Int) async throws -> (revision: Int, asOf: Instant?) {
    let rows = try await connection.query(
      SQL.read_alert_revision,
      [.int(model)]
    )
    return try rows.first { (try $0.decode("revision"), try $0.decode("as_of")) } ?? (0, nil)
  }

  /// Returns the alerts of a model, inactive ones included.
  package func alerts(_ model: String) async throws -> [StoredAlert] {
    try await connection.query(SQL.read_alerts, [.text(model)]).map(Self.alert)
  }

  private static func alert(_ row: borrowing Row) throws -> StoredAlert {
    StoredAlert(
      identifier: try row.decode("alert_id"),
      alert: Alert(
        key: AlertKey(
          version: try row.decode("model_version"),
          rule: try row.decode("rule"),
          subject: try row.decode("subject"),
          segment: try row.decode("segment"),
          window: try row.decode("window_kind")
        ),
        state: try row.decode("state"),
        since: try row.decode("since"),
        firingSince: try row.decode("firing_since"),
        lastHeld: try row.decode("last_held"),
        resolvedAt: try row.decode("resolved_at"),
        settledUntil: try row.decode("settled_until"),
        badSince: try row.decode("bad_since"),
        badWindows: try row.json("bad_windows"),
        newest: AlertObservation(
          window: try row.range("window_from", "window_to"),
          signal: try row.decode("signal"),
          value: try row.decode("value"),
          reference: try row.decode("reference"),
          threshold: try row.decode("threshold"),
          sample: try row.decode("sample"),
          reason: try row.decode("window_reason")
        ),
        severity: try row.decode("severity"),
        reason: try row.decode("reason"),
        inhibitor: try row.decode("inhibitor")
      ),
      acknowledgedBy: try row.decode("acknowledged_by"),
      acknowledgement: try row.decode("acknowledgement"),
      isSilenced: try row.decode("is_silenced"),
      extras: AlertExtras(
        labels: try row.json("labels"),
        annotations: try row.json("annotations"),
        actions: Set(try row.json("actions", as: [AlertPolicy.Action].self))
      )
    )
  }

  /// Stores what a check did, and whom it notifies, in the transaction of the caller.
  ///
  /// - Throws: `ConcurrentUpdate` where another run has moved the alerts.
  static func store(
    _ record: AlertRecord,
    model: Int,
    checkRun: Int,
    asOf: Instant,
    _ connection: Connection,
    failpoints: Failpoints
  ) async throws {
    let moved = try await connection.execute(
      SQL.advance_alerts,
      [.int(model), .int(record.revision), .timestamp(asOf.microseconds)]
    )
    guard moved == 1 else { throw ConcurrentUpdate() }
    for change in record.changes {
      let number = try await store(
        change,
        of: record,
        model: model,
        checkRun: checkRun,
        asOf: asOf,
        connection
      )
      guard let number, let transition = change.transition else { continue }
      let newest = change.alert?.newest ?? change.last
      try await connection.execute(
        SQL.insert_alert_transition,
        [
          .int(number), .text(transition.from.rawValue), .text(transition.to.rawValue),
          .timestamp(transition.at.microseconds), .text(transition.reason),
          .timestamp(newest.window.from.microseconds), .timestamp(newest.window.to.microseconds),
          .optional(newest.value), .optional(newest.reference), .optional(newest.threshold),
          .int(newest.sample),
        ]
      )
      failpoints.reach(.alerting)
      if let alert = change.alert {
        try await Outbox(connection).notify(
          of: alert,
          number: number,
          model: model,
          record.extras(alert.key),
          on: .transition(transition),
          record.notifications
        )
      }
    }
  }

  private static func store(
    _ change: AlertChange,
    of record: AlertRecord,
    model: Int,
    checkRun: Int,
    asOf: Instant,
    _ connection: Connection
  ) async throws -> Int? {
    let key = change.key
    let identity: [Parameter] = [
      .int(model), .text(key.version), .text(key.rule), .text(key.subject),
      .optional(key.segment), .text(key.window.description),
    ]
    guard let alert = change.alert else {
      let rows = try await connection.query(
        SQL.deactivate_alert,
        identity + [.timestamp(asOf.microseconds)]
      )
      return try rows.first { try $0.decode("alert_id") }
    }
    let extras = record.extras(key)
    let rows = try await connection.query(
      SQL.store_alert,
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
        .json(try json(extras.actions.map(\.rawValue).sorted())), .int(checkRun),
        .optional(alert.resolvedAt), .optional(alert.settledUntil),
      ]
    )
    return try rows.only { try $0.decode("alert_id") }
  }

  private static func json(_ value: some Encodable) throws -> String {
    String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
  }

  /// Returns when alerts of a warning and more fired, those of segments left out, as known at a
  /// moment.
  ///
  /// - Parameters:
  ///   - model: The model's name.
  ///   - range: Spans that touch it.
  ///   - moment: What came later is not known.
  /// - Returns: Spans in order of time, each window's own.
  /// - Throws: `ServerError`.
  package func spans(
    _ model: String,
    _ range: TimeRange,
    knownBy moment: Instant
  ) async throws -> [AlertSpan] {
    let severities = Severity.allCases.filter { $0 >= .warning }.map(\.rawValue)
    let rows = try await connection.query(
      SQL.read_alert_spans,
      [
        .text(model), .timestamp(range.to.microseconds), .timestamp(moment.microseconds),
        .text(AlertState.firing.rawValue), .textArray(severities),
      ]
    )
    return try rows.map { row in
      AlertSpan(
        version: try row.decode("model_version"),
        rule: try row.decode("rule"),
        subject: try row.decode("subject"),
        severity: try row.decode("severity"),
        from: try row.decode("began"),
        until: try row.decode("ended")
      )
    }.filter { $0.until.map { $0 > range.from } ?? true }
  }

  /// Returns what became of an alert, oldest first.
  package func transitions(_ alert: Int) async throws -> [StoredTransition] {
    let rows = try await connection.query(
      SQL.read_alert_transitions,
      [.int(alert)]
    )
    return try rows.map { row in
      StoredTransition(
        from: try row.decode("from_state"),
        to: try row.decode("to_state"),
        at: try row.decode("at"),
        reason: try row.decode("reason")
      )
    }
  }
}
