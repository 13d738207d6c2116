// SPDX-License-Identifier: Apache-2.0
import Foundation
package import Postgres
package import Profiles
package import Retraining

/// What came of a trigger.
package enum JobOutcome: Sendable, Hashable {
  case nothing
  case created(Int)
  /// The same look made this job before.
  case duplicate(Int)
  case coalesced(into: Int)
  case suppressed(String)
}

/// The queue of retraining jobs: at most one for each model that is not over.
package struct JobStore: Sendable {
  let connection: Connection

  package init(_ connection: Connection) { self.connection = connection }

  /// Decides on a trigger and makes a job where that is decided, as the only one who does so for the model.
  ///
  /// - `asOf`: The moment of the check.
  /// - `decide`: Given what is known of the jobs before.
  /// - `key`: A key of the caller; where it made a job, that one is returned, whatever became of it.
  /// - `task`: What the trainer is told.
  package func make(
    model: Int,
    key: String? = nil,
    asOf: Instant,
    version: String,
    author: String,
    maximumAttempts: Int,
    decide: @Sendable (RetrainingCase.History) -> RetrainingDecision,
    task: @Sendable (RetrainingDecision.Order) async throws -> TrainingTask
  ) async throws -> JobOutcome {
    try await connection.withTransaction { connection in
      let store = JobStore(connection)
      let history = try await store.history(model)
      if let key, let known = try await store.job(model, key: key) { return .duplicate(known) }
      switch decide(history) {
      case .none: return .nothing
      case .suppressed(let words):
        try await store.note(model, nil, "suppressed", words, asOf: asOf)
        return .suppressed(words)
      case .coalesced(let number, let words):
        try await store.note(model, number, "coalesced", words, asOf: asOf)
        return .coalesced(into: number)
      case .create(let order):
        let text = try Self.json(try await task(order))
        let rows = try await connection.query(
          SQL.insert_job,
          name: "insert_job",
          [
            .int(model), .text(order.key),
            .text(order.needsApproval ? "awaiting_approval" : "queued"),
            .text(order.remedy.rawValue), .text(order.reason), .text(version),
            .json(try Self.json(order.triggers)), .json(text), .timestamp(asOf.microseconds),
            .text(author), .optional(order.notBefore), .int(maximumAttempts),
          ]
        )
        guard rows.rowCount == 1 else {
          return .duplicate(try await store.job(model, key: order.key) ?? 0)
        }
        let number = rows.int(0, 0)
        try await store.note(
          model,
          number,
          order.needsApproval ? "awaiting_approval" : "queued",
          order.reason,
          asOf: asOf
        )
        try await store.notify(number)
        return .created(number)
      }
    }
  }

  /// Locks the model's gate and returns what is known of its jobs.
  private func history(_ model: Int) async throws -> RetrainingCase.History {
    let gate = try await lockedGate(model)
    var history = RetrainingCase.History()
    history.isPaused = gate != nil
    history.pauseReason = gate
    let rows = try await connection.query(
      SQL.read_job_history,
      name: "read_job_history",
      [.int(model)]
    )
    for row in 0..<rows.rowCount {
      let state = rows.text(row, 1)
      history.made.append(rows.instant(row, 0))
      if ["awaiting_approval", "queued", "submitting", "running"].contains(state) {
        history.active = rows.int(row, 3)
      }
      if !["cancelled", "rejected"].contains(state), history.trained == nil {
        history.trained = rows.instant(row, 0)
      }
      if state == "succeeded", history.lastSuccess == nil {
        history.lastSuccess = RetrainingCase.Success(
          at: rows.instant(row, 0),
          remedy: RetrainingDecision.Remedy(rawValue: rows.text(row, 4)) ?? .retrain,
          versionThen: rows.text(row, 2),
          made: rows.optionalText(row, 6) ?? rows.optionalText(row, 5),
          state: rows.optionalText(row, 7).flatMap(ModelVersion.State.init),
          reason: rows.optionalText(row, 8)
        )
      }
    }
    return history
  }

  private func job(_ model: Int, key: String) async throws -> Int? {
    let rows = try await connection.query(
      SQL.read_job_key,
      name: "read_job_key",
      [.int(model), .text(key)]
    )
    return rows.rowCount == 1 ? rows.int(0, 0) : nil
  }

  /// Returns the newest map that a check advised for a version; nil where none did.
  package func lastMap(_ model: Int, version: String) async throws -> TrainingTask.Map? {
    let rows = try await connection.query(
      SQL.read_last_map,
      name: "read_last_map",
      [.int(model), .text(version)]
    )
    guard rows.rowCount == 1, let intercept = rows.double(0, 0), let slope = rows.double(0, 1)
    else { return nil }
    return TrainingTask.Map(intercept: intercept, slope: slope)
  }

  /// Locks the gate; returns who paused the model's jobs and why, nil where nobody did.
  private func lockedGate(_ model: Int) async throws -> String? {
    var rows = try await connection.query(SQL.lock_gate, name: "lock_gate", [.int(model)])
    if rows.rowCount == 0 {
      // The statement does not see the row that it made.
      rows = try await connection.query(SQL.lock_gate, name: "lock_gate", [.int(model)])
    }
    guard rows.rowCount == 1, !rows.isNull(0, 0) else { return nil }
    return "\(rows.text(0, 1)) (\(rows.text(0, 0)))"
  }

  /// Pauses a model's jobs, or lets them go on where `author` is nil.
  package func pause(_ model: Int, author: String?, reason: String?) async throws {
    try await connection.execute(
      SQL.pause_gate,
      name: "pause_gate",
      [.int(model), .optional(author), .optional(reason)]
    )
    try await note(model, nil, author == nil ? "resumed" : "paused", reason ?? "", asOf: nil)
  }

  /// Records what happened.
  package func note(
    _ model: Int,
    _ job: Int?,
    _ kind: String,
    _ words: String,
    asOf: Instant?
  ) async throws {
    try await connection.execute(
      SQL.insert_job_event,
      name: "insert_job_event",
      [.int(model), .optional(job), .text(kind), .text(Self.storable(words)), .optional(asOf)]
    )
  }

  /// Wakes workers that listen; those that cannot, behind a pool, look by themselves.
  func notify(_ number: Int) async throws {
    try await connection.execute(
      "select pg_notify('plumbline_job', $1)",
      name: "notify_job",
      [.text(String(number))]
    )
  }

  /// A text that the server takes: what others say may hold NUL.
  static func storable(_ text: String) -> String { text.replacing("\0", with: "\u{FFFD}") }

  static func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}
