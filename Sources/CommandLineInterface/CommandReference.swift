// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation

/// All commands and their options as Markdown, made from what the parser knows.
package enum CommandReference {
  /// Renders the command trees of programs.
  ///
  /// - Parameters:
  ///   - preamble: What stands above them: a heading and how the text is made.
  ///   - programs: What each program prints with `--experimental-dump-help`, in the order of the
  ///     text.
  /// - Returns: A list of the commands, then a section for each.
  /// - Throws: A `DecodingError` where a text is no such document.
  package static func markdown(preamble: String, programs: [String]) throws -> String {
    let common = try decode(SharedOptions._dumpHelp()).command.visible
    let roots = try programs.map { try decode($0).command }
    var parts = [preamble]
    parts.append(index(roots.flatMap(\.tree)))
    parts.append("## Common options\n\nMost commands have them.")
    parts.append(table(common))
    parts += roots.flatMap(\.tree).flatMap { section($0, common) }
    return parts.joined(separator: "\n\n") + "\n"
  }

  private static func decode(_ text: String) throws -> Document {
    try JSONDecoder().decode(Document.self, from: Data(text.utf8))
  }

  /// The list of commands with links to their sections.
  private static func index(_ commands: [Document.Command]) -> String {
    var uses: [String: Int] = [:]
    let rows = commands.map { command in
      let name = command.path.replacing(" ", with: "-")
      // The anchor of a heading whose name was there before has a number.
      let anchor = uses[name].map { "\(name)-\($0)" } ?? name
      uses[name, default: 0] += 1
      return "| [`\(command.path)`](#\(anchor)) | \(cell(command.abstract ?? "")) |"
    }
    return "| command | |\n|---|---|\n" + rows.joined(separator: "\n")
  }

  private static func section(
    _ command: Document.Command,
    _ common: [Document.Argument]
  ) -> [String] {
    var parts = ["## \(command.path)"]
    parts += [command.abstract, command.discussion].compactMap(\.self).map(escaped)
    if let name = command.defaultSubcommand {
      parts.append("Without a subcommand it is `\(command.path) \(name)`.")
    }
    let own = command.visible.filter { !common.contains($0) }
    if !own.isEmpty { parts.append(table(own)) }
    if own.count < command.visible.count {
      parts.append("It has the [common options](#common-options).")
    }
    return parts
  }

  private static func table(_ arguments: [Document.Argument]) -> String {
    let rows = arguments.map { argument in
      var meaning = cell(argument.abstract ?? "")
      if let values = argument.allValues {
        meaning += " One of " + values.map { "`\($0)`" }.joined(separator: ", ") + "."
      }
      let otherwise = argument.defaultValue.map { "`\($0)`" }
      return "| `\(argument.synopsis)` | \(meaning) | "
        + "\(otherwise ?? (argument.isOptional ? "" : "required")) |"
    }
    return "| option | meaning | default |\n|---|---|---|\n" + rows.joined(separator: "\n")
  }

  /// Text within a table.
  private static func cell(_ text: String) -> String {
    escaped(text).replacing("|", with: "\\|").replacing("\n", with: " ")
  }

  /// Text that Markdown leaves as it is.
  private static func escaped(_ text: String) -> String {
    text.replacing("*", with: "\\*").replacing("<", with: "&lt;")
  }
}

/// The parser's description of a program: the first version of its format, as far as it is used.
private struct Document: Decodable {
  let command: Command

  struct Command: Decodable {
    let superCommands: [String]?
    let commandName: String
    let abstract: String?
    let discussion: String?
    let defaultSubcommand: String?
    let subcommands: [Command]?
    let arguments: [Argument]?

    var path: String { ((superCommands ?? []) + [commandName]).joined(separator: " ") }

    /// The command and all below it, without the one that the parser adds.
    var tree: [Command] {
      [self] + (subcommands ?? []).filter { $0.commandName != "help" }.flatMap(\.tree)
    }

    /// Arguments and options, without those that every command has.
    var visible: [Argument] {
      (arguments ?? []).filter { argument in
        argument.shouldDisplay
          && !(argument.names ?? []).contains { ["help", "version"].contains($0.name) }
      }
    }
  }

  struct Argument: Decodable, Hashable {
    let kind: String
    let shouldDisplay: Bool
    let isOptional: Bool
    let isRepeating: Bool
    let names: [Name]?
    let valueName: String?
    let defaultValue: String?
    let allValues: [String]?
    let abstract: String?

    /// How it is typed, such as `-o, --output <output>`.
    var synopsis: String {
      let name = (names ?? []).map(\.text).joined(separator: ", ")
      let value = kind == "flag" ? nil : valueName.map { "<\($0)>" + (isRepeating ? " …" : "") }
      return [name.isEmpty ? nil : name, value].compactMap(\.self).joined(separator: " ")
    }
  }

  struct Name: Decodable, Hashable {
    let kind: String
    let name: String

    var text: String { (kind == "long" ? "--" : "-") + name }
  }
}
