// SPDX-License-Identifier: Apache-2.0
package import Foundation
import Failpoints
import Postgres
import Profiles
import Retraining
package import Settings
import Store
import Integrations

/// Works on retraining jobs: has them trained, watches the runs, and records how they end.
///
/// Any number of workers may be at work, on any machine. Who works on a job holds it on a lease
/// that it renews; who dies loses it, and the next one finds out what became of the run before it
/// begins another.
package struct JobWorker: Sendable {
  private let runtime: Runtime
  private let settings: Settings
  private let folder: URL
  /// No two processes have the same name, whatever their host or number.
  private let owner = UUID().uuidString
  private let timing: Timing

  /// How long things may take, in seconds.
  package struct Timing: Sendable {
    /// Who does not renew in so many seconds loses the job.
    package var lease = 60.0
    /// How long a back end that does not answer is asked again before the attempt is given up.
    package var patience = 600.0
    /// Between two attempts, doubled each time.
    package var pause = 60.0

    package init() {}
  }

  /// What became of a job that was worked on.
  package struct Outcome: Sendable, CustomStringConvertible {
    /// The job's number.
    package let job: Int
    /// A sentence for people.
    package let description: String
  }

  /// A worker.
  ///
  /// - Parameters:
  ///   - runtime: The world.
  ///   - settings: The models.
  ///   - folder: Where commands run.
  ///   - timing: How long things may take.
  package init(
    _ runtime: Runtime,
    _ settings: Settings,
    folder: URL,
    timing: Timing = Timing()
  ) {
    self.runtime = runtime
    self.settings = settings
    self.folder = folder
    self.timing = timing
  }

  /// Works on one job that is due; returns what became of it, nil where none is due.
  package func workOnce() async throws -> Outcome? {
    let connection = try await runtime.openMigrated()
    let store = JobStore(connection)
    let now = try await Outbox(connection).clock()
    guard let job = try await claim(store, now: now) else { return nil }
    runtime.failpoints.reach(.jobClaimed)
    guard let retraining = models.first(where: { $0.name == job.model })?.retraining else {
      return nil
    }
    let lease = JobLease(job: job, store: store, limit: retraining.timeout, timing: timing)
    let message: String
    do {
      message = try await work(on: lease, retraining)
    } catch is JobLease.Lost {
      message = "was taken over by another worker"
    }
    return Outcome(
      job: job.identifier,
      description: "job \(job.identifier) of \(job.model) \(message)"
    )
  }

  /// The models that are trained.
  private var models: [ModelSettings] { settings.models.filter { $0.retraining != nil } }

  /// Takes a job that is due.
  private func claim(_ store: JobStore, now: Instant) async throws -> ClaimedJob? {
    let models = models
    let waiting = models.filter { model in
      model.retraining?.quietHours?.end(at: now, model.grid.calendar) != nil
    }
    let bound = models.filter { $0.retraining?.isBound ?? false }
    var claim = JobClaim(owner: owner, models: models.map(\.name), lease: timing.lease)
    claim.waiting = waiting.map(\.name)
    claim.bound = bound.map(\.name)
    claim.machine = CommandTrainer.host
    claim.overAfter = bound.compactMap { $0.retraining?.timeout.seconds }.max() ?? 0
    return try await store.claim(claim)
  }

  /// Works on a job, and returns what became of it.
  private func work(on lease: JobLease, _ settings: RetrainingSettings) async throws -> String {
    let store = lease.store
    let trainer: any Trainer
    do {
      trainer = try TrainerRoster.trainer(
        settings,
        runtime.http,
        folder: folder,
        environment: runtime.environment
      ) { (job, key) async throws(TrainerError) in
        do { return try await store.callback(job, key: key) } catch {
          throw TrainerError("what it said cannot be read: \(error)", isMomentary: true)
        }
      }
    } catch {
      return try await lease.putOff(error.description)
    }
    let run = JobRun(lease: lease, trainer: trainer, failpoints: runtime.failpoints)
    switch try await run.train() {
    case .ended(let ending, let run):
      return try await lease.end(ending, log: run.flatMap(trainer.log))
    case .unknown(let message):
      return try await lease.putOff(message)
    }
  }
}
