// SPDX-License-Identifier: Apache-2.0
import Checks
import Failpoints
import Profiles
import Retraining
import Store
import Integrations

/// Has a job trained and waits for its end.
struct JobRun: Sendable {
  let lease: JobLease
  let trainer: any Trainer
  let failpoints: Failpoints

  /// How far the job has come with this worker.
  enum Result {
    case ended(JobStore.Ending, run: String?)
    /// What becomes of its run cannot be known now.
    case unknown(String)
  }

  /// Somebody wants the job to end, and nothing was begun.
  private struct Cancelled: Error {}

  private var job: ClaimedJob { lease.job }

  /// Begins the job's run, or finds it, and waits for its end.
  func train() async throws -> Result {
    let start = ContinuousClock.now
    let run: String
    do {
      guard let begun = try await begin() else { throw Cancelled() }
      run = begun
    } catch is Cancelled {
      return .ended(.cancelled("before it was begun"), run: nil)
    } catch let error as TrainerError {
      // A call may have had its effect all the same, so the key stays.
      let ending: JobStore.Ending =
        error.isMomentary
        ? lease.failure(error.description, hasEnded: false)
        : .failed(error.description, hasEnded: false)
      return .ended(ending, run: nil)
    }
    do {
      return .ended(try await watch(run, since: start), run: run)
    } catch let error as TrainerError {
      return .unknown(error.description)
    }
  }

  /// Waits for the end of a run.
  private func watch(
    _ run: String,
    since start: ContinuousClock.Instant
  ) async throws -> JobStore.Ending {
    let limit = lease.limit.seconds
    while true {
      let state = try await patiently { () throws(TrainerError) in
        try await trainer.state(of: run)
      }
      switch state {
      case .succeeded(let answer): return .succeeded(answer)
      case .failed(let reason): return lease.failure(reason, hasEnded: true)
      case .waiting, .running: break
      }
      if try await lease.renew(log: trainer.log(of: run)) || job.isCancelled {
        try await cancel(run)
        return .cancelled("while it ran")
      }
      // Trainers that end runs themselves have a while to do so first.
      if ContinuousClock.now - start > .seconds(limit + 60) {
        try await cancel(run)
        let reason = "it has not ended within \(NumberText.text(limit)) s, and is given up"
        return .failed(reason, hasEnded: false)
      }
      try await Task.sleep(for: trainer.pause)
    }
  }

  private func cancel(_ run: String) async throws {
    try await patiently { () throws(TrainerError) in try await trainer.cancel(run) }
  }

  /// Returns the run of the job: the one that the trainer knows, else a new one; nil where it was
  /// cancelled before.
  private func begin() async throws -> String? {
    let announced = trainer.announce(job.order)
    if let run = job.run, announced == nil || announced != run { return run }
    let known = try await patiently(stopsWhenCancelled: true) { () throws(TrainerError) in
      try await trainer.find(job.order)
    }
    if let known {
      if job.run == nil { try await lease.record(run: known) }
      return known
    }
    if job.isCancelled { return nil }
    if let announced, job.run == nil { try await lease.record(run: announced) }
    failpoints.reach(.jobSubmitting)
    let run = try await patiently { () throws(TrainerError) in
      try await trainer.submit(job.order)
    }
    failpoints.reach(.jobSubmitted)
    if announced == nil { try await lease.record(run: run) }
    failpoints.reach(.jobRunning)
    return run
  }

  /// Asks a back end until it answers, and holds the job meanwhile.
  ///
  /// Whether a call that failed had an effect is not known, so it is repeated under the same key.
  private func patiently<Value: Sendable>(
    stopsWhenCancelled: Bool = false,
    _ body: () async throws(TrainerError) -> Value
  ) async throws -> Value {
    let start = ContinuousClock.now
    let patience = Duration.seconds(lease.timing.patience)
    var pause = 0.2
    while true {
      do {
        return try await body()
      } catch {
        guard error.isMomentary, ContinuousClock.now - start < patience else { throw error }
        if try await lease.renew(log: nil), stopsWhenCancelled { throw Cancelled() }
        try await Task.sleep(for: .seconds(pause * Double.random(in: 0.5...1)))
        pause = min(pause * 2, 15)
      }
    }
  }
}
