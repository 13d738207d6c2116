// SPDX-License-Identifier: Apache-2.0
import CommandLineSupport
import ArgumentParser
import Checks
import Foundation
import Profiles
import Reports
import Retraining
import Service
import Settings

struct JobsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "jobs",
    abstract: "Retraining jobs: lists, shows, creates, decides and works on them.",
    subcommands: [
      List.self, Show.self, Create.self, Approve.self, Reject.self, Cancel.self, Retry.self,
      Pause.self, Resume.self, JobsWorkCommand.self,
    ]
  )

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists jobs, newest first, and the triggers that created none, with their reasons."
    )

    @OptionGroup var shared: SharedOptions
    @Option(help: "Only this model.") var model: String?

    func run() async throws {
      let settings = try shared.settings()
      for model in try shared.models(model, in: settings) {
        let service = JobService(shared.runtime())
        let jobs = try await service.jobs(of: model)
        let title = Terminal.style.bold(model.name)
        Terminal.write(title + (jobs.isEmpty ? ": no jobs\n" : "\n"))
        for job in jobs {
          let made = job.newVersion.map { ", made version \($0)" } ?? ""
          Terminal.write(
            "  #\(job.identifier)  \(job.state.rawValue), \(job.remedy.rawValue), created at "
              + "\(job.madeAt) by \(job.author)\(made)\n    \(job.reason)\n"
              + (job.lastError.map { "    last error: \($0)\n" } ?? "")
          )
        }
        let events = try await service.events(of: model)
        for event in events.suffix(10) where event.kind == .suppressed {
          Terminal.write("  no job at \(event.asOf ?? event.at): \(event.message)\n")
        }
      }
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Shows a job, what happened to it, and what its trainer got and answered."
    )

    @OptionGroup var shared: SharedOptions
    @Flag(help: "Print only the SQL of the training rows.") var query = false
    @Argument(help: "The job's number.") var number: Int

    func run() async throws {
      let service = JobService(shared.runtime())
      guard let job = try await service.job(number) else {
        throw ValidationError("there is no job \(number); 'plumbline jobs list' lists them")
      }
      let task = try JSONDecoder().decode(TrainingTask.self, from: Data(job.task.utf8))
      guard !query else {
        Terminal.write((task.query ?? "-- there are no outcomes to learn from") + "\n")
        return
      }
      var lines = [
        Terminal.style.bold("#\(job.identifier) · \(job.model) · \(job.state.rawValue)"),
        "\(job.remedy.rawValue) of version \(job.version), created at \(job.madeAt) by \(job.author)",
        job.reason,
        "attempt \(job.attempts) of \(job.maximumAttempts)"
          + (job.run.map { ", run \($0)" } ?? ""),
        "rows from \(task.from) to \(task.to), labels as of \(task.asOf)",
      ]
      if let version = job.newVersion { lines.append("made version \(version)") }
      if let answer = job.answer { lines.append("answer: \(answer)") }
      if let error = job.lastError { lines.append("last error: \(error)") }
      lines += ["", "what happened"]
      lines += try await service.events(ofJob: number).map {
        "  \($0.at)  \($0.kind.rawValue): \($0.message)"
      }
      let settings = try shared.settings()
      if let model = settings.models.first(where: { $0.name == job.model }),
        let effect = try await service.effect(of: job, model)
      {
        lines += ["", "did it help?"] + effect.lines.map { "  \($0)" }
      }
      if !job.log.isEmpty { lines += ["", "the end of what it said", job.log] }
      Terminal.write(lines.joined(separator: "\n") + "\n")
    }
  }

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Creates a job by hand; the same --key creates one, however often it is called."
    )

    @OptionGroup var shared: SharedOptions
    @Option(help: "The model; may be left out when there is one.") var model: String?
    @Option(help: "What is to be done: retrain or recalibrate.") var remedy = "retrain"
    @Option(help: "A key of yours, such as a run's id; else one that is never used again.")
    var key: String?
    @Option(help: "Who asks for it.") var author: String
    @Option(help: "Why.") var reason: String

    func run() async throws {
      let (settings, sources) = try shared.configuration()
      guard let remedy = RetrainingDecision.Remedy(rawValue: remedy) else {
        throw ValidationError("--remedy is retrain or recalibrate")
      }
      let outcome = try await JobService(shared.runtime(sources)).create(
        try shared.model(model, in: settings),
        JobService.Request(
          remedy: remedy,
          key: key ?? UUID().uuidString,
          author: author,
          reason: reason
        ),
        now: .now()
      )
      switch outcome {
      case .created(let number): Terminal.write("job \(number)\n")
      case .duplicate(let number):
        Terminal.write("job \(number)\n")
        Terminal.log("created under this key before")
      case .coalesced(let number):
        Terminal.error("job \(number) is still open; at most one may be")
        throw ExitPolicy.Status.failed.code
      case .suppressed(let reason):
        Terminal.error(reason)
        throw ExitPolicy.Status.failed.code
      case .nothing: Terminal.log("nothing is to be done")
      }
    }
  }

  /// What an operator decides on a job.
  struct DecisionOptions: ParsableArguments {
    @OptionGroup var shared: SharedOptions
    @Option(help: "Who decides.") var author: String
    @Option(help: "Why.") var reason: String
    @Argument(help: "The job's number.") var number: Int

    func decide(_ decision: JobDecision) async throws {
      let message = try await JobService(shared.runtime())
        .decide(decision, onJob: number, author: author, reason: reason)
      Terminal.log("job \(number): \(message)")
    }
  }

  struct Approve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lets a job begin that waits for approval."
    )
    @OptionGroup var options: DecisionOptions
    func run() async throws { try await options.decide(.approve) }
  }

  struct Reject: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Ends a job that waits for approval.")
    @OptionGroup var options: DecisionOptions
    func run() async throws { try await options.decide(.reject) }
  }

  struct Cancel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Ends a job, also one that runs.")
    @OptionGroup var options: DecisionOptions
    func run() async throws { try await options.decide(.cancel) }
  }

  struct Retry: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Tries a failed job again.")
    @OptionGroup var options: DecisionOptions
    func run() async throws { try await options.decide(.retry) }
  }

  struct Pause: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Creates no more jobs for a model until 'resume'; triggers are recorded."
    )
    @OptionGroup var shared: SharedOptions
    @Option(help: "Only this model.") var model: String?
    @Option(help: "Who decides.") var author: String
    @Option(help: "Why.") var reason: String

    func run() async throws {
      for model in try shared.models(model, in: try shared.settings()) {
        try await JobService(shared.runtime()).pause(model, author: author, reason: reason)
        Terminal.log("\(model.name): no more jobs until 'plumbline jobs resume'")
      }
    }
  }

  struct Resume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Creates jobs for a model again.")
    @OptionGroup var shared: SharedOptions
    @Option(help: "Only this model.") var model: String?

    func run() async throws {
      for model in try shared.models(model, in: try shared.settings()) {
        try await JobService(shared.runtime()).pause(model, author: nil, reason: nil)
        Terminal.log("\(model.name): jobs are created again")
      }
    }
  }
}
