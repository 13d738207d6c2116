// SPDX-License-Identifier: Apache-2.0
import Profiles
import Retraining
import Store

/// A job that this process holds, and how it lets go of it.
struct JobLease: Sendable {
  let job: ClaimedJob
  let store: JobStore
  /// How long a run may take.
  let limit: FixedDuration
  let timing: JobWorker.Timing

  /// The job has another worker, which is the one to speak of it.
  struct Lost: Error {}

  /// Holds the job for longer.
  ///
  /// - Parameter log: The end of what the run has said; nil where nothing is new.
  /// - Returns: Whether somebody wants the job to end.
  /// - Throws: `Lost`.
  func renew(log: String?) async throws -> Bool {
    switch try await store.heartbeat(job, seconds: timing.lease, log: log) {
    case .held: return false
    case .cancelled: return true
    case .lost: throw Lost()
    }
  }

  /// Records the trainer's own name of the run.
  ///
  /// - Throws: `Lost`.
  func record(run: String) async throws {
    guard try await store.recordRun(job, run) else { throw Lost() }
  }

  /// Leaves the job for later; one whose time is long over fails, though its run may still go on.
  ///
  /// - Parameter message: Why it is not known what becomes of its run.
  /// - Returns: What became of the job.
  /// - Throws: `Lost`.
  func putOff(_ message: String) async throws -> String {
    if job.age > limit.seconds {
      let failure = "\(message); the state of its run was unknown for longer than \(limit)"
      return try await end(.failed(failure, hasEnded: false), log: nil)
    }
    guard try await store.postpone(job, message: message, seconds: timing.pause) else {
      throw Lost()
    }
    return "is checked again in \(Int(timing.pause)) s: \(message)"
  }

  /// Ends the attempt.
  ///
  /// - Parameters:
  ///   - ending: How it ended.
  ///   - log: The end of what the run has said.
  /// - Returns: What became of the job.
  /// - Throws: `Lost`.
  func end(_ ending: JobStore.Ending, log: String?) async throws -> String {
    guard try await store.finish(job, ending, log: log) else { throw Lost() }
    switch ending {
    case .succeeded(let answer):
      return "succeeded" + (answer.version.map { ": version \($0)" } ?? "")
    case .again(let reason, let pause, _): return "is tried again in \(Int(pause)) s: \(reason)"
    case .failed(let reason, _): return "failed: \(reason)"
    case .cancelled(let reason): return "was cancelled: \(reason)"
    }
  }

  /// How a failed attempt ends: with another one, where one is left.
  func failure(_ reason: String, hasEnded: Bool) -> JobStore.Ending {
    guard job.attempts < job.maximumAttempts else { return .failed(reason, hasEnded: hasEnded) }
    return .again(
      reason,
      pause: timing.pause * Double(1 << min(max(job.attempts, 1) - 1, 10)),
      hasEnded: hasEnded
    )
  }
}
