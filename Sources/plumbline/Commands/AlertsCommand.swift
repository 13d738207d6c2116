// SPDX-License-Identifier: Apache-2.0
import Alerting
import ArgumentParser
import Findings
import Monitor
import Profiles
import Reports
import Settings
import Store
import YAMLSource

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
      abstract: "Lists alerts, the gravest firing ones first."
    )

    @OptionGroup var shared: SharedOptions
    @Option(help: "Only this model.") var model: String?
    @Flag(help: "Those too that are over.") var all = false

    func run() async throws {
      let settings = try shared.settings()
      for model in try shared.models(model, in: settings) {
        let alerts = try await shared.monitor().alerts(model).filter {
          $0.alert.state != .inactive && (all || $0.alert.state != .resolved)
        }
        Terminal.write(
          Terminal.style.bold(model.name.value) + (alerts.isEmpty ? ": no alerts\n" : "\n")
        )
        let versions = Dictionary(alerts.map { ($0.identifier, $0.alert.key.version) }) { $1 }
        for alert in alerts.map(AlertNote.init).inOrder {
          let version = alert.number.flatMap { versions[$0] } ?? ""
          Terminal.write(
            "  no. \(alert.number ?? 0)  \(alert.state), \(alert.severity.rawValue): \(alert.name), "
              + "version \(version), since \(alert.since)\(alert.standing)\n    \(alert.reason)\n"
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
      let settings = try shared.settings()
      let monitor = try shared.monitor(settings)
      let (model, stored) = try await AlertsCommand.find(number, settings, monitor, shared)
      let alert = stored.alert
      let note = AlertNote(stored)
      let newest = alert.newest
      var lines = [
        Terminal.style.bold("no. \(number) · \(model.name.value) · version \(alert.key.version)"),
        "\(note.state), \(note.severity.rawValue): \(note.name), since \(note.since)\(note.standing)",
        note.reason,
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
      if let rule = monitor.rule(alert.key.rule) {
        lines += ["", "rule \(rule.name), \(rule.place)"] + rule.sentences.map { "  \($0)" }
      }
      lines += ["", "what became of it"]
      lines += try await monitor.transitions(of: number).map {
        "  \($0.at)  \($0.from) → \($0.to): \($0.reason)"
      }
      lines += ["", "the rows behind it", try await monitor.evidence(of: alert, model)]
      Terminal.write(lines.joined(separator: "\n") + "\n")
    }
  }

  struct Silence: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Keeps alerts from being told for a while; they are still recorded."
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
      let settings = try shared.settings()
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
        let names = try RuleSet.read(settings.rules).map(\.name)
        guard names.contains(rule) else {
          throw ValidationError(
            "there is no rule '\(rule)'" + Spelling.suggestion(for: rule, among: names)
          )
        }
      }
      let now = Instant.now()
      let silence = Store.Silence(
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
      let number = try await shared.monitor().silence(silence, chosen)
      Terminal.note("silence no. \(number) until \(silence.until)")
    }
  }

  struct Unsilence: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Ends a silence.")

    @OptionGroup var shared: SharedOptions
    @Argument(help: "The silence's number.") var number: Int

    func run() async throws {
      guard try await shared.monitor().endSilence(number) else {
        throw ValidationError(
          "no silence no. \(number) holds; 'plumbline alerts silences' lists them"
        )
      }
      Terminal.note("silence no. \(number) has ended")
    }
  }

  struct Silences: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lists silences that hold.")

    @OptionGroup var shared: SharedOptions

    func run() async throws {
      for silence in try await shared.monitor().silences() {
        let parts = [
          ("model", silence.model), ("rule", silence.rule), ("subject", silence.subject),
          ("segment", silence.segment),
        ].compactMap { name, value in value.map { "\(name) \($0)" } }
        Terminal.write(
          "no. \(silence.identifier)  \(parts.isEmpty ? "everything" : parts.joined(separator: ", ")), until "
            + "\(silence.until): \(silence.reason) (\(silence.author))\n"
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
        try await shared.monitor().acknowledge(number, author: author, reason: reason)
      else { throw ValidationError("alert no. \(number) does not fire") }
      Terminal.note("acknowledged until it ends")
    }
  }

  /// Finds an alert among the models of the configuration.
  private static func find(
    _ number: Int,
    _ settings: Settings,
    _ monitor: Monitor,
    _ shared: SharedOptions
  ) async throws -> (ModelSettings, StoredAlert) {
    for model in settings.models {
      let alerts = try await monitor.alerts(model)
      if let alert = alerts.first(where: { $0.identifier == number }) { return (model, alert) }
    }
    throw ValidationError(
      "there is no alert no. \(number); 'plumbline alerts list --all' lists them"
    )
  }
}
