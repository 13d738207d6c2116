// SPDX-License-Identifier: Apache-2.0
import Foundation
package import Postgres
package import Profiles

/// Bins to be stored.
package struct NewBinning: Sendable {
  package let binning: Binning
  /// What decided the bins.
  package let fingerprint: String
  package let referenceRows: Int
  /// The start of the profiled range.
  package let from: Instant
  /// The days that the bins come from where the reference moves.
  package let base: TimeRange?
  package let reason: String

  package init(
    binning: Binning,
    fingerprint: String,
    referenceRows: Int,
    from: Instant,
    base: TimeRange?,
    reason: String
  ) {
    self.binning = binning
    self.fingerprint = fingerprint
    self.referenceRows = referenceRows
    self.from = from
    self.base = base
    self.reason = reason
  }
}

/// Reads and writes models, references and bins.
package struct ModelStore: Sendable {
  private let connection: Connection

  package init(_ connection: Connection) { self.connection = connection }

  /// Returns the model's number, and gives it one when it is new.
  package func ensureModel(_ name: String) async throws -> Int {
    let rows = try await connection.query(SQL.ensure_model, [.text(name)])
    if let model: Int = try rows.first({ try $0.decode("model_id") }) { return model }
    // Another run added it between our insert and our read.
    let again = try await connection.query(SQL.ensure_model, [.text(name)])
    return try again.only { try $0.decode("model_id") }
  }

  /// Locks a model until the transaction ends; false where another run holds the lock.
  package func tryLock(_ model: String) async throws -> Bool {
    try await connection.query(SQL.try_lock_model, [.text(model)]).only {
      try $0.decode("is_locked")
    }
  }

  package func referenceChoice(_ model: String) async throws -> ReferenceChoice? {
    let rows = try await connection.query(
      SQL.read_reference_choice,
      [.text(model)]
    )
    return try rows.first { row in
      ReferenceChoice(
        range: try row.range("reference_from", "reference_to"),
        author: try row.decode("author"),
        reason: try row.decode("reason"),
        createdAt: try row.decode("created_at")
      )
    }
  }

  package func chooseReference(
    model: Int,
    _ range: TimeRange,
    author: String,
    reason: String
  ) async throws {
    try await connection.execute(
      SQL.insert_reference_choice,
      [
        .int(model), .timestamp(range.from.microseconds), .timestamp(range.to.microseconds),
        .text(author), .text(reason),
      ]
    )
  }

  /// Returns a model's newest bins; nil before its first check.
  package func binning(of model: String) async throws -> StoredBinning? {
    let rows = try await connection.query(SQL.read_binning, [.text(model)])
    return try rows.first { row in
      let base: Instant? = try row.decode("base_from")
      return StoredBinning(
        identifier: try row.decode("binning_id"),
        number: try row.decode("number"),
        fingerprint: try row.decode("fingerprint"),
        binning: try row.json("definition"),
        referenceRows: try row.decode("reference_rows"),
        profiledFrom: try row.decode("profiled_from"),
        profiledUntil: try row.decode("profiled_until"),
        labelledAsOf: try row.decode("labelled_as_of"),
        reason: try row.decode("reason"),
        createdAt: try row.decode("created_at"),
        labelledUntil: try row.decode("labelled_until"),
        settledAsOf: try row.decode("settled_as_of"),
        hasRepeats: try row.decode("has_repeats"),
        keptFrom: try row.decode("kept_from"),
        base: base == nil ? nil : try row.range("base_from", "base_to")
      )
    }
  }

  /// Remembers that prediction ids repeat, so that each is used once from now on.
  package func recordRepeats(_ stored: StoredBinning) async throws {
    try await connection.execute(
      SQL.record_repeats,
      [.int(stored.identifier)]
    )
  }

  /// Stores new bins.
  ///
  /// - Parameters:
  ///   - new: The bins.
  ///   - model: The model's number.
  ///   - previous: The number of the bins that they replace; 0 for the first.
  /// - Throws: `ConcurrentUpdate` where another run has made bins since.
  package func insert(
    _ new: NewBinning,
    model: Int,
    after previous: Int
  ) async throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let text = String(decoding: try encoder.encode(new.binning), as: UTF8.self)
    let stored = try await connection.execute(
      SQL.insert_binning,
      [
        .int(model), .text(new.fingerprint), .json(text), .int(new.referenceRows),
        .timestamp(new.from.microseconds), .text(new.reason), .int(previous),
        .optional(new.base?.from), .optional(new.base?.to),
      ]
    )
    guard stored == 1 else { throw ConcurrentUpdate() }
  }
}
