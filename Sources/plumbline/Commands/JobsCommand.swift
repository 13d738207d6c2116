// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Findings
import Foundation
import Monitor
import Profiles
import Reports
import Retraining
import Settings
import Store
import YAMLSource

struct JobsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "jobs",
    abstract: "Retraining jobs: lists, shows, makes, decides and works on them.",
    subcommands: [
      List.self, Show.self, Create.self, Approve.self, Reject.self, Cancel.self, Retry.self,
      Pause.self, Resume.self, JobsWorkCommand.self,
    ]
  )

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists jobs, newest first, and the triggers that made none, with their reasons."
    )

    @OptionGroup var shared: SharedOptions
    @Option(help: "Only this model.") var model: String?

    func run() async throws {
      let settings = try shared.settings()
      for model in try shared.models(model, in: settings) {
        let desk = try await shared.monitor().jobDesk()
        let jobs = try await desk.jobs(model: model.name.value)
        let title = Terminal.style.bold(model.name.value)
        Terminal.write(title + (jobs.isEmpty ? ": no jobs\n" : "\n"))
        for job in jobs {
          let made = job.newVersion.map { ", made version \($0)" } ?? ""
          Terminal.write(
            "  no. \(job.identifier)  \(job.state), \(job.remedy), made at \(job.madeAt) by \(job.author)\(made)\n"
              + "    \(job.reason)\n"
              + (job.lastError.map { "    last error: \($0)\n" } ?? "")
          )
        }
        let events = try await desk.events(model: model.name.value)
        for event in events.suffix(10) where event.kind == "suppressed" {
          Terminal.write("  no job at \(event.asOf ?? event.at): \(event.words)\n")
        }
      }
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Shows a job, what happened to it, and what its trainer was told and said."
    )

    @OptionGroup var shared: SharedOptions
    @Flag(help: "Print only the SQL of the training rows.") var query = false
    @Argument(help: "The job's number.") var number: Int

    func run() async throws {
      let desk = try await shared.monitor().jobDesk()
      guard let job = try await desk.jobs(number: number).first else {
        throw ValidationError("there is no job no. \(number); 'plumbline jobs list' lists them")
      }
      let task = try JSONDecoder().decode(TrainingTask.self, from: Data(job.task.utf8))
      guard !query else {
        Terminal.write((task.query ?? "-- there are no outcomes to learn from") + "\n")
        return
      }
      var lines = [
        Terminal.style.bold("no. \(job.identifier) · \(job.model) · \(job.state)"),
        "\(job.remedy) of version \(job.version), made at \(job.madeAt) by \(job.author)",
        job.reason,
        "attempt \(job.attempts) of \(job.maximumAttempts)"
          + (job.run.map { ", run \($0)" } ?? ""),
        "rows from \(task.from) to \(task.to), labels as of \(task.asOf)",
      ]
      if let version = job.newVersion { lines.append("made version \(version)") }
      if let answer = job.answer { lines.append("answer: \(answer)") }
      if let error = job.lastError { lines.append("last error: \(error)") }
      lines += ["", "what happened"]
      lines += try await desk.events(job: number).map { "  \($0.at)  \($0.kind): \($0.words)" }
      let settings = try shared.settings()
      if let model = settings.models.first(where: { $0.name.value == job.model }),
        let effect = try await shared.monitor(settings).effect(of: job, model)
      {
        lines += ["", "did it help?"] + effect.lines.map { "  \($0)" }
      }
      if !job.log.isEmpty { lines += ["", "the end of what it said", job.log] }
      Terminal.write(lines.joined(separator: "\n") + "\n")
    }
  }

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Makes a job by hand; the same --key makes one, however often it is called."
    )

    @OptionGroup var shared: SharedOptions
    @Option(help: "The model.") var model: String
    @Option(help: "What is to be done: retrain or recalibrate.") var remedy = "retrain"
    @Option(help: "A key of yours, such as a run's id; else one that is never used again.")
    var key: String?
    @Option(help: "Who asks for it.") var author: String
    @Option(help: "Why.") var reason: String

    func run() async throws {
      let settings = try shared.settings()
      guard let remedy = RetrainingDecision.Remedy(rawValue: remedy) else {
        throw ValidationError("--remedy is retrain or recalibrate")
      }
      for model in try shared.models(model, in: settings) {
        let outcome = try await shared.monitor(settings).createJob(
          model,
          remedy,
          key: key ?? UUID().uuidString,
          author: author,
          reason: reason,
          now: .now()
        )
        switch outcome {
        case .created(let number): Terminal.write("job no. \(number)\n")
        case .duplicate(let number):
          Terminal.write("job no. \(number)\n")
          Terminal.note("made under this key before")
        case .coalesced(let number):
          Terminal.error("job no. \(number) is not over; at most one may be at a time")
          throw ExitCode(Failure.failed)
        case .suppressed(let words):
          Terminal.error(words)
          throw ExitCode(Failure.failed)
        case .nothing: Terminal.note("nothing is to be done")
        }
      }
    }
  }

  /// What a person says to a job.
  struct Word: ParsableArguments {
    @OptionGroup var shared: SharedOptions
    @Option(help: "Who decides.") var author: String
    @Option(help: "Why.") var reason: String
    @Argument(help: "The job's number.") var number: Int

    func decide(_ decision: JobDesk.Decision) async throws {
      let desk = try await shared.monitor().jobDesk()
      let words = try await desk.decide(number, decision, author: author, reason: reason)
      Terminal.note("job no. \(number): \(words)")
    }
  }

  struct Approve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lets a job begin that waits for a person."
    )
    @OptionGroup var word: Word
    func run() async throws { try await word.decide(.approve) }
  }

  struct Reject: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Ends a job that waits for a person.")
    @OptionGroup var word: Word
    func run() async throws { try await word.decide(.reject) }
  }

  struct Cancel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Ends a job, also one that runs.")
    @OptionGroup var word: Word
    func run() async throws { try await word.decide(.cancel) }
  }

  struct Retry: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Tries a failed job again.")
    @OptionGroup var word: Word
    func run() async throws { try await word.decide(.retry) }
  }

  struct Pause: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Makes no more jobs for a model until 'resume'; triggers are recorded."
    )
    @OptionGroup var shared: SharedOptions
    @Option(help: "Only this model.") var model: String?
    @Option(help: "Who decides.") var author: String
    @Option(help: "Why.") var reason: String

    func run() async throws {
      for model in try shared.models(model, in: try shared.settings()) {
        try await shared.monitor().pauseJobs(model, author: author, reason: reason)
        Terminal.note("\(model.name.value): no more jobs until 'plumbline jobs resume'")
      }
    }
  }

  struct Resume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Makes jobs for a model again.")
    @OptionGroup var shared: SharedOptions
    @Option(help: "Only this model.") var model: String?

    func run() async throws {
      for model in try shared.models(model, in: try shared.settings()) {
        try await shared.monitor().pauseJobs(model, author: nil, reason: nil)
        Terminal.note("\(model.name.value): jobs are made again")
      }
    }
  }
}

struct JobsWorkCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "work",
    abstract: "Works on jobs: has them trained, watches the runs, records how they end.",
    discussion: """
      Works on what is due and ends, or goes on with --forever. Any number may run, on any machine; who is \\
      killed loses its job to the next one, which looks the run up before it begins another. Commands run in the \\
      folder of the configuration.
      """
  )

  @OptionGroup var shared: SharedOptions
  @Flag(help: "Go on until stopped.") var forever = false
  @Option(help: "Seconds from look to look, where nobody tells of a new job.") var every = 5.0
  @Option(
    help:
      "Where to be told of new jobs if --dsn is a pool in transaction mode; else PLUMBLINE_LISTEN_DSN."
  )
  var listenDsn: String?
  @Option(help: "Seconds after which a silent worker loses its job.") var lease = 60.0

  func validate() throws {
    guard every > 0, lease >= 1 else { throw ValidationError("--every and --lease take seconds") }
  }

  func run() async throws {
    let settings = try shared.settings()
    guard settings.models.contains(where: { $0.retraining != nil }) else {
      throw ValidationError("no model of \(shared.config) has 'retraining'")
    }
    var timing = JobWorker.Timing()
    timing.lease = lease
    let worker = JobWorker(
      try shared.monitor(settings),
      settings,
      folder: URL(fileURLWithPath: shared.config).deletingLastPathComponent(),
      timing: timing
    )
    let bell = JobBell(
      listenDsn ?? ProcessInfo.processInfo.environment["PLUMBLINE_LISTEN_DSN"]
        ?? shared.connectionString
    )
    while true {
      do {
        while let words = try await worker.workOnce() { Terminal.note(words) }
      } catch  where forever && !(error is CancellationError) {
        Terminal.error("\(error)")
      }
      guard forever else { return }
      try await bell.wait(seconds: every)
    }
  }
}
