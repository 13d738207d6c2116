// SPDX-License-Identifier: Apache-2.0
import CommandLineSupport
import Alerting
import ArgumentParser
import Checks
import Foundation
import Profiles
import Reports
import Service
import Settings

struct RulesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rules",
    abstract: "Validates, explains and tests the rules by which readings are evaluated.",
    subcommands: [Check.self, Explain.self, Test.self, Export.self]
  )

  /// Where rules are.
  struct Source: ParsableArguments {
    @Option(help: "The configuration, whose key 'rules' holds where no path is given.")
    var config = "plumbline.yaml"
    @Argument(
      help: "Files and folders of rules; else those of the configuration, else the default set."
    )
    var paths: [String] = []

    /// Nil for the default set.
    func rulePaths() throws -> [String]? {
      guard paths.isEmpty else { return paths }
      guard FileManager.default.fileExists(atPath: config) else { return nil }
      return try SharedOptions.settings(config).rules
    }
  }

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Reads rules and their tests, and lists every fault with its place."
    )

    @OptionGroup var source: Source

    func run() throws {
      let paths = try source.rulePaths()
      let rules = try RuleSet.read(paths).rules
      let files = paths == nil ? " of the default set" : ""
      Terminal.write("\(rules.count) rules\(files), no faults\n")
    }
  }

  struct Test: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Runs the rules' unit tests: every *.test.yaml of the folders.",
      discussion: "Exits with 70 when a test fails. The language: alerts/README.md."
    )

    @OptionGroup var source: Source

    func run() throws {
      let paths = try source.rulePaths()
      guard let paths else {
        throw ValidationError("name a folder with *.test.yaml, or a configuration with 'rules'")
      }
      let outcome = try RuleTests.run(paths, rules: paths)
      guard outcome.tests > 0 else {
        throw ValidationError("there is no *.test.yaml in \(paths.joined(separator: ", "))")
      }
      for failure in outcome.failures { Terminal.write(failure + "\n") }
      Terminal.write(
        "\(outcome.tests) tests in \(outcome.files) files, "
          + (outcome.failures.isEmpty
            ? "all pass\n" : "\(outcome.failures.count) expectations not met\n")
      )
      if !outcome.failures.isEmpty { throw ExitPolicy.Status.failed.code }
    }
  }

  struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Writes the rules for Prometheus, with their tests for promtool.",
      discussion: """
        The verdict stays plumbline's, which allows for chance: Prometheus repeats what 'plumbline \
        metrics' says is firing, and notices when that stops.
        """
    )

    @OptionGroup var source: Source
    @Flag(help: "For Prometheus, the only form there is.") var prometheus = false
    @Option(name: [.short, .long], help: "The folder to write to.") var output = "."

    func run() throws {
      guard prometheus else { throw ValidationError("name the receiver: --prometheus") }
      let rules = try RuleSet.read(try source.rulePaths()).rules
      var alerting = AlertingSettings()
      if FileManager.default.fileExists(atPath: source.config) {
        alerting = try SharedOptions.settings(source.config).alerting
      }
      let folder = URL(fileURLWithPath: output)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      for (name, text) in [
        ("plumbline.rules.yml", PrometheusRules.rules(rules, alerting)),
        ("plumbline.rules.test.yml", PrometheusRules.tests(rules, file: "plumbline.rules.yml")),
      ] {
        let file = folder.appendingPathComponent(name)
        try text.write(to: file, atomically: true, encoding: .utf8)
        Terminal.log("wrote \(file.path)")
      }
    }
  }

  struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Says which rules evaluate what, when they fire, and what follows.",
      discussion: """
        With --check only the rules on that check; with --subject, --segment and --window only those \
        that apply to it, in the order in which they are asked.
        """
    )

    @OptionGroup var source: Source
    @Option(help: "Only rules on this check, such as psi.") var check: String?
    @Option(help: "Only rules that apply to this feature, 'score' or 'outcome'.") var subject:
      String?
    @Option(help: "Only rules that apply to this segment, such as region=North.") var segment:
      String?
    @Option(help: "Only rules that apply to this kind of window, such as 7d.") var window: String?

    func run() throws {
      let (rules, sources) = try RuleSet.read(try source.rulePaths())
      if let check, CheckName(rawValue: check) == nil {
        let names = CheckName.allCases.map(\.rawValue)
        throw ValidationError(
          "there is no check '\(check)'" + Spelling.suggestion(for: check, among: names)
        )
      }
      let kind = try window.map { text in
        guard let kind = WindowSpec(text) else {
          throw ValidationError("--window takes a kind such as 7d, 1w or 1mo")
        }
        return kind
      }
      let chosen = rules.filter { rule in
        let condition = rule.condition
        return check.map { condition.check.rawValue == $0 } ?? true
          && subject.map { name in condition.subjects.map { $0.contains(name) } ?? true } ?? true
          && kind.map { kind in condition.window.map { $0 == kind } ?? true } ?? true
          && segment.map { condition.covers(segment: $0) } ?? true
      }
      guard !chosen.isEmpty else {
        Terminal.write("no rule applies to it: its readings are reported as 'unjudged'\n")
        return
      }
      for rule in chosen {
        let origin = sources.origin(of: .rule(rule.name))
        Terminal.write(
          Terminal.style.bold(rule.name) + " · \(rule.severity.rawValue) · \(origin)\n"
            + rule.sentences.map { "  \($0)\n" }.joined()
        )
      }
    }
  }
}
