// SPDX-License-Identifier: Apache-2.0
import CommandLineSupport
import ArgumentParser
import CommandLineInterface
import Foundation
import TestKit
import Testing

/// The help of every command, and the reference that is made from it.
@Suite struct HelpTests {
  /// A command with the names by which it is called.
  struct Command: Sendable, CustomTestStringConvertible {
    let path: String
    let type: any ParsableCommand.Type

    var testDescription: String { path }

    /// A command and all below it.
    static func tree(_ type: any ParsableCommand.Type, below path: [String] = []) -> [Command] {
      let path = path + [type._commandName]
      return [Command(path: path.joined(separator: " "), type: type)]
        + type.configuration.subcommands.flatMap { tree($0, below: path) }
    }

    static let all = tree(Plumbline.self)
  }

  static let columns = 100

  /// The programs whose commands are not in the library.
  static let otherPrograms = ["plumbline-demo", "plumbline-trainer"]

  private func expectReadable(_ help: String, _ name: String) {
    #expect(!help.contains("\\"), "\(name): \(help)")
    for line in help.split(separator: "\n") {
      #expect(line.count <= Self.columns, "\(name): \(line)")
    }
    // The text of an option or subcommand begins at this column, below a name that is too long.
    let indent = 26
    let lines = help.split(separator: "\n", omittingEmptySubsequences: false)
    for (line, next) in zip(lines, lines.dropFirst()) {
      guard line.hasPrefix("  "), !line.hasPrefix("   "), !line.hasPrefix("  See ") else {
        continue
      }
      let text = line.dropFirst(indent - 1)
      let hasText = text.first == " " && text.dropFirst().first != " " && text.count > 1
      #expect(
        hasText || next.hasPrefix(String(repeating: " ", count: indent)),
        "\(name): '\(line)' has no help"
      )
    }
  }

  @Test func `every command is there`() {
    let paths = Set(Command.all.map(\.path))
    #expect(paths.count == Command.all.count && paths.count > 40)
    #expect(paths.isSuperset(of: ["plumbline", "plumbline check", "plumbline jobs work"]))
  }

  @Test(arguments: Command.all)
  func `a command says what it does and what each option means`(_ command: Command) {
    #expect(!command.type.configuration.abstract.isEmpty)
    let help = Plumbline.helpMessage(for: command.type, columns: Self.columns)
    #expect(help.contains("USAGE: \(command.path)"))
    expectReadable(HelpText.wrappingUsage(help, columns: Self.columns), command.path)
  }

  @Test(arguments: otherPrograms)
  func `so do the other programs`(_ name: String) async throws {
    try await Program.withFolder { folder in
      let help = try await Program(name, in: folder, dsn: "").run(["--help"])
      #expect(help.status == 0 && help.output.contains("USAGE: \(name)"), "\(help.errors)")
      expectReadable(help.output, name)
    }
  }

  @Test func `usage is wrapped between options`() {
    let usage = "USAGE: plumbline check [--config <config>] --name <name> [<paths> ...] [--all]"
    #expect(
      HelpText.wrappingUsage("OVERVIEW: Checks.\n\n\(usage)\n", columns: 42) == """
        OVERVIEW: Checks.

        USAGE: plumbline check [--config <config>]
                 --name <name> [<paths> ...]
                 [--all]

        """
    )
    #expect(HelpText.wrappingUsage(usage, columns: 100) == usage)
  }

  @Test func `the reference is what the programs say of themselves`() async throws {
    let preamble = """
      # Command line

      Made from the programs' own help; `PLUMBLINE_UPDATE_DOCS=1 bin/test --filter HelpTests` updates it.
      """
    var programs = [Plumbline._dumpHelp()]
    for name in Self.otherPrograms {
      let dump = try await Program.withFolder { folder in
        try await Program(name, in: folder, dsn: "").run(["--experimental-dump-help"])
      }
      #expect(dump.status == 0, "\(dump.errors)")
      programs.append(dump.output)
    }
    let text = try CommandReference.markdown(preamble: preamble, programs: programs)
    for command in Command.all { #expect(text.contains("\n## \(command.path)\n")) }
    let file = Golden.root.appendingPathComponent("docs/reference/cli.md")
    if ProcessInfo.processInfo.environment["PLUMBLINE_UPDATE_DOCS"] == nil {
      let stored = try String(contentsOf: file, encoding: .utf8)
      #expect(stored == text, "docs/reference/cli.md is not what the programs say")
    } else {
      try text.write(to: file, atomically: true, encoding: .utf8)
    }
  }
}
