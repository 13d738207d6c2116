// SPDX-License-Identifier: Apache-2.0
import Postgres
import Profiles
package import Retraining

/// Which jobs a worker claims, and for how long.
package struct JobClaim: Sendable {
  /// A name of the process that no other has.
  package var owner: String
  package var models: [String]
  /// Seconds of the lease.
  package var lease: Double
  /// Models of which no new run may begin now.
  package var waiting: [String] = []
  /// Models whose runs are bound to the machine on which they were begun; the run's name begins
  /// with the machine's.
  package var bound: [String] = []
  package var machine = ""
  /// Seconds after which a run of another machine is over.
  package var overAfter = 0.0

  package init(owner: String, models: [String], lease: Double) {
    self.owner = owner
    self.models = models
    self.lease = lease
  }
}

/// What workers do with jobs.
extension JobStore {
  /// Claims a job that is due, or whose lease has ended; nil where there is none.
  package func claim(_ claim: JobClaim) async throws -> ClaimedJob? {
    let rows = try await connection.query(
      SQL.claim_job,
      [
        .text(claim.owner), .double(claim.lease), .textArray(claim.models),
        .textArray(claim.waiting), .textArray(claim.bound), .text(claim.machine),
        .double(claim.overAfter),
        .text(JobState.queued.rawValue), .text(JobState.submitting.rawValue),
        .text(JobState.running.rawValue),
      ]
    )
    return try rows.first { row in
      let number: Int = try row.decode("job_id")
      return ClaimedJob(
        identifier: number,
        model: try row.decode("model"),
        modelNumber: try row.decode("model_id"),
        attempts: try row.decode("attempts"),
        maximumAttempts: try row.decode("max_attempts"),
        epoch: try row.decode("lease_epoch"),
        run: try row.decode("external_run"),
        isCancelled: try row.decode("cancel_requested_by", as: String?.self) != nil,
        age: try row.decode("age"),
        order: TrainingOrder(
          job: number,
          token: try row.decode("token"),
          run: try row.decode("runs", as: Int.self) + 1,
          task: try row.json("task")
        )
      )
    }
  }

  /// The answer to a heartbeat.
  package enum Heartbeat: Sendable { case held, cancelled, lost }

  /// Renews the lease of a job.
  ///
  /// - Parameters:
  ///   - job: The job.
  ///   - seconds: The length of the lease from now on.
  ///   - log: The end of the run's log; nil where nothing is new.
  /// - Returns: Whether the worker still holds the job, and whether the job is to be cancelled.
  /// - Throws: `ServerError`.
  package func heartbeat(
    _ job: ClaimedJob,
    seconds: Double,
    log: String?
  ) async throws -> Heartbeat {
    let rows = try await connection.query(
      SQL.heartbeat_job,
      [.int(job.identifier), .int(job.epoch), .double(seconds), .optional(log)]
    )
    return try rows.first { row in
      try row.decode("cancel_requested_by", as: String?.self) == nil ? .held : .cancelled
    } ?? .lost
  }

  /// Records the trainer's own name of the run; false where another worker holds the job.
  package func recordRun(_ job: ClaimedJob, _ run: String) async throws -> Bool {
    try await connection.withTransaction { connection in
      let done = try await connection.execute(
        SQL.record_run,
        [
          .int(job.identifier), .int(job.epoch), .text(Self.storable(run)),
          .text(JobState.running.rawValue),
        ]
      )
      guard done == 1 else { return false }
      try await JobStore(connection)
        .record(.entered(.running), model: job.modelNumber, job: job.identifier, message: run)
      return true
    }
  }

  /// How an attempt ended.
  package enum Ending: Sendable {
    case succeeded(TrainingAnswer)
    /// Tried again after a pause of seconds.
    ///
    /// `hasEnded` says whether its run is known to have ended, so that another may begin; else the
    /// same key is used again.
    case again(String, pause: Double, hasEnded: Bool)
    case failed(String, hasEnded: Bool)
    case cancelled(String)

    fileprivate var state: JobState {
      switch self {
      case .succeeded: .succeeded
      case .again: .queued
      case .failed: .failed
      case .cancelled: .cancelled
      }
    }
  }

  /// Ends an attempt; false where another worker holds the job.
  package func finish(
    _ job: ClaimedJob,
    _ ending: Ending,
    log: String?
  ) async throws -> Bool {
    var message: String
    var (error, version, answer): (String?, String?, String?) = (nil, nil, nil)
    var pause = 0.0
    var hasEnded = true
    switch ending {
    case .succeeded(let given):
      message = given.version.map { "made version \($0)" } ?? "done"
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
      message = "attempt \(job.attempts) failed, to be tried again: \(reason)"
      (error, pause, hasEnded) = (reason, seconds, ended)
    case .failed(let reason, let ended):
      (message, error, hasEnded) = (reason, reason, ended)
    case .cancelled(let reason):
      message = reason
      error = reason
    }
    let parameters: [Parameter] = [
      .int(job.identifier), .int(job.epoch), .text(ending.state.rawValue),
      .optional(error.map(Self.storable)),
      .optional(version), answer.map(Parameter.json) ?? .null, .double(pause), .optional(log),
      .bool(hasEnded), .bool(!ending.state.isOver),
    ]
    return try await connection.withTransaction { [message] connection in
      let done = try await connection.execute(SQL.finish_job, parameters)
      guard done == 1 else { return false }
      try await JobStore(connection)
        .record(
          .entered(ending.state),
          model: job.modelNumber,
          job: job.identifier,
          message: message
        )
      return true
    }
  }

  /// Leaves a job as it is for a while: what became of its run is not known now.
  ///
  /// - Parameters:
  ///   - job: The job.
  ///   - message: What kept the worker from knowing.
  ///   - seconds: After which it is tried again.
  /// - Returns: Whether the worker still holds the job.
  /// - Throws: `ServerError`.
  package func postpone(
    _ job: ClaimedJob,
    message: String,
    seconds: Double
  ) async throws -> Bool {
    try await connection.execute(
      SQL.defer_job,
      [
        .int(job.identifier), .int(job.epoch), .text(Self.storable(message)), .double(seconds),
      ]
    ) == 1
  }
}
