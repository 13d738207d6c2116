// SPDX-License-Identifier: Apache-2.0
import CommandLineSupport
import ArgumentParser
import Experiments
import Foundation
import Service
import Profiles
import Reports
import Settings

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
      let (settings, sources) = try shared.configuration()
      if settings.experiments.isEmpty { Terminal.log("the configuration has no 'experiments'") }
      for experiment in settings.experiments {
        guard !experiment.metrics.isEmpty else {
          Terminal.write("\(experiment.name): no metrics, nothing to compare\n")
          continue
        }
        let report = try await CampaignService(shared.runtime(sources)).analyze(
          experiment,
          among: settings.experiments,
          asOf: .now(),
          settings.calendar
        )
        let verdicts = report.result.verdicts.map { verdict in
          ([verdict.kind.text] + verdict.tiers).joined(separator: " ")
            + (verdict.arm.map { " (\($0))" } ?? "")
        }
        let decided = report.decisions.last.map {
          " · decided \($0.kind.rawValue) on \($0.at.description.prefix(10)) by \($0.author)"
        }
        Terminal.write(
          "\(report.result.name): \(verdicts.joined(separator: "; "))\(decided ?? "")\n"
        )
      }
    }
  }

  struct Analyze: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Says what a campaign brought, whether that may be believed yet, and what to do.",
      discussion: """
        Only customers whose horizon has passed count. Where 'reviews' are planned, decisions wait \
        for them; interim looks in between, and all where none are planned, have intervals that \
        hold at all of them together, so that looking often does no harm. Each interim look at the \
        present is logged. The report of a campaign that was signed off is the one of then.
        """
    )

    @OptionGroup var shared: SharedOptions
    @Argument(help: "The campaign's name.") var name: String
    @Option(help: "As of this date or moment, which is not logged; now if left out.")
    var asOf: MomentArgument?
    @Option(help: "text, markdown, json or html.") var format = ExperimentFormat.text
    @Option(name: .shortAndLong, help: "A file to write instead of standard output.")
    var output: String?
    @Flag(help: "Read the tables though the campaign was signed off.") var live = false
    @Flag(help: "Do not log the interim look: for previews, not for decisions.")
    var noLog = false

    func run() async throws {
      let (settings, sources) = try shared.configuration()
      let experiment = try settings.experiment(name, in: shared.config)
      let moment = asOf?.instant(settings.calendar) ?? .now()
      guard moment <= .now() else { throw ValidationError("--as-of is in the future") }
      let runtime = shared.runtime(sources)
      let hasLog = try await MigrationService(runtime).missing().isEmpty
      if asOf == nil, !noLog, !hasLog {
        Terminal.log(
          "note: the interim look is not logged, since the schema plumbline is not up to date: run "
            + "'plumbline migrate'"
        )
      }
      let report = try await CampaignService(runtime).analyze(
        experiment,
        among: settings.experiments,
        asOf: moment,
        settings.calendar,
        isLogged: asOf == nil && !noLog && hasLog,
        isLive: live
      )
      let text = try format.render(report.result, decisions: report.log)
      guard let output else { return Terminal.write(text) }
      try text.write(toFile: output, atomically: true, encoding: .utf8)
      Terminal.log("wrote \(output)")
    }
  }
}

/// What was decided about a campaign.
struct ExperimentSignOff: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sign-off",
    abstract: "Records what was decided about a campaign, and freezes its report.",
    discussion: """
      The verdict, the forecast and the sums that they rest on are kept with it. A decision against \
      the verdict needs a second name. 'keep-running' freezes nothing.
      """
  )

  @OptionGroup var shared: SharedOptions
  @Argument(help: "The campaign's name.") var name: String
  @Option(help: "roll-out, target, keep-running or stop.") var decision: RecordedDecision.Kind
  @Option(help: "Who decides.") var author: String
  @Option(help: "Who agrees; needed where the decision is not the verdict.")
  var secondAuthor: String?
  @Option(help: "Why.") var reason: String

  func run() async throws {
    let (settings, sources) = try shared.configuration()
    let experiment = try settings.experiment(name, in: shared.config)
    guard ![author, reason].contains(where: { $0.allSatisfy(\.isWhitespace) }) else {
      throw ValidationError("--author and --reason must say something")
    }
    let report = try await CampaignService(shared.runtime(sources)).signOff(
      experiment,
      among: settings.experiments,
      CampaignSignOff(decision, author: author, secondAuthor: secondAuthor, reason: reason),
      now: .now(),
      calendar: settings.calendar
    )
    Terminal.write(try ExperimentFormat.text.render(report.result, decisions: report.log))
  }
}

extension RecordedDecision.Kind: ExpressibleByArgument {}
extension ExperimentFormat: ExpressibleByArgument {}

extension Settings {
  /// The campaign of a name.
  func experiment(_ name: String, in file: String) throws -> ExperimentSettings {
    guard let experiment = experiments.first(where: { $0.name == name }) else {
      throw ValidationError(
        "there is no experiment '\(name)' in \(file)"
          + Spelling.suggestion(for: name, among: experiments.map(\.name))
      )
    }
    return experiment
  }
}
