// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Turns text files into constants of a Swift enum: those in a folder `queries` or `copies` into
/// statements with the file's name, others into texts.
///
/// Called as `EmbedFiles TYPE OUTPUT FILE…`.
@main
struct EmbedFiles {
  static func main() throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    guard arguments.count >= 2 else { throw Fault.usage }
    var names: Set<String> = []
    var texts: [String] = []
    var hasStatements = false
    var lines: [String] = []
    for path in arguments.dropFirst(2) {
      let url = URL(fileURLWithPath: path)
      let name = url.deletingPathExtension().lastPathComponent.replacing(".", with: "_")
      // Names are flat: two files of one name would hide one another.
      guard names.insert(name).inserted else { throw Fault.clash(name) }
      let text = try String(contentsOf: url, encoding: .utf8)
      guard !text.contains("\"\"\"####") else { throw Fault.delimiter(path) }
      let isStatement = ["queries", "copies"].contains(
        url.deletingLastPathComponent().lastPathComponent
      )
      if isStatement {
        hasStatements = true
        lines.append("  static let `\(name)` = Statement(name: \"\(name)\", text: ####\"\"\"")
      } else {
        texts.append(name)
        lines.append("  static let `\(name)` = ####\"\"\"")
      }
      lines.append(text + "\n\"\"\"####" + (isStatement ? ")" : ""))
    }
    let listing = texts.sorted().map { "\"\($0)\": `\($0)`" }.joined(separator: ", ")
    lines.append("  /// All texts, by name.")
    lines.append("  static let all: [String: String] = [\(listing.isEmpty ? ":" : listing)]\n}")
    let head = hasStatements ? ["import Postgres", ""] : []
    let start = ["/// Text files of the package, by name.", "enum \(arguments[0]) {"]
    try (head + start + lines).joined(separator: "\n").write(
      toFile: arguments[1],
      atomically: true,
      encoding: .utf8
    )
  }

  enum Fault: Error {
    case usage
    case clash(String)
    case delimiter(String)
  }
}
