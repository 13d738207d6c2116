// SPDX-License-Identifier: Apache-2.0
package import Alerting
package import Postgres
import Profiles

/// Reads and writes what operators say to alerts.
package struct SilenceStore: Sendable {
  private let connection: Connection

  package init(_ connection: Connection) { self.connection = connection }

  /// Silences alerts and returns the silence's number.
  ///
  /// `model` is the model's number; nil for all models.
  package func add(_ silence: Silence, model: Int?) async throws -> Int {
    try await connection.query(
      SQL.insert_silence,
      [
        .optional(model), .optional(silence.rule), .optional(silence.subject),
        .optional(silence.segment), .timestamp(silence.from.microseconds),
        .timestamp(silence.until.microseconds), .text(silence.author), .text(silence.reason),
      ]
    ).only { try $0.decode("silence_id") }
  }

  /// Ends a silence; false where there is none that holds.
  package func endSilence(_ identifier: Int) async throws -> Bool {
    try await connection.execute(SQL.end_silence, [.int(identifier)]) == 1
  }

  /// Returns the silences that hold or are to come.
  package func silences() async throws -> [Silence] {
    let rows = try await connection.query(SQL.read_silences)
    return try rows.map { row in
      Silence(
        identifier: try row.decode("silence_id"),
        model: try row.decode("name"),
        rule: try row.decode("rule"),
        subject: try row.decode("subject"),
        segment: try row.decode("segment"),
        from: try row.decode("starts_at"),
        until: try row.decode("ends_at"),
        author: try row.decode("author"),
        reason: try row.decode("reason")
      )
    }
  }

  /// Records that an operator has seen a firing alert; false where it does not fire.
  package func acknowledge(_ alert: Int, author: String, reason: String) async throws -> Bool {
    try await connection.execute(
      SQL.acknowledge_alert,
      [.int(alert), .text(author), .text(reason)]
    ) == 1
  }
}
