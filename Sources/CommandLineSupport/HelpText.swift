// SPDX-License-Identifier: Apache-2.0

/// Help as it is printed.
package enum HelpText {
  /// Wraps the lines of the usage, which the parser leaves as long as they are.
  ///
  /// - Parameters:
  ///   - text: A help screen, or an error with the usage below it.
  ///   - columns: The longest line that is left as it is.
  /// - Returns: The text; the other lines are as they were.
  package static func wrappingUsage(_ text: String, columns: Int = 80) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      ["USAGE: ", "Usage: "].contains { line.hasPrefix($0) } ? wrapped(line, columns) : String(line)
    }.joined(separator: "\n")
  }

  private static func wrapped(_ line: Substring, _ columns: Int) -> String {
    var lines: [String] = []
    for part in parts(line) {
      if let last = lines.last, last.count + 1 + part.count <= columns {
        lines[lines.count - 1] = last + " " + part
      } else {
        lines.append((lines.isEmpty ? "" : "         ") + part)
      }
    }
    return lines.joined(separator: "\n")
  }

  /// The words of a line; what stands in brackets, and an option with its value, stay together.
  private static func parts(_ line: Substring) -> [String] {
    var parts: [String] = []
    for word in line.split(separator: " ") {
      if let last = parts.last, isOpen(last) || (last.hasPrefix("-") && word.hasPrefix("<")) {
        parts[parts.count - 1] = last + " " + word
      } else {
        parts.append(String(word))
      }
    }
    return parts
  }

  private static func isOpen(_ part: String) -> Bool {
    part.count { $0 == "[" } > part.count { $0 == "]" }
  }
}
