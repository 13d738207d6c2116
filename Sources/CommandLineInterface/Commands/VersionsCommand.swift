// SPDX-License-Identifier: Apache-2.0
import CommandLineSupport
import ArgumentParser
import Service
import Profiles
import Reports
import Retraining
import Settings

struct VersionsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "versions",
    abstract: "Versions of models: the champion, the challengers in trial, and who decides.",
    discussion: """
      Jobs that score customers ask the view plumbline.champion, or 'versions champion', for the \
      champion.
      """,
    subcommands: [
      List.self, Show.self, Champion.self, Promote.self, Reject.self, Rollback.self,
    ]
  )

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lists versions, the oldest first.")

    @OptionGroup var shared: SharedOptions
    @Option(help: "Only this model.") var model: String?

    func run() async throws {
      let (settings, sources) = try shared.configuration()
      for model in try shared.models(model, in: settings) {
        let versions = try await VersionService(shared.runtime(sources)).versions(model).versions
        let title = Terminal.style.bold(model.name)
        Terminal.write(
          title + (versions.isEmpty ? ": none is known; 'plumbline check' finds them\n" : "\n")
        )
        for version in versions {
          let job = version.job.map { ", of job \($0)" } ?? ""
          let first = version.firstScored.map { ", scores since \($0)" } ?? ""
          Terminal.write(
            "  \(version.name)  \(version.state.rawValue) since \(version.since)\(job)\(first)\n"
              + "    \(version.reason)\n"
          )
        }
      }
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Shows what was decided about a version, and what its trial has shown."
    )

    @OptionGroup var shared: SharedOptions
    @Option(help: "The model.") var model: String?
    @Argument(help: "The version.") var version: String

    func run() async throws {
      let (settings, sources) = try shared.configuration()
      for model in try shared.models(model, in: settings) {
        let known = try await VersionService(shared.runtime(sources)).versions(model)
        guard known.versions.contains(where: { $0.name == version }) else {
          throw ValidationError(
            "\(model.name) has no version '\(version)'; 'plumbline versions list' lists them"
          )
        }
        Terminal.write(Terminal.style.bold("\(model.name) \(version)") + "\n")
        for event in known.events where event.version == version {
          Terminal.write(
            "  \(event.asOf)  \(event.state.rawValue), by \(event.author): \(event.reason)\n"
          )
          for line in event.evidence?.lines ?? [] { Terminal.write("    \(line)\n") }
        }
      }
    }
  }

  struct Champion: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Prints the champion, for jobs that score customers."
    )

    @OptionGroup var shared: SharedOptions
    @Option(help: "The model.") var model: String?

    func run() async throws {
      let (settings, sources) = try shared.configuration()
      for model in try shared.models(model, in: settings) {
        let roster = VersionRoster(
          try await VersionService(shared.runtime(sources)).versions(model).versions
        )
        guard let champion = roster.champion else {
          Terminal.error("\(model.name) has no champion")
          throw ExitPolicy.Status.failed.code
        }
        Terminal.write(champion.name + "\n")
      }
    }
  }

  /// What an operator decides.
  struct DecisionOptions: ParsableArguments {
    @OptionGroup var shared: SharedOptions
    @Option(help: "The model; may be left out when there is one.") var model: String?
    @Option(help: "Who decides.") var author: String
    @Option(help: "Why.") var reason: String

    func decide(_ decision: @escaping @Sendable (inout VersionRoster) throws -> Void) async throws {
      let (settings, sources) = try shared.configuration()
      let model = try shared.model(model, in: settings)
      let champion = try await VersionService(shared.runtime(sources)).decide(
        model,
        author: author,
        now: .now(),
        decision
      )
      Terminal.log("\(model.name): \(champion ?? "no version") is the champion")
    }
  }

  struct Promote: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Makes a version the champion, whatever the gate says of it."
    )
    @OptionGroup var options: DecisionOptions
    @Argument(help: "The version.") var version: String

    func run() async throws {
      try await options.decide { [version, options] in
        try $0.promote(version, now: .now(), reason: "by \(options.author): \(options.reason)")
      }
    }
  }

  struct Reject: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Rejects a challenger."
    )
    @OptionGroup var options: DecisionOptions
    @Argument(help: "The version.") var version: String

    func run() async throws {
      try await options.decide { [version, options] in
        try $0.reject(version, now: .now(), reason: "by \(options.author): \(options.reason)")
      }
    }
  }

  struct Rollback: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Makes the previous champion the champion again, and rejects the present one."
    )
    @OptionGroup var options: DecisionOptions

    func run() async throws {
      try await options.decide { [options] in
        _ = try $0.rollBack(now: .now(), reason: "by \(options.author): \(options.reason)")
      }
    }
  }
}
