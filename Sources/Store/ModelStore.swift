// SPDX-License-Identifier: Apache-2.0
import Foundation
package import Postgres
package import Profiles
package import Scan

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
  /// The moment that the label counts speak of; nil before the first count.
  package let labelledAsOf: Instant?
  package let reason: String
  package let createdAt: Instant
  /// Labels of buckets before this one are counted.
  package let labelledUntil: Instant?
  /// Outcomes that arrived before this moment are counted for good.
  package let settledAsOf: Instant?
  /// Whether some prediction id was seen twice.
  package let hasRepeats: Bool
  /// Buckets before this one are gone, but for those of the reference, whose counts no longer change.
  package let keptFrom: Instant
  /// The days that the cells come from where the reference moves.
  package let base: TimeRange?

  /// The segment targets of a profile, in the order in which scanners give them; nil for all rows.
  package var segments: [String?] {
    [nil] + binning.segmentNames
  }
}

extension StoredBinning {
  /// Cells that are not stored, for runs that write nothing.
  package init(unstored binning: Binning, rows: Int, from: Instant) {
    self.init(
      identifier: 0,
      number: 0,
      fingerprint: "",
      binning: binning,
      referenceRows: rows,
      profiledFrom: from,
      profiledUntil: from,
      labelledAsOf: nil,
      reason: "not stored",
      createdAt: from,
      labelledUntil: nil,
      settledAsOf: nil,
      hasRepeats: false,
      keptFrom: from,
      base: nil
    )
  }

  /// Returns counts as they would be read back if they were stored.
  package func buckets<Counts>(
    _ profiles: [BucketKey: [Counts]],
    edges: [Instant],
    where isKept: (Counts) -> Bool
  ) -> [StoredBucket<Counts>] {
    let segments = segments
    return profiles.flatMap { key, targets in
      zip(segments, targets).compactMap { segment, counts -> StoredBucket<Counts>? in
        guard isKept(counts),
          let bucket = TimeRange(from: edges[key.bucket], to: edges[key.bucket + 1])
        else { return nil }
        return StoredBucket(version: key.version, segment: segment, bucket: bucket, counts: counts)
      }
    }
  }
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

  /// Tries to be the only run that works on a model, until the transaction ends.
  package func takeTurn(_ model: String) async throws -> Bool {
    try await connection.query(SQL.take_turn, name: "take_turn", [.text(model)]).bool(0, 0)
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
      createdAt: rows.instant(0, 9),
      labelledUntil: rows.timestamp(0, 10).map(Instant.init(microseconds:)),
      settledAsOf: rows.timestamp(0, 11).map(Instant.init(microseconds:)),
      hasRepeats: rows.bool(0, 12),
      keptFrom: rows.instant(0, 13),
      base: rows.isNull(0, 14)
        ? nil : TimeRange(from: rows.instant(0, 14), to: rows.instant(0, 15))
    )
  }

  /// Remembers that prediction ids repeat, so that each is used once from now on.
  package func noteRepeats(_ stored: StoredBinning) async throws {
    try await connection.execute(
      SQL.note_repeats,
      name: "note_repeats",
      [.int(stored.identifier)]
    )
  }

  /// Stores new cells.
  ///
  /// - `previous`: The number of the cells that they replace; 0 for the first.
  /// - Throws: `Overtaken` where another run has made cells since.
  package func insert(
    _ binning: Binning,
    model: Int,
    after previous: Int,
    fingerprint: String,
    referenceRows: Int,
    from: Instant,
    base: TimeRange?,
    reason: String
  ) async throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let text = String(decoding: try encoder.encode(binning), as: UTF8.self)
    let stored = try await connection.execute(
      SQL.insert_binning,
      name: "insert_binning",
      [
        .int(model), .text(fingerprint), .json(text), .int(referenceRows),
        .timestamp(from.microseconds), .text(reason), .int(previous), .optional(base?.from),
        .optional(base?.to),
      ]
    )
    guard stored == 1 else { throw Overtaken() }
  }
}

extension QueryResult {
  /// A `timestamptz` field that is not NULL.
  func instant(_ row: Int, _ column: Int) -> Instant {
    Instant(microseconds: timestamp(row, column) ?? 0)
  }
}

extension Parameter {
  static func optional(_ instant: Instant?) -> Parameter {
    instant.map { .timestamp($0.microseconds) } ?? .null
  }
}
