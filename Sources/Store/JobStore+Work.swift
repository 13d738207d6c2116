// SPDX-License-Identifier: Apache-2.0
import Foundation
import Postgres
import Profiles
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
  /// Seconds since it was first taken.
  package let age: Double
  package let order: TrainingOrder
}

/// Working on jobs.
extension JobStore {
  /// Takes a job that is due, or that nobody renews.
  ///
  /// - `owner`: A name of the process that no other has.
  /// - `waiting`: Models of which no new run may begin now.
  /// - `bound`: Models whose runs are bound to the machine on which they were begun, by a name that begins with it.
  /// - `overAfter`: Seconds after which a run of another machine is over.
  package func claim(
    _ owner: String,
    models: [String],
    waiting: [String] = [],
    bound: [String] = [],
    machine: String = "",
    overAfter: Double = 0,
    seconds: Double
  ) async throws -> ClaimedJob? {
    let rows = try await connection.query(
      SQL.claim_job,
      name: "claim_job",
      [
        .text(owner), .double(seconds), .text(models.joined(separator: ",")),
        .text(waiting.joined(separator: ",")), .text(bound.joined(separator: ",")),
        .text(machine), .double(overAfter),
      ]
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
      age: rows.double(0, 14) ?? 0,
      order: TrainingOrder(
        job: rows.int(0, 0),
        token: rows.text(0, 13),
        run: rows.int(0, 12) + 1,
        task: task
      )
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
        [.int(job.identifier), .int(job.epoch), .text(Self.storable(run))]
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
    ///
    /// - `hasEnded`: Whether its run is known to have ended, so that another may begin; else the same key is used again.
    case again(String, pause: Double, hasEnded: Bool)
    case failed(String, hasEnded: Bool)
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
    var hasEnded = true
    switch ending {
    case .succeeded(let given):
      words = given.version.map { "made version \($0)" } ?? "done"
      version = given.version.map(Self.storable)
      answer = try Self.json(
        TrainingAnswer(
          version: version,
          metrics: given.metrics,
          source: given.source.map(Self.storable),
          run: given.run.map(Self.storable)
        )
      )
    case .again(let reason, let seconds, let ended):
      words = "attempt \(job.attempts) failed, to be tried again: \(reason)"
      (error, pause, hasEnded) = (reason, seconds, ended)
    case .failed(let reason, let ended):
      (words, error, hasEnded) = (reason, reason, ended)
    case .cancelled(let reason):
      words = reason
      error = reason
    }
    let parameters: [Parameter] = [
      .int(job.identifier), .int(job.epoch), .text(ending.state),
      .optional(error.map(Self.storable)),
      .optional(version), answer.map(Parameter.json) ?? .null, .double(pause), .optional(log),
      .bool(hasEnded),
    ]
    return try await connection.withTransaction { [words] connection in
      let done = try await connection.execute(SQL.finish_job, name: "finish_job", parameters)
      guard done == 1 else { return false }
      try await JobStore(connection)
        .note(job.modelNumber, job.identifier, ending.state, words, asOf: nil)
      return true
    }
  }

  /// Leaves a job as it is for a while: what became of its run cannot be told now.
  package func put(off job: ClaimedJob, _ words: String, seconds: Double) async throws -> Bool {
    try await connection.execute(
      SQL.defer_job,
      name: "defer_job",
      [
        .int(job.identifier), .int(job.epoch), .text(Self.storable(words)), .double(seconds),
      ]
    ) == 1
  }
}
