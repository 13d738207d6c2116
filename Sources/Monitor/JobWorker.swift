// SPDX-License-Identifier: Apache-2.0
package import Foundation
import Postgres
import Retraining
package import Settings
import Store
import Trainers
import WebCalls
import YAMLSource

/// Works on retraining jobs: has them trained, watches the runs, and records how they end.
///
/// Any number of workers may be at work, on any machine. Who works on a job holds it on a lease that it renews; who dies
/// loses it, and the next one finds out what became of the run before it begins another.
package struct JobWorker: Sendable {
  private let monitor: Monitor
  private let settings: Settings
  private let folder: URL
  private let environment: [String: String]
  /// No two processes have the same name, whatever their host or number.
  private let owner = UUID().uuidString
  private let client = WebClient()
  private let timing: Timing

  /// How long things may take.
  package struct Timing: Sendable {
    /// Who does not renew in so many seconds loses the job.
    package var lease = 60.0
    /// How long a back end that does not answer is asked again before the attempt is given up.
    package var patience = 600.0
    /// Between two attempts, doubled each time.
    package var pause = 60.0

    package init() {}
  }

  /// - `folder`: Where commands run.
  package init(
    _ monitor: Monitor,
    _ settings: Settings,
    folder: URL,
    environment: [String: String] = ProcessInfo.processInfo.environment,
    timing: Timing = Timing()
  ) {
    self.monitor = monitor
    self.settings = settings
    self.folder = folder
    self.environment = environment
    self.timing = timing
  }

  /// The job has another worker, which is the one to speak of it.
  private struct Lost: Error {}

  /// Works on one job that is due; returns what became of it, nil where none is due.
  package func workOnce() async throws -> String? {
    let connection = try await monitor.open()
    try await monitor.requireSchema(connection)
    let store = JobStore(connection)
    let models = settings.models.filter { $0.retraining != nil }
    guard
      let job = try await store.claim(
        owner,
        models: models.map(\.name.value),
        seconds: timing.lease
      )
    else { return nil }
    FaultPoint.reach(.jobClaimed)
    let name = "job no. \(job.identifier) of \(job.model)"
    guard let retraining = models.first(where: { $0.name.value == job.model })?.retraining else {
      return nil
    }
    do {
      let trainer: any Trainer
      do {
        trainer = try TrainerRoster.trainer(
          retraining,
          client,
          folder: folder,
          environment: environment
        )
      } catch {
        return try await end(job, .failed(error.description), nil, store, name)
      }
      let (ending, run) = try await train(job, trainer, store)
      return try await end(job, ending, run.flatMap(trainer.log), store, name)
    } catch is Lost {
      return "\(name) was taken over by another worker"
    }
  }

  private func end(
    _ job: ClaimedJob,
    _ ending: JobStore.Ending,
    _ log: String?,
    _ store: JobStore,
    _ name: String
  ) async throws -> String {
    guard try await store.finish(job, ending, log: log) else { throw Lost() }
    switch ending {
    case .succeeded(let answer):
      return "\(name) succeeded" + (answer.version.map { ": version \($0)" } ?? "")
    case .again(let words, let pause): return "\(name) is tried again in \(Int(pause)) s: \(words)"
    case .failed(let words): return "\(name) failed: \(words)"
    case .cancelled(let words): return "\(name) was cancelled: \(words)"
    }
  }

  /// Has a job trained and waits for its end.
  private func train(
    _ job: ClaimedJob,
    _ trainer: any Trainer,
    _ store: JobStore
  ) async throws -> (JobStore.Ending, run: String?) {
    var run = job.run
    if run == nil, job.isCancelled {
      return (.cancelled("before it was begun"), nil)
    }
    do {
      if run == nil {
        let begun = try await patiently(job, store) { () throws(TrainerError) in
          if let known = try await trainer.find(job.order) { return known }
          FaultPoint.reach(.jobSubmitting)
          return try await trainer.submit(job.order)
        }
        FaultPoint.reach(.jobSubmitted)
        guard try await store.noteRun(job, begun) else { throw Lost() }
        FaultPoint.reach(.jobRunning)
        run = begun
      }
      guard let run else { return (.failed("there is no run"), nil) }
      while true {
        let state = try await patiently(job, store) { () throws(TrainerError) in
          try await trainer.state(of: run)
        }
        switch state {
        case .succeeded(let answer): return (.succeeded(answer), run)
        case .failed(let words): return (failure(words, job), run)
        case .waiting, .running: break
        }
        switch try await store.beat(job, seconds: timing.lease, log: trainer.log(of: run)) {
        case .held: break
        case .lost: throw Lost()
        case .cancelled:
          try await patiently(job, store) { () throws(TrainerError) in try await trainer.cancel(run)
          }
          return (.cancelled("while it ran"), run)
        }
        try await Task.sleep(for: trainer.pause)
      }
    } catch let error as TrainerError {
      return (error.isMomentary ? failure(error.description, job) : .failed(error.description), run)
    }
  }

  /// What follows a failed attempt: another, where one is left.
  private func failure(_ words: String, _ job: ClaimedJob) -> JobStore.Ending {
    guard job.attempts < job.maximumAttempts else { return .failed(words) }
    return .again(words, pause: timing.pause * Double(1 << min(job.attempts - 1, 10)))
  }

  /// Asks a back end until it answers, and holds the job meanwhile.
  ///
  /// Whether a call that failed had an effect is not known, so it is repeated under the same key.
  private func patiently<Value: Sendable>(
    _ job: ClaimedJob,
    _ store: JobStore,
    _ body: () async throws(TrainerError) -> Value
  ) async throws -> Value {
    let start = ContinuousClock.now
    var pause = 0.2
    while true {
      do {
        return try await body()
      } catch {
        guard error.isMomentary, ContinuousClock.now - start < .seconds(timing.patience) else {
          throw error
        }
        if case .lost = try await store.beat(job, seconds: timing.lease, log: nil) { throw Lost() }
        try await Task.sleep(for: .seconds(pause * Double.random(in: 0.5...1)))
        pause = min(pause * 2, 15)
      }
    }
  }
}
