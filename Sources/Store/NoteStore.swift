// SPDX-License-Identifier: Apache-2.0
package import Postgres
package import Profiles

/// An event that a person marked on the time axis of a model.
package struct Note: Sendable, Hashable {
  package let from: Instant
  /// Its end, where it lasted.
  package let until: Instant?
  package let text: String
  package let author: String

  package init(from: Instant, until: Instant?, text: String, author: String) {
    self.from = from
    self.until = until
    self.text = text
    self.author = author
  }
}

/// A closed bucket that turned out to hold something else than what was counted.
package struct Revision: Sendable, Hashable {
  package enum Cause: String, Sendable { case rows, labels }

  package let bucket: TimeRange
  package let cause: Cause
  package let rowsBefore: Int?
  package let rowsAfter: Int?
  /// The check that found it.
  package let asOf: Instant
}

/// Reads and writes what happened on the time axis of a model.
package struct NoteStore: Sendable {
  private let connection: Connection

  package init(_ connection: Connection) { self.connection = connection }

  package func add(_ note: Note, model: Int) async throws {
    try await connection.execute(
      SQL.insert_note,
      name: "insert_note",
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
      name: "read_notes",
      [
        .text(model), .timestamp(range.from.microseconds), .timestamp(range.to.microseconds),
      ]
    )
    return (0..<rows.rowCount).map {
      Note(
        from: rows.instant($0, 0),
        until: rows.timestamp($0, 1).map(Instant.init(microseconds:)),
        text: rows.text($0, 2),
        author: rows.text($0, 3)
      )
    }
  }

  /// Returns the revisions of buckets inside a range, oldest bucket first.
  package func revisions(_ stored: StoredBinning, _ range: TimeRange) async throws -> [Revision] {
    let rows = try await connection.query(
      SQL.read_revisions,
      name: "read_revisions",
      [
        .int(stored.identifier), .timestamp(range.from.microseconds),
        .timestamp(range.to.microseconds),
      ]
    )
    return (0..<rows.rowCount).compactMap { row in
      guard let bucket = TimeRange(from: rows.instant(row, 0), to: rows.instant(row, 1)),
        let cause = Revision.Cause(rawValue: rows.text(row, 2))
      else { return nil }
      return Revision(
        bucket: bucket,
        cause: cause,
        rowsBefore: rows.isNull(row, 3) ? nil : rows.int(row, 3),
        rowsAfter: rows.isNull(row, 4) ? nil : rows.int(row, 4),
        asOf: rows.instant(row, 5)
      )
    }
  }
}
