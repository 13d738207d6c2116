// SPDX-License-Identifier: Apache-2.0
import Alerting
import ArgumentParser
import CommandLineInterface
import Foundation
import Settings
import Simulator
import TestKit
import Testing

/// What the documentation shows is so: links lead somewhere, configurations are accepted.
@Suite struct DocumentationTests {
  @Test func `every relative link and anchor resolves`() throws {
    let pages = try MarkdownPage.all()
    let anchors = Dictionary(uniqueKeysWithValues: pages.map { ($0.path, $0.anchors) })
    for page in pages {
      #expect(page.openFence == nil, "\(page.path):\(page.openFence ?? 0): the fence stays open")
      for link in page.links where !link.target.contains("://") {
        let parts = link.target.split(
          separator: "#",
          maxSplits: 1,
          omittingEmptySubsequences: false
        )
        let target = parts[0].isEmpty ? page.path : Self.path(String(parts[0]), from: page.path)
        let file = Golden.root.appendingPathComponent(target).path
        #expect(
          FileManager.default.fileExists(atPath: file),
          "\(page.path):\(link.line): there is no \(target)"
        )
        guard parts.count == 2, let known = anchors[target] else { continue }
        #expect(
          known.contains(String(parts[1])),
          "\(page.path):\(link.line): \(target) has no heading #\(parts[1])"
        )
      }
    }
  }

  @Test func `every page is reached from the index`() throws {
    let pages = try MarkdownPage.all().filter { $0.path.hasPrefix("docs/") }
    let index = try #require(pages.first { $0.path == "docs/README.md" })
    let listed = Set(index.links.map { Self.path($0.target, from: index.path) })
    for page in pages where page.path != index.path {
      #expect(listed.contains(page.path), "docs/README.md does not list \(page.path)")
    }
  }

  @Test func `the first page is short`() throws {
    let size = try Data(contentsOf: Golden.root.appendingPathComponent("README.md")).count
    #expect(size <= 8_192, "README.md has \(size) bytes")
  }

  @Test func `every block says how it is tested`() throws {
    let known =
      ["sh", "sh shell", "sql", "python", "json", "console", "text"]
      + Self.readers.map { "yaml \($0.key)" }
    for page in try MarkdownPage.all() {
      for block in page.blocks {
        #expect(known.contains(block.info), "\(page.path):\(block.line): ```\(block.info)")
      }
    }
  }

  @Test func `every configuration, rule and calendar is accepted`() throws {
    for page in try MarkdownPage.all() {
      for block in page.blocks where block.info.hasPrefix("yaml ") {
        let read = try #require(Self.readers[String(block.info.dropFirst(5))])
        // Errors then name the line of the page.
        let text = String(repeating: "\n", count: block.line) + block.text
        #expect(throws: Never.self, "\(page.path):\(block.line)") { try read(text, page.path) }
      }
    }
  }

  @Test func `every command of the documentation exists`() throws {
    for page in try MarkdownPage.all() {
      for block in page.blocks where block.info == "sh" {
        for command in MarkdownPage.commandLines(in: block)
        where command.words.first == "plumbline" {
          #expect(throws: Never.self, "\(page.path):\(command.line)") {
            _ = try Plumbline.parseAsRoot(Array(command.words.dropFirst()))
          }
        }
      }
    }
  }

  @Test func `the tests of rules that the documentation shows pass`() throws {
    let reading = YAMLReading()
    let file = Golden.root.appendingPathComponent("alerts/churn.rules.yaml")
    let rules = RuleFile.rules(
      text: try String(contentsOf: file, encoding: .utf8),
      file: file.path,
      reading: reading
    )
    try reading.throwIfAny()
    var count = 0
    for page in try MarkdownPage.all() {
      for block in page.blocks where block.info == "yaml rules.test" {
        let tests = try #require(
          RuleTestFile(text: block.text, file: page.path, reading: reading),
          "\(page.path):\(block.line)"
        )
        count += tests.tests.count
        let failures = tests.tests.flatMap { $0.failures(rules) }
        #expect(failures.isEmpty, "\(page.path):\(block.line): \(failures)")
      }
    }
    #expect(count > 0)
  }

  @Test func `every table and view of the schema is described`() throws {
    let root = Golden.root
    let schema = try String(
      contentsOf: root.appendingPathComponent("sql/schema.sql"),
      encoding: .utf8
    )
    let page = try String(
      contentsOf: root.appendingPathComponent("docs/reference/sql-schema.md"),
      encoding: .utf8
    )
    let names = schema.matches(of: /CREATE (?:TABLE|VIEW) plumbline\.(\w+)/).map(\.output.1)
    #expect(!names.isEmpty)
    for name in names { #expect(page.contains("`\(name)`"), "sql-schema.md lacks \(name)") }
  }

  @Test func `commands are split as a shell splits them`() {
    let block = MarkdownPage.Block(
      info: "sh",
      line: 10,
      text: """
        plumbline check            # as of now
        plumbline note add "price rise" \\
          --author 'A. Lovelace'

        # nothing
        """
    )
    let commands = MarkdownPage.commandLines(in: block)
    #expect(commands.map(\.line) == [11, 12])
    #expect(commands.first?.words == ["plumbline", "check"])
    #expect(
      commands.last?.words == [
        "plumbline", "note", "add", "price rise", "--author", "A. Lovelace",
      ]
    )
  }

  /// Returns the path from the root of what a page links to.
  private static func path(_ target: String, from page: String) -> String {
    var parts = page.split(separator: "/").dropLast().map(String.init)
    for part in target.split(separator: "/") {
      switch part {
      case ".": continue
      case "..": _ = parts.popLast()
      default: parts.append(String(part))
      }
    }
    return parts.joined(separator: "/")
  }
}

// MARK: - Readers

extension DocumentationTests {
  /// Reads the text of a block; the path is for errors.
  private typealias Reader = @Sendable (_ text: String, _ path: String) throws -> Void

  /// What reads a `yaml` block, by the rest of its info string.
  private static let readers: [String: Reader] = [
    "plumbline.yaml": { _ = try SettingsFile.read(text: $0, file: $1) },
    "plumbline.yaml keys": { _ = try SettingsFile.read(text: model + "\n" + $0, file: $1) },
    "model": { text, path in
      let lines = text.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n")
      _ = try SettingsFile.read(text: model + "\n" + lines, file: path)
    },
    "rules": { text, path in
      let reading = YAMLReading()
      let rules = RuleFile.rules(text: text, file: path, reading: reading)
      RuleFile.noteConflicts(rules, reading: reading)
      try reading.throwIfAny()
      #expect(!rules.isEmpty, "\(path)")
    },
    "rules.test": { text, path in
      let reading = YAMLReading()
      _ = RuleTestFile(text: text, file: path, reading: reading)
      try reading.throwIfAny()
    },
    "calendar": { _ = try OperatorCalendar.read(text: $0, file: $1) },
    "alertmanager.yml": { text, path in
      let reading = YAMLReading()
      _ = YAMLValue.parse(text, file: path, reading: reading)
      try reading.throwIfAny()
    },
  ]

  /// The least that a configuration needs; keys of a model may follow.
  private static let model = """
    models:
      - name: churn
        predictions:
          table: crm.predictions
          id: prediction_id
          time: predicted_at
          score: score
          version: model_version
          entity: customer_id
        outcomes:
          table: crm.outcomes
          prediction: prediction_id
          time: observed_at
          label: label
          horizon: 90d
        reference: { from: 2026-01-01, to: 2026-04-01 }
    """
}
