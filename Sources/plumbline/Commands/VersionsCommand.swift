// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Monitor
import Profiles
import Reports
import Retraining
import Settings
import Store
import YAMLSource

struct VersionsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "versions",
    abstract: "Versions of models: which one is in charge, which are on trial, and who decides.",
    discussion: """
      Jobs that score customers ask the view plumbline.champion, or 'versions champion', which version is in charge.
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
      let settings = try shared.settings()
      for model in try shared.models(model, in: settings) {
        let versions = try await shared.monitor().versions(model).versions
        let title = Terminal.style.bold(model.name.value)
        Terminal.write(
          title + (versions.isEmpty ? ": none is known; 'plumbline check' looks for them\n" : "\n")
        )
        for version in versions {
          let job = version.job.map { ", of job no. \($0)" } ?? ""
          let first = version.firstScored.map { ", scores since \($0)" } ?? ""
          Terminal.write(
            "  \(version.name)  \(version.state.rawValue) since \(version.since)\(job)\(first)\n    \(version.reason)\n"
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
      let settings = try shared.settings()
      for model in try shared.models(model, in: settings) {
        let known = try await shared.monitor().versions(model)
        guard known.versions.contains(where: { $0.name == version }) else {
          throw ValidationError(
            "\(model.name.value) has no version '\(version)'; 'plumbline versions list' lists them"
          )
        }
        Terminal.write(Terminal.style.bold("\(model.name.value) \(version)") + "\n")
        for event in known.events where event.version == version {
          Terminal.write("  \(event.asOf)  \(event.state), by \(event.author): \(event.reason)\n")
          for line in event.evidence?.lines ?? [] { Terminal.write("    \(line)\n") }
        }
      }
    }
  }

  struct Champion: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Prints the version in charge, for jobs that score customers."
    )

    @OptionGroup var shared: SharedOptions
    @Option(help: "The model.") var model: String?

    func run() async throws {
      let settings = try shared.settings()
      for model in try shared.models(model, in: settings) {
        let roster = VersionRoster(try await shared.monitor().versions(model).versions)
        guard let champion = roster.champion else {
          Terminal.error("no version of \(model.name.value) is in charge")
          throw ExitCode(Failure.failed)
        }
        Terminal.write(champion.name + "\n")
      }
    }
  }

  /// What a person decides.
  struct Word: ParsableArguments {
    @OptionGroup var shared: SharedOptions
    @Option(help: "The model.") var model: String
    @Option(help: "Who decides.") var author: String
    @Option(help: "Why.") var reason: String

    func decide(_ decision: @escaping @Sendable (inout VersionRoster) throws -> Void) async throws {
      let settings = try shared.settings()
      for model in try shared.models(model, in: settings) {
        let champion = try await shared.monitor(settings).decide(
          model,
          author: author,
          now: .now(),
          decision
        )
        Terminal.note("\(model.name.value): \(champion ?? "no version") is in charge")
      }
    }
  }

  struct Promote: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Puts a version in charge, whatever the gate says of it."
    )
    @OptionGroup var word: Word
    @Argument(help: "The version.") var version: String

    func run() async throws {
      try await word.decide { [version, word] in
        try $0.promote(version, now: .now(), reason: "by \(word.author): \(word.reason)")
      }
    }
  }

  struct Reject: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Turns a version down that is on trial."
    )
    @OptionGroup var word: Word
    @Argument(help: "The version.") var version: String

    func run() async throws {
      try await word.decide { [version, word] in
        try $0.reject(version, now: .now(), reason: "by \(word.author): \(word.reason)")
      }
    }
  }

  struct Rollback: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Puts the version back in charge that was before, and turns the present one down."
    )
    @OptionGroup var word: Word

    func run() async throws {
      try await word.decide { [word] in
        _ = try $0.rollBack(now: .now(), reason: "by \(word.author): \(word.reason)")
      }
    }
  }
}
