// SPDX-License-Identifier: Apache-2.0
import CommandLineSupport
import Alerting
import ArgumentParser
import Checks
import Profiles
import Reports
import Service
import Settings

struct AlertsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "alerts",
    abstract: "Lists alerts, shows why they fire, silences and acknowledges them.",
    subcommands: [
      List.self, Show.self, Silence.self, Unsilence.self, Silences.self, Acknowledge.self,
      DeliverCommand.self, ChannelsCommand.self,
    ]
  )

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists alerts: the firing ones first, the most severe of them first."
    )

    @OptionGroup var shared: SharedOptions
    @Option(help: "Only this model.") var model: String?
    @Flag(help: "Those too that are over.") var all = false

    func run() async throws {
      let (settings, sources) = try shared.configuration()
      for model in try shared.models(model, in: settings) {
        let alerts = try await AlertService(shared.runtime(sources)).alerts(model).filter {
          $0.alert.state != .inactive && (all || $0.alert.state != .resolved)
        }
        Terminal.write(
          Terminal.style.bold(model.name) + (alerts.isEmpty ? ": no alerts\n" : "\n")
        )
        for alert in alerts.map({ ReportedAlert($0) }).inOrder {
          let number = alert.number.map { "#\($0)  " } ?? ""
          Terminal.write(
            "  \(number)\(alert.state.rawValue), \(alert.severity.rawValue): \(alert.name), version "
              + "\(alert.alert.key.version), since \(alert.since)\(alert.standing)\n"
              + "    \(alert.reason)\n"
          )
        }
      }
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Shows an alert, what became of it, and the SQL of the rows behind it."
    )

    @OptionGroup var shared: SharedOptions
    @Argument(help: "The alert's number.") var number: Int

    func run() async throws {
      let (settings, sources) = try shared.configuration()
      let (rules, places) = try RuleSet.read(settings.rules)
      let service = AlertService(shared.runtime(sources), rules: rules)
      let (model, stored) = try await AlertsCommand.find(number, in: settings, service)
      let alert = stored.alert
      let reported = ReportedAlert(stored)
      let newest = alert.newest
      var lines = [
        Terminal.style.bold("#\(number) · \(model.name) · version \(alert.key.version)"),
        "\(alert.state.rawValue), \(alert.severity.rawValue): \(reported.name), since "
          + "\(alert.since)\(reported.standing)",
        alert.reason,
        "",
        "window \(newest.window): "
          + [
            ("value", newest.value), ("reference", newest.reference),
            ("threshold", newest.threshold),
          ].compactMap { name, value in value.map { "\(name) \(NumberText.text($0))" } }
          .joined(separator: ", ") + ", sample \(NumberText.grouped(newest.sample))",
      ]
      if let acknowledgement = stored.acknowledgement {
        lines.append("acknowledged by \(stored.acknowledgedBy ?? ""): \(acknowledgement)")
      }
      if let rule = service.rule(alert.key.rule) {
        let origin = places.origin(of: .rule(rule.name))
        lines += ["", "rule \(rule.name), \(origin)"] + rule.sentences.map { "  \($0)" }
      }
      lines += ["", "what became of it"]
      lines += try await service.transitions(of: number).map {
        "  \($0.at)  \($0.from.rawValue) → \($0.to.rawValue): \($0.reason)"
      }
      lines += ["", "the rows behind it", try await service.evidence(of: alert, model)]
      Terminal.write(lines.joined(separator: "\n") + "\n")
    }
  }

  struct Silence: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Sends no notifications of alerts for a while; they are still recorded."
    )

    @OptionGroup var shared: SharedOptions
    @Option(help: "Only alerts of this model.") var model: String?
    @Option(help: "Only alerts of this rule.") var rule: String?
    @Option(help: "Only alerts of this feature, 'score' or 'outcome'.") var subject: String?
    @Option(help: "Only alerts of this segment, such as region=North.") var segment: String?
    @Option(name: .customLong("for"), help: "How long, such as 8h or 7d.") var duration: String
    @Option(help: "Who says so.") var author: String
    @Option(help: "Why.") var reason: String

    func run() async throws {
      let (settings, sources) = try shared.configuration()
      guard let length = FixedDuration(duration), length > .zero else {
        throw ValidationError("--for takes a duration such as 8h or 7d")
      }
      guard model != nil || rule != nil || subject != nil || segment != nil else {
        throw ValidationError("say which alerts: --model, --rule, --subject or --segment")
      }
      guard ![model, rule, subject, segment].contains("") else {
        throw ValidationError("--model, --rule, --subject and --segment are not empty")
      }
      guard reason.contains(where: { !$0.isWhitespace }) else { throw ValidationError("say why") }
      if let rule {
        let names = try RuleSet.read(settings.rules).rules.map(\.name)
        guard names.contains(rule) else {
          throw ValidationError(
            "there is no rule '\(rule)'" + Spelling.suggestion(for: rule, among: names)
          )
        }
      }
      let now = Instant.now()
      let silence = Alerting.Silence(
        model: model,
        rule: rule,
        subject: subject,
        segment: segment,
        from: now,
        until: now.advanced(by: length),
        author: author,
        reason: reason
      )
      let chosen = try model.map { try shared.models($0, in: settings).first } ?? nil
      let number = try await AlertService(shared.runtime(sources)).silence(
        silence,
        chosen
      )
      Terminal.log("silence \(number) until \(silence.until)")
    }
  }

  struct Unsilence: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Ends a silence.")

    @OptionGroup var shared: SharedOptions
    @Argument(help: "The silence's number.") var number: Int

    func run() async throws {
      guard try await AlertService(shared.runtime()).endSilence(number) else {
        throw ValidationError(
          "no silence \(number) holds; 'plumbline alerts silences' lists them"
        )
      }
      Terminal.log("silence \(number) has ended")
    }
  }

  struct Silences: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lists silences that hold.")

    @OptionGroup var shared: SharedOptions

    func run() async throws {
      for silence in try await AlertService(shared.runtime()).silences() {
        let parts = [
          ("model", silence.model), ("rule", silence.rule), ("subject", silence.subject),
          ("segment", silence.segment),
        ].compactMap { name, value in value.map { "\(name) \($0)" } }
        Terminal.write(
          "#\(silence.identifier)  "
            + (parts.isEmpty ? "everything" : parts.joined(separator: ", "))
            + ", until \(silence.until): \(silence.reason) (\(silence.author))\n"
        )
      }
    }
  }

  struct Acknowledge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Says that somebody has seen a firing alert and looks after it."
    )

    @OptionGroup var shared: SharedOptions
    @Argument(help: "The alert's number.") var number: Int
    @Option(help: "Who has seen it.") var author: String
    @Option(help: "What is being done.") var reason: String

    func run() async throws {
      guard
        try await AlertService(shared.runtime()).acknowledge(
          number,
          author: author,
          reason: reason
        )
      else { throw ValidationError("alert \(number) does not fire") }
      Terminal.log("acknowledged until it ends")
    }
  }

  /// Finds an alert among the models of the configuration.
  private static func find(
    _ number: Int,
    in settings: Settings,
    _ service: AlertService
  ) async throws -> (ModelSettings, StoredAlert) {
    for model in settings.models {
      let alerts = try await service.alerts(model)
      if let alert = alerts.first(where: { $0.identifier == number }) { return (model, alert) }
    }
    throw ValidationError(
      "there is no alert \(number); 'plumbline alerts list --all' lists them"
    )
  }
}
