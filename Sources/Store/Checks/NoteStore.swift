// SPDX-License-Identifier: Apache-2.0
package import Postgres
package import Profiles

/// Reads and writes what happened on the time axis of a model.
package struct NoteStore: Sendable {
  private let connection: Connection

  package init(_ connection: Connection) { self.connection = connection }

  package func add(_ note: Note, model: Int) async throws {
    try await connection.execute(
      SQL.insert_note,
      [
        .int(model), .timestamp(note.from.microseconds), .optional(note.until), .text(note.text),
        .text(note.author),
      ]
    )
  }

  /// Returns the events inside a range, oldest first.
  package func notes(_ model: String, _ range: TimeRange) async throws -> [Note] {
    let rows = try await connection.query(
      SQL.read_notes,
      [
        .text(model), .timestamp(range.from.microseconds), .timestamp(range.to.microseconds),
      ]
    )
    return try rows.map { row in
      Note(
        from: try row.decode("happened_at"),
        until: try row.decode("happened_until"),
        text: try row.decode("text"),
        author: try row.decode("author")
      )
    }
  }

  /// Returns the revisions of buckets inside a range, oldest bucket first.
  package func revisions(_ stored: StoredBinning, _ range: TimeRange) async throws -> [Revision] {
    let rows = try await connection.query(
      SQL.read_revisions,
      [
        .int(stored.identifier), .timestamp(range.from.microseconds),
        .timestamp(range.to.microseconds),
      ]
    )
    return try rows.map { row in
      Revision(
        bucket: try row.range("bucket_from", "bucket_to"),
        cause: try row.decode("cause"),
        rowsBefore: try row.decode("rows_before"),
        rowsAfter: try row.decode("rows_after"),
        asOf: try row.decode("as_of")
      )
    }
  }
}
