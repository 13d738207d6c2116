// SPDX-License-Identifier: Apache-2.0
import Foundation
package import Postgres
package import Profiles
package import Retraining

/// A job that is this process's to work on.
package struct ClaimedJob: Sendable {
  package let identifier: Int
  package let model: String
  package let modelNumber: Int
  package let attempts: Int
  package let maximumAttempts: Int
  /// The fence: what an earlier holder still says is not heard.
  package let epoch: Int
  /// The run that an earlier holder began; nil where none is known.
  package let run: String?
  package let isCancelled: Bool
  package let order: TrainingOrder
}

/// What came of a trigger.
package enum JobOutcome: Sendable, Hashable {
  case nothing
  case created(Int)
  /// The same look made a job before.
  case duplicate
  case coalesced(into: Int)
  case suppressed(String)
}

/// The queue of retraining jobs: at most one for each model that is not over.
package struct JobStore: Sendable {
  private let connection: Connection

  package init(_ connection: Connection) { self.connection = connection }

  /// Decides on a trigger and makes a job where that is decided, as the only one who does so for the model.
  ///
  /// - `asOf`: The moment of the check.
  /// - `decide`: Given what is known of the jobs before.
  /// - `task`: What the trainer is told.
  package func make(
    model: Int,
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
        guard rows.rowCount == 1 else { return .duplicate }
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
      if state == "succeeded", history.lastSuccess == nil {
        history.lastSuccess = rows.instant(row, 0)
        history.versionAtLastSuccess = rows.text(row, 2)
      }
    }
    return history
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
      [.int(model), .optional(job), .text(kind), .text(words), .optional(asOf)]
    )
  }

  /// Wakes workers that listen; those that cannot, behind a pool, look by themselves.
  private func notify(_ number: Int) async throws {
    try await connection.execute(
      "select pg_notify('plumbline_job', $1)",
      name: "notify_job",
      [.text(String(number))]
    )
  }

  // MARK: Working

  /// Takes a job that is due, or that nobody renews.
  ///
  /// - `owner`: A name of the process that no other has.
  package func claim(
    _ owner: String,
    models: [String],
    seconds: Double
  ) async throws -> ClaimedJob? {
    let rows = try await connection.query(
      SQL.claim_job,
      name: "claim_job",
      [.text(owner), .double(seconds), .text(models.joined(separator: ","))]
    )
    guard rows.rowCount == 1 else { return nil }
    let task = try JSONDecoder().decode(TrainingTask.self, from: Data(rows.json(0, 9).utf8))
    return ClaimedJob(
      identifier: rows.int(0, 0),
      model: rows.text(0, 1),
      modelNumber: rows.int(0, 11),
      attempts: rows.int(0, 2),
      maximumAttempts: rows.int(0, 3),
      epoch: rows.int(0, 4),
      run: rows.optionalText(0, 5),
      isCancelled: !rows.isNull(0, 10),
      order: TrainingOrder(job: rows.int(0, 0), run: rows.int(0, 12) + 1, task: task)
    )
  }

  /// What a holder hears when it renews its hold.
  package enum Beat: Sendable { case held, cancelled, lost }

  /// Holds a job for longer.
  ///
  /// - `log`: The end of what the run has said; nil where nothing is new.
  package func beat(_ job: ClaimedJob, seconds: Double, log: String?) async throws -> Beat {
    let rows = try await connection.query(
      SQL.beat_job,
      name: "beat_job",
      [.int(job.identifier), .int(job.epoch), .double(seconds), .optional(log)]
    )
    guard rows.rowCount == 1 else { return .lost }
    return rows.isNull(0, 0) ? .held : .cancelled
  }

  /// Notes the trainer's own name of the run; false where somebody else has the job.
  package func noteRun(_ job: ClaimedJob, _ run: String) async throws -> Bool {
    try await connection.withTransaction { connection in
      let done = try await connection.execute(
        SQL.note_run,
        name: "note_run",
        [.int(job.identifier), .int(job.epoch), .text(run)]
      )
      guard done == 1 else { return false }
      try await JobStore(connection).note(
        job.modelNumber,
        job.identifier,
        "running",
        run,
        asOf: nil
      )
      return true
    }
  }

  /// How an attempt ended.
  package enum Ending: Sendable {
    case succeeded(TrainingAnswer)
    /// Tried again after so many seconds.
    case again(String, pause: Double)
    case failed(String)
    case cancelled(String)

    fileprivate var state: String {
      switch self {
      case .succeeded: "succeeded"
      case .again: "queued"
      case .failed: "failed"
      case .cancelled: "cancelled"
      }
    }
  }

  /// Ends an attempt; false where somebody else has the job.
  package func finish(
    _ job: ClaimedJob,
    _ ending: Ending,
    log: String?
  ) async throws -> Bool {
    var words: String
    var (error, version, answer): (String?, String?, String?) = (nil, nil, nil)
    var pause = 0.0
    switch ending {
    case .succeeded(let given):
      words = given.version.map { "made version \($0)" } ?? "done"
      version = given.version
      answer = try Self.json(given)
    case .again(let reason, let seconds):
      words = "attempt \(job.attempts) failed, to be tried again: \(reason)"
      (error, pause) = (reason, seconds)
    case .failed(let reason), .cancelled(let reason):
      words = reason
      error = reason
    }
    let parameters: [Parameter] = [
      .int(job.identifier), .int(job.epoch), .text(ending.state), .optional(error),
      .optional(version), answer.map(Parameter.json) ?? .null, .double(pause), .optional(log),
    ]
    return try await connection.withTransaction { [words] connection in
      let done = try await connection.execute(SQL.finish_job, name: "finish_job", parameters)
      guard done == 1 else { return false }
      try await JobStore(connection)
        .note(job.modelNumber, job.identifier, ending.state, words, asOf: nil)
      return true
    }
  }

  static func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}
