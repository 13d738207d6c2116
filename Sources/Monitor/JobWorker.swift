// SPDX-License-Identifier: Apache-2.0
import Findings
package import Foundation
import Postgres
import Profiles
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

  /// A person wants the job to end, and nothing was begun.
  private struct Cancelled: Error {}

  /// Works on one job that is due; returns what became of it, nil where none is due.
  package func workOnce() async throws -> String? {
    let connection = try await monitor.open()
    try await monitor.requireSchema(connection)
    let store = JobStore(connection)
    let models = settings.models.filter { $0.retraining != nil }
    let now = try await Outbox(connection).clock()
    let waiting = models.filter { model in
      model.retraining?.quietHours?.end(at: now, model.grid.calendar) != nil
    }
    let bound = models.filter { $0.retraining?.isBound ?? false }
    let job = try await store.claim(
      owner,
      models: models.map(\.name.value),
      waiting: waiting.map(\.name.value),
      bound: bound.map(\.name.value),
      machine: CommandTrainer.host,
      overAfter: bound.compactMap { $0.retraining?.timeout.days }.max().map { $0 * 86_400 } ?? 0,
      seconds: timing.lease
    )
    guard let job else { return nil }
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
        ) { (job, key) async throws(TrainerError) in
          do { return try await store.callback(job, key: key) } catch {
            throw TrainerError("what it said cannot be read: \(error)", isMomentary: true)
          }
        }
      } catch {
        return try await putOff(job, error.description, retraining, store, name)
      }
      let limit = retraining.timeout.days * 86_400
      switch try await train(job, trainer, store, limit: limit) {
      case .ended(let ending, let run):
        return try await end(job, ending, run.flatMap(trainer.log), store, name)
      case .unknown(let words):
        return try await putOff(job, words, retraining, store, name)
      }
    } catch is Lost {
      return "\(name) was taken over by another worker"
    }
  }

  /// How far a job has come with this worker.
  private enum Outcome {
    case ended(JobStore.Ending, run: String?)
    /// What becomes of its run cannot be told now.
    case unknown(String)
  }

  /// Leaves a job for later; one whose time is long over fails, though its run may still go on.
  private func putOff(
    _ job: ClaimedJob,
    _ words: String,
    _ settings: RetrainingSettings,
    _ store: JobStore,
    _ name: String
  ) async throws -> String {
    if job.age > settings.timeout.days * 86_400 {
      let ending = JobStore.Ending.failed(
        "\(words); nothing could be told of its run for longer than \(settings.timeout)",
        hasEnded: false
      )
      return try await end(job, ending, nil, store, name)
    }
    guard try await store.put(off: job, words, seconds: timing.pause) else { throw Lost() }
    return "\(name) is looked at again in \(Int(timing.pause)) s: \(words)"
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
    case .again(let words, let pause, _):
      return "\(name) is tried again in \(Int(pause)) s: \(words)"
    case .failed(let words, _): return "\(name) failed: \(words)"
    case .cancelled(let words): return "\(name) was cancelled: \(words)"
    }
  }

  /// Has a job trained and waits for its end.
  ///
  /// - `limit`: Seconds after which a run of which nothing is heard is given up.
  private func train(
    _ job: ClaimedJob,
    _ trainer: any Trainer,
    _ store: JobStore,
    limit: Double
  ) async throws -> Outcome {
    let start = ContinuousClock.now
    let run: String
    do {
      guard let begun = try await begin(job, trainer, store) else {
        return .ended(.cancelled("before it was begun"), run: nil)
      }
      run = begun
    } catch is Cancelled {
      return .ended(.cancelled("before it was begun"), run: nil)
    } catch let error as TrainerError {
      // A call may have had its effect all the same, so the key stays.
      let ending: JobStore.Ending =
        error.isMomentary
        ? failure(error.description, job, hasEnded: false)
        : .failed(error.description, hasEnded: false)
      return .ended(ending, run: nil)
    }
    do {
      while true {
        let state = try await patiently(job, store) { () throws(TrainerError) in
          try await trainer.state(of: run)
        }
        switch state {
        case .succeeded(let answer): return .ended(.succeeded(answer), run: run)
        case .failed(let words): return .ended(failure(words, job, hasEnded: true), run: run)
        case .waiting, .running: break
        }
        if try await hold(job, store, log: trainer.log(of: run)) == .cancelled || job.isCancelled {
          try await patiently(job, store) { () throws(TrainerError) in
            try await trainer.cancel(run)
          }
          return .ended(.cancelled("while it ran"), run: run)
        }
        // Trainers that end runs themselves have a while to do so first.
        if ContinuousClock.now - start > .seconds(limit + 60) {
          try await patiently(job, store) { () throws(TrainerError) in
            try await trainer.cancel(run)
          }
          let words = "it has not ended within \(NumberText.text(limit)) s, and is given up"
          return .ended(.failed(words, hasEnded: false), run: run)
        }
        try await Task.sleep(for: trainer.pause)
      }
    } catch let error as TrainerError {
      return .unknown(error.description)
    }
  }

  /// Returns the run of a job: the one that the trainer knows, else a new one; nil where it was cancelled before.
  private func begin(
    _ job: ClaimedJob,
    _ trainer: any Trainer,
    _ store: JobStore
  ) async throws -> String? {
    let announced = trainer.announce(job.order)
    if let run = job.run, announced == nil || announced != run { return run }
    let known = try await patiently(job, store, stopsWhenCancelled: true) {
      () throws(TrainerError) in try await trainer.find(job.order)
    }
    if let known {
      if job.run == nil { try await note(job, known, store) }
      return known
    }
    if job.isCancelled { return nil }
    if let announced, job.run == nil { try await note(job, announced, store) }
    FaultPoint.reach(.jobSubmitting)
    let run = try await patiently(job, store) { () throws(TrainerError) in
      try await trainer.submit(job.order)
    }
    FaultPoint.reach(.jobSubmitted)
    if announced == nil { try await note(job, run, store) }
    FaultPoint.reach(.jobRunning)
    return run
  }

  private func note(_ job: ClaimedJob, _ run: String, _ store: JobStore) async throws {
    guard try await store.noteRun(job, run) else { throw Lost() }
  }

  /// Holds a job for longer.
  private func hold(_ job: ClaimedJob, _ store: JobStore, log: String?) async throws
    -> JobStore.Beat
  {
    let beat = try await store.beat(job, seconds: timing.lease, log: log)
    if beat == .lost { throw Lost() }
    return beat
  }

  /// What follows a failed attempt: another, where one is left.
  private func failure(_ words: String, _ job: ClaimedJob, hasEnded: Bool) -> JobStore.Ending {
    guard job.attempts < job.maximumAttempts else { return .failed(words, hasEnded: hasEnded) }
    return .again(
      words,
      pause: timing.pause * Double(1 << min(max(job.attempts, 1) - 1, 10)),
      hasEnded: hasEnded
    )
  }

  /// Asks a back end until it answers, and holds the job meanwhile.
  ///
  /// Whether a call that failed had an effect is not known, so it is repeated under the same key.
  private func patiently<Value: Sendable>(
    _ job: ClaimedJob,
    _ store: JobStore,
    stopsWhenCancelled: Bool = false,
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
        if try await hold(job, store, log: nil) == .cancelled, stopsWhenCancelled {
          throw Cancelled()
        }
        try await Task.sleep(for: .seconds(pause * Double.random(in: 0.5...1)))
        pause = min(pause * 2, 15)
      }
    }
  }
}
