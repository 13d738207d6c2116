// SPDX-License-Identifier: Apache-2.0
import Foundation
package import Postgres
package import Profiles

/// The cells of a model as they are stored, with how far its buckets are closed.
package struct StoredBinning: Sendable {
  package let identifier: Int
  /// Counts up from 1 for each model.
  package let number: Int
  package let fingerprint: String
  package let binning: Binning
  package let referenceRows: Int
  package let profiledFrom: Instant
  package let profiledUntil: Instant
  package let labelledAsOf: Instant?
  package let reason: String
  package let createdAt: Instant
}

/// A reference that a person chose by command.
package struct ReferenceChoice: Sendable {
  package let range: TimeRange
  package let author: String
  package let reason: String
  package let createdAt: Instant
}

/// Reads and writes models, references and cells.
package struct ModelStore: Sendable {
  private let connection: Connection

  package init(_ connection: Connection) { self.connection = connection }

  /// Returns the model's number, and gives it one when it is new.
  package func ensureModel(_ name: String) async throws -> Int {
    let rows = try await connection.query(SQL.ensure_model, name: "ensure_model", [.text(name)])
    if rows.rowCount == 1 { return rows.int(0, 0) }
    // Another run added it between our insert and our look.
    let again = try await connection.query(SQL.ensure_model, name: "ensure_model", [.text(name)])
    return again.int(0, 0)
  }

  /// Tries to be the only run that works on a model; the turn ends by `endTurn`, at the latest with
  /// the connection.
  package func takeTurn(_ model: String) async throws -> Bool {
    try await connection.query(SQL.take_turn, name: "take_turn", [.text(model)]).bool(0, 0)
  }

  /// Lets the next run begin, without waiting for the server to notice that we have gone.
  package func endTurn(_ model: String) async throws {
    _ = try await connection.query(SQL.end_turn, name: "end_turn", [.text(model)])
  }

  package func referenceChoice(_ model: String) async throws -> ReferenceChoice? {
    let rows = try await connection.query(
      SQL.read_reference_choice,
      name: "read_reference_choice",
      [.text(model)]
    )
    guard rows.rowCount == 1,
      let range = TimeRange(from: rows.instant(0, 0), to: rows.instant(0, 1))
    else { return nil }
    return ReferenceChoice(
      range: range,
      author: rows.text(0, 2),
      reason: rows.text(0, 3),
      createdAt: rows.instant(0, 4)
    )
  }

  package func chooseReference(
    model: Int,
    _ range: TimeRange,
    author: String,
    reason: String
  ) async throws {
    try await connection.execute(
      SQL.insert_reference_choice,
      name: "insert_reference_choice",
      [
        .int(model), .timestamp(range.from.microseconds), .timestamp(range.to.microseconds),
        .text(author), .text(reason),
      ]
    )
  }

  /// Returns a model's newest cells; nil before its first check.
  package func binning(of model: String) async throws -> StoredBinning? {
    let rows = try await connection.query(SQL.read_binning, name: "read_binning", [.text(model)])
    guard rows.rowCount == 1 else { return nil }
    return StoredBinning(
      identifier: rows.int(0, 0),
      number: rows.int(0, 1),
      fingerprint: rows.text(0, 2),
      binning: try JSONDecoder().decode(Binning.self, from: Data(rows.json(0, 3).utf8)),
      referenceRows: rows.int(0, 4),
      profiledFrom: rows.instant(0, 5),
      profiledUntil: rows.instant(0, 6),
      labelledAsOf: rows.timestamp(0, 7).map(Instant.init(microseconds:)),
      reason: rows.text(0, 8),
      createdAt: rows.instant(0, 9)
    )
  }

  package func insert(
    _ binning: Binning,
    model: Int,
    fingerprint: String,
    referenceRows: Int,
    from: Instant,
    reason: String
  ) async throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let text = String(decoding: try encoder.encode(binning), as: UTF8.self)
    try await connection.execute(
      SQL.insert_binning,
      name: "insert_binning",
      [
        .int(model), .text(fingerprint), .json(text), .int(referenceRows),
        .timestamp(from.microseconds), .text(reason),
      ]
    )
  }
}

extension QueryResult {
  /// A `timestamptz` field that is not NULL.
  func instant(_ row: Int, _ column: Int) -> Instant {
    Instant(microseconds: timestamp(row, column) ?? 0)
  }
}
