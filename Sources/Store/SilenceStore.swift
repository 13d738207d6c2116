// SPDX-License-Identifier: Apache-2.0
package import Postgres
package import Profiles

/// Alerts that nobody is to be told of; nil stands for any.
package struct Silence: Sendable, Hashable {
  package let identifier: Int
  package let model: String?
  package let rule: String?
  package let subject: String?
  package let segment: String?
  package let from: Instant
  package let until: Instant
  package let author: String
  package let reason: String

  /// A silence; its number is given when it is stored.
  package init(
    identifier: Int = 0,
    model: String?,
    rule: String?,
    subject: String?,
    segment: String?,
    from: Instant,
    until: Instant,
    author: String,
    reason: String
  ) {
    self.identifier = identifier
    self.model = model
    self.rule = rule
    self.subject = subject
    self.segment = segment
    self.from = from
    self.until = until
    self.author = author
    self.reason = reason
  }
}

/// Reads and writes what people say to alerts.
package struct SilenceStore: Sendable {
  private let connection: Connection

  package init(_ connection: Connection) { self.connection = connection }

  /// Silences alerts and returns the silence's number.
  ///
  /// - `model`: The model's number; nil for all models.
  package func add(_ silence: Silence, model: Int?) async throws -> Int {
    try await connection.query(
      SQL.insert_silence,
      name: "insert_silence",
      [
        .optional(model), .optional(silence.rule), .optional(silence.subject),
        .optional(silence.segment), .timestamp(silence.from.microseconds),
        .timestamp(silence.until.microseconds), .text(silence.author), .text(silence.reason),
      ]
    ).int(0, 0)
  }

  /// Ends a silence; false where there is none that holds.
  package func endSilence(_ identifier: Int) async throws -> Bool {
    try await connection.execute(SQL.end_silence, name: "end_silence", [.int(identifier)]) == 1
  }

  /// Returns the silences that hold or are to come.
  package func silences() async throws -> [Silence] {
    let rows = try await connection.query(SQL.read_silences, name: "read_silences")
    return (0..<rows.rowCount).map { row in
      Silence(
        identifier: rows.int(row, 0),
        model: rows.optionalText(row, 1),
        rule: rows.optionalText(row, 2),
        subject: rows.optionalText(row, 3),
        segment: rows.optionalText(row, 4),
        from: rows.instant(row, 5),
        until: rows.instant(row, 6),
        author: rows.text(row, 7),
        reason: rows.text(row, 8)
      )
    }
  }

  /// Notes that somebody has seen a firing alert; false where it does not fire.
  package func acknowledge(_ alert: Int, author: String, reason: String) async throws -> Bool {
    try await connection.execute(
      SQL.acknowledge_alert,
      name: "acknowledge_alert",
      [.int(alert), .text(author), .text(reason)]
    ) == 1
  }
}
