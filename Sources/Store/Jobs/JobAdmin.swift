// SPDX-License-Identifier: Apache-2.0
package import Postgres
import Profiles
package import Retraining

/// What operators do with jobs.
package struct JobAdmin: Sendable {
  private let connection: Connection

  package init(_ connection: Connection) { self.connection = connection }

  /// Returns jobs, newest first.
  package func jobs(model: String? = nil, number: Int? = nil) async throws -> [JobRecord] {
    let rows = try await connection.query(
      SQL.read_jobs,
      [model.map(Parameter.text) ?? .text(""), .optional(number)]
    )
    return try rows.map { row in
      JobRecord(
        identifier: try row.decode("job_id"),
        model: try row.decode("name"),
        state: try row.decode("state"),
        remedy: try row.decode("remedy"),
        reason: try row.decode("reason"),
        version: try row.decode("model_version"),
        madeAt: try row.decode("made_at"),
        author: try row.decode("author"),
        notBefore: try row.decode("not_before"),
        attempts: try row.decode("attempts"),
        maximumAttempts: try row.decode("max_attempts"),
        run: try row.decode("external_run"),
        cancelRequestedBy: try row.decode("cancel_requested_by"),
        newVersion: try row.decode("new_version"),
        lastError: try row.decode("last_error"),
        createdAt: try row.decode("created_at"),
        startedAt: try row.decode("started_at"),
        finishedAt: try row.decode("finished_at"),
        log: try row.decode("log_tail"),
        task: try row.decode("task", as: JSONText.self).text,
        answer: try row.decode("answer", as: JSONText?.self)?.text
      )
    }
  }

  /// Returns what happened, oldest first.
  package func events(
    model: String? = nil,
    job: Int? = nil,
    newest: Int = 100
  ) async throws -> [JobEvent] {
    let rows = try await connection.query(
      SQL.read_job_events,
      [model.map(Parameter.text) ?? .text(""), .optional(job), .int(newest)]
    )
    return try rows.map { row in
      JobEvent(
        job: try row.decode("job_id"),
        kind: try row.decode("kind"),
        message: try row.decode("message"),
        asOf: try row.decode("as_of"),
        at: try row.decode("happened_at")
      )
    }
  }

  /// A decision that does not fit the job's state.
  package struct InvalidDecision: Error, CustomStringConvertible {
    package let description: String
  }

  /// Carries an operator's decision out and returns what follows, for messages.
  ///
  /// - Throws: `InvalidDecision` where the job is in a state in which it makes no sense, or is not
  ///   there.
  package func decide(
    _ number: Int,
    _ decision: JobDecision,
    author: String,
    reason: String
  ) async throws -> String {
    try await connection.withTransaction { connection in
      let admin = JobAdmin(connection)
      let message = "by \(author): \(reason)"
      // Each state in which the decision makes sense is tried: the job may move meanwhile.
      for state in decision.states {
        switch decision.effect(on: state) {
        case .move(let next):
          guard let model = try await admin.move(number, from: state, to: next, reason) else {
            continue
          }
          try await JobStore(connection)
            .record(.entered(next), model: model, job: number, message: message)
          return next.rawValue
        case .askWorker:
          guard let model = try await admin.askWorker(number, author: author) else { continue }
          try await JobStore(connection)
            .record(.cancelRequested, model: model, job: number, message: message)
          return "its worker will end it"
        case nil: continue
        }
      }
      let state = try await admin.jobs(number: number).first?.state
      throw InvalidDecision(
        description: state.map {
          "job #\(number) is \($0.rawValue); '\(decision.rawValue)' needs one that is "
            + decision.states.map(\.rawValue).joined(separator: " or ")
        } ?? "there is no job #\(number)"
      )
    }
  }

  /// Asks the worker that holds a job to end its run.
  ///
  /// - Returns: The model's number; nil where no worker holds the job.
  private func askWorker(_ number: Int, author: String) async throws -> Int? {
    try await connection.query(SQL.request_cancel, [.int(number), .text(author)])
      .first { try $0.decode("model_id") }
  }

  private func move(
    _ number: Int,
    from: JobState,
    to: JobState,
    _ reason: String
  ) async throws -> Int? {
    do {
      let rows = try await connection.query(
        SQL.decide_job,
        [
          .int(number), .text(from.rawValue), .text(to.rawValue),
          to.isOver ? .text(reason) : .null, .bool(from == .failed), .bool(to.isOver),
        ]
      )
      return try rows.first { try $0.decode("model_id") }
    } catch let error as ServerError where error.sqlState == "23505" {
      throw InvalidDecision(
        description: "another job of the model is still open; at most one may be"
      )
    }
  }
}
