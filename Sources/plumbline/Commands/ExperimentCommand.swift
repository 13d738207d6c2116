// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Experiments
import Foundation
import Monitor
import Profiles
import Reports
import Settings
import YAMLSource

struct ExperimentCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "experiment",
    abstract: "Compares the control and the treated customers of campaigns.",
    subcommands: [List.self, Analyze.self]
  )

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists the campaigns of the configuration with their present verdicts."
    )

    @OptionGroup var shared: SharedOptions

    func run() async throws {
      let settings = try shared.settings()
      if settings.experiments.isEmpty { Terminal.note("the configuration has no 'experiments'") }
      for experiment in settings.experiments {
        guard !experiment.metrics.isEmpty else {
          Terminal.write("\(experiment.name.value): no metrics, nothing to compare\n")
          continue
        }
        let result = try await shared.monitor().analyze(
          experiment,
          asOf: .now(),
          settings.calendar
        )
        let words = result.verdicts.map { verdict in
          ([verdict.kind.words] + verdict.tiers).joined(separator: " ")
            + (verdict.arm.map { " (\($0))" } ?? "")
        }
        Terminal.write("\(result.name): \(words.joined(separator: "; "))\n")
      }
    }
  }

  struct Analyze: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Says what a campaign brought, whether that may be believed yet, and what to do.",
      discussion: """
        Only customers whose horizon has passed count. Until all have, intervals hold at all looks together, so \
        that looking often does no harm.
        """
    )

    @OptionGroup var shared: SharedOptions
    @Argument(help: "The campaign's name.") var name: String
    @Option(help: "As of this date or moment; now if left out.") var until: MomentArgument?
    @Option(help: "text, markdown, json or html.") var format = ExperimentFormat.text
    @Option(name: .shortAndLong, help: "A file to write instead of standard output.")
    var output: String?

    func run() async throws {
      let settings = try shared.settings()
      let names = settings.experiments.map(\.name.value)
      guard let experiment = settings.experiments.first(where: { $0.name.value == name }) else {
        throw ValidationError(
          "there is no experiment '\(name)' in \(shared.config)"
            + Spelling.suggestion(for: name, among: names)
        )
      }
      let asOf = until?.instant(settings.calendar) ?? .now()
      guard asOf <= .now() else { throw ValidationError("--until is in the future") }
      let result = try await shared.monitor().analyze(experiment, asOf: asOf, settings.calendar)
      let text = try format.render(result)
      guard let output else { return Terminal.write(text) }
      try text.write(toFile: output, atomically: true, encoding: .utf8)
      Terminal.note("wrote \(output)")
    }
  }
}

extension ExperimentFormat: ExpressibleByArgument {}
