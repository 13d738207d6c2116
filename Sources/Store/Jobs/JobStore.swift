// SPDX-License-Identifier: Apache-2.0
import Foundation
package import Postgres
package import Profiles
package import Retraining

/// What a job is made for.
package struct JobRequest: Sendable {
  /// The model's number.
  package var model: Int
  /// A key of the caller; where it made a job before, that one is returned, whatever became of it.
  package var key: String?
  /// The moment of the check.
  package var asOf: Instant
  package var version: String
  package var author: String
  package var maximumAttempts: Int

  package init(
    model: Int,
    key: String? = nil,
    asOf: Instant,
    version: String,
    author: String,
    maximumAttempts: Int
  ) {
    self.model = model
    self.key = key
    self.asOf = asOf
    self.version = version
    self.author = author
    self.maximumAttempts = maximumAttempts
  }
}

/// The queue of retraining jobs: at most one for each model that is open.
package struct JobStore: Sendable {
  let connection: Connection

  package init(_ connection: Connection) { self.connection = connection }

  /// Decides on a trigger and makes a job where that is decided, as the only one who does so for
  /// the model.
  ///
  /// - Parameters:
  ///   - request: What the job is made for.
  ///   - decide: Given what is known of the jobs before.
  ///   - task: What the trainer is sent.
  /// - Returns: What came of it.
  /// - Throws: `ServerError`, or what `task` throws; then nothing is stored.
  package func make(
    _ request: JobRequest,
    decide: @Sendable (RetrainingCase.History) -> RetrainingDecision,
    task: @Sendable (RetrainingDecision.Order) async throws -> TrainingTask
  ) async throws -> JobOutcome {
    let model = request.model
    return try await connection.withTransaction { connection in
      let store = JobStore(connection)
      let history = try await store.history(model)
      if let key = request.key, let known = try await store.job(model, key: key) {
        return .duplicate(known)
      }
      switch decide(history) {
      case .none: return .nothing
      case .suppressed(let reason):
        try await store.record(.suppressed, model: model, message: reason, asOf: request.asOf)
        return .suppressed(reason)
      case .coalesced(let number, let reason):
        try await store.record(
          .coalesced,
          model: model,
          job: number,
          message: reason,
          asOf: request.asOf
        )
        return .coalesced(into: number)
      case .create(let order):
        return try await store.insert(order, request, task: task)
      }
    }
  }

  /// Makes the job that was decided on.
  private func insert(
    _ order: RetrainingDecision.Order,
    _ request: JobRequest,
    task: @Sendable (RetrainingDecision.Order) async throws -> TrainingTask
  ) async throws -> JobOutcome {
    let text = try Self.json(try await task(order))
    let state = JobState.initial(needsApproval: order.needsApproval)
    let rows = try await connection.query(
      SQL.insert_job,
      [
        .int(request.model), .text(order.key), .text(state.rawValue), .text(order.remedy.rawValue),
        .text(order.reason), .text(request.version), .json(try Self.json(order.triggers)),
        .json(text), .timestamp(request.asOf.microseconds), .text(request.author),
        .optional(order.notBefore), .int(request.maximumAttempts),
      ]
    )
    guard let number: Int = try rows.first({ try $0.decode("job_id") }) else {
      return .duplicate(try await job(request.model, key: order.key) ?? 0)
    }
    try await record(
      .entered(state),
      model: request.model,
      job: number,
      message: order.reason,
      asOf: request.asOf
    )
    try await notify(number)
    return .created(number)
  }

  /// Locks the model's queue and returns what is known of its jobs.
  private func history(_ model: Int) async throws -> RetrainingCase.History {
    let pauseReason = try await lockQueue(model)
    var history = RetrainingCase.History()
    history.isPaused = pauseReason != nil
    history.pauseReason = pauseReason
    let rows = try await connection.query(
      SQL.read_job_history,
      [.int(model)]
    )
    try rows.forEach { row in
      let state: JobState = try row.decode("state")
      let madeAt: Instant = try row.decode("made_at")
      history.made.append(madeAt)
      if !state.isOver { history.active = try row.decode("job_id") }
      if !state.isWithdrawn, history.trained == nil {
        history.trained = madeAt
      }
      if state == .succeeded, history.lastSuccess == nil {
        let (made, named): (String?, String?) = (
          try row.decode("made_version"), try row.decode("new_version")
        )
        history.lastSuccess = RetrainingCase.Success(
          at: madeAt,
          remedy: try row.decode("remedy"),
          versionThen: try row.decode("model_version"),
          made: made ?? named,
          state: try row.decode("version_state"),
          reason: try row.decode("version_reason")
        )
      }
    }
    return history
  }

  private func job(_ model: Int, key: String) async throws -> Int? {
    let rows = try await connection.query(
      SQL.read_job_key,
      [.int(model), .text(key)]
    )
    return try rows.first { try $0.decode("job_id") }
  }

  /// Returns the newest map that a check advised for a version; nil where none did.
  package func lastMap(_ model: Int, version: String) async throws -> TrainingTask.Map? {
    let rows = try await connection.query(
      SQL.read_last_recalibration_map,
      [.int(model), .text(version)]
    )
    return try rows.first { row in
      TrainingTask.Map(intercept: try row.decode("intercept"), slope: try row.decode("slope"))
    }
  }

  /// Locks the queue; returns who paused the model's jobs and why, nil where nobody did.
  private func lockQueue(_ model: Int) async throws -> String? {
    var rows = try await connection.query(SQL.lock_job_queue, [.int(model)])
    if rows.rowCount == 0 {
      // The statement does not see the row that it made.
      rows = try await connection.query(SQL.lock_job_queue, [.int(model)])
    }
    return try rows.only { row in
      let (author, reason): (String?, String?) = (
        try row.decode("paused_by"), try row.decode("pause_reason")
      )
      return author.flatMap { author in reason.map { "\($0) (\(author))" } }
    }
  }

  /// Pauses a model's queue, or resumes it where `author` is nil.
  package func pause(_ model: Int, author: String?, reason: String?) async throws {
    try await connection.execute(
      SQL.pause_job_queue,
      [.int(model), .optional(author), .optional(reason)]
    )
    try await record(author == nil ? .resumed : .paused, model: model, message: reason ?? "")
  }

  /// Records what happened to a model's jobs.
  ///
  /// - Parameters:
  ///   - kind: What happened.
  ///   - model: The model's number.
  ///   - job: The job's number; nil where there is none.
  ///   - message: Why, for operators.
  ///   - asOf: The moment of the check, for what a check decided.
  /// - Throws: `ServerError`.
  package func record(
    _ kind: JobEventKind,
    model: Int,
    job: Int? = nil,
    message: String,
    asOf: Instant? = nil
  ) async throws {
    try await connection.execute(
      SQL.insert_job_event,
      [
        .int(model), .optional(job), .text(kind.rawValue), .text(Self.storable(message)),
        .optional(asOf),
      ]
    )
  }

  /// Wakes workers that listen; those that cannot, behind a pool, poll.
  func notify(_ number: Int) async throws {
    try await connection.execute(SQL.notify_job, [.text(String(number))])
  }

  /// A text that the server takes: texts of others may hold NUL.
  static func storable(_ text: String) -> String { text.replacing("\0", with: "\u{FFFD}") }

  static func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}
