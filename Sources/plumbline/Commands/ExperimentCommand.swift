// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Experiments
import Foundation
import Monitor
import Profiles
import Reports
import Settings
import Store
import YAMLSource

struct ExperimentCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "experiment",
    abstract: "Compares the control and the treated customers of campaigns.",
    subcommands: [
      List.self, ExperimentPlanCommand.self, Analyze.self, ExperimentSignOff.self,
      ExperimentChallenger.self,
    ]
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
        let report = try await shared.monitor().analyze(
          experiment,
          among: settings.experiments,
          asOf: .now(),
          settings.calendar
        )
        let words = report.result.verdicts.map { verdict in
          ([verdict.kind.words] + verdict.tiers).joined(separator: " ")
            + (verdict.arm.map { " (\($0))" } ?? "")
        }
        let decided = report.decisions.last.map {
          " · decided \($0.kind.rawValue) on \($0.at.description.prefix(10)) by \($0.author)"
        }
        Terminal.write(
          "\(report.result.name): \(words.joined(separator: "; "))\(decided ?? "")\n"
        )
      }
    }
  }

  struct Analyze: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Says what a campaign brought, whether that may be believed yet, and what to do.",
      discussion: """
        Only customers whose horizon has passed count. Where 'reviews' are planned, decisions wait for them; looks in \
        between, and all looks where none are planned, have intervals that hold at all looks together, so that looking \
        often does no harm. Each look at the present is logged. A campaign that was signed off tells what was known then.
        """
    )

    @OptionGroup var shared: SharedOptions
    @Argument(help: "The campaign's name.") var name: String
    @Option(help: "As of this date or moment, which is no look and not logged; now if left out.")
    var until: MomentArgument?
    @Option(help: "text, markdown, json or html.") var format = ExperimentFormat.text
    @Option(name: .shortAndLong, help: "A file to write instead of standard output.")
    var output: String?
    @Flag(help: "Look at the tables though the campaign was signed off.") var live = false
    @Flag(help: "Do not log the look: for previews of the page, not for decisions.")
    var noLog = false

    func run() async throws {
      let settings = try shared.settings()
      let experiment = try settings.experiment(name, in: shared.config)
      let asOf = until?.instant(settings.calendar) ?? .now()
      guard asOf <= .now() else { throw ValidationError("--until is in the future") }
      let monitor = shared.monitor()
      let hasLog = try await monitor.hasSchema()
      if until == nil, !noLog, !hasLog {
        Terminal.note(
          "note: the look is not logged, since the schema plumbline is not there: run 'plumbline migrate'"
        )
      }
      let report = try await monitor.analyze(
        experiment,
        among: settings.experiments,
        asOf: asOf,
        settings.calendar,
        isLogged: until == nil && !noLog && hasLog,
        isLive: live
      )
      let text = try format.render(report.result, decisions: report.notes)
      guard let output else { return Terminal.write(text) }
      try text.write(toFile: output, atomically: true, encoding: .utf8)
      Terminal.note("wrote \(output)")
    }
  }
}

/// What was decided about a campaign.
struct ExperimentSignOff: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sign-off",
    abstract: "Records what was decided about a campaign, and freezes its report.",
    discussion: """
      The verdict, the forecast and the sums that they rest on are kept with it. A decision against the verdict \
      needs a second name. 'keep-running' freezes nothing.
      """
  )

  @OptionGroup var shared: SharedOptions
  @Argument(help: "The campaign's name.") var name: String
  @Option(help: "roll-out, target, keep-running or stop.") var decision: CampaignDecision.Kind
  @Option(help: "Who decides.") var by: String
  @Option(help: "Who agrees; needed where the decision is not the verdict.") var second: String?
  @Option(help: "Why.") var reason: String

  func run() async throws {
    let settings = try shared.settings()
    let experiment = try settings.experiment(name, in: shared.config)
    guard ![by, reason].contains(where: { $0.allSatisfy(\.isWhitespace) }) else {
      throw ValidationError("--by and --reason must say something")
    }
    let report = try await shared.monitor().signOff(
      experiment,
      among: settings.experiments,
      decision,
      author: by,
      second: second,
      reason: reason,
      now: .now(),
      settings.calendar
    )
    Terminal.write(try ExperimentFormat.text.render(report.result, decisions: report.notes))
  }
}

extension CampaignDecision.Kind: ExpressibleByArgument {}
extension ExperimentFormat: ExpressibleByArgument {}

extension Settings {
  /// The campaign of a name.
  func experiment(_ name: String, in file: String) throws -> ExperimentSettings {
    guard let experiment = experiments.first(where: { $0.name.value == name }) else {
      throw ValidationError(
        "there is no experiment '\(name)' in \(file)"
          + Spelling.suggestion(for: name, among: experiments.map(\.name.value))
      )
    }
    return experiment
  }
}

extension CampaignReport {
  /// The decisions for people.
  var notes: [DecisionNote] {
    decisions.map { decision in
      DecisionNote(
        at: decision.at,
        decision: decision.kind.rawValue,
        verdict: decision.verdict,
        author: decision.author,
        secondAuthor: decision.secondAuthor,
        reason: decision.reason,
        net: decision.net.map { [$0.value, $0.lower, $0.upper] },
        isFrozen: frozen?.at == decision.at,
        software: decision.software
      )
    }
  }
}
