// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A page of the documentation: its fenced blocks, links and anchors.
package struct MarkdownPage: Sendable {
  /// A fenced block.
  package struct Block: Sendable {
    /// What follows the opening fence, such as `yaml rules`.
    package let info: String
    /// The line of the opening fence, from 1.
    package let line: Int
    package let text: String

    package init(info: String, line: Int, text: String) {
      self.info = info
      self.line = line
      self.text = text
    }
  }

  package struct Link: Sendable {
    package let line: Int
    package let target: String
  }

  /// A command of a shell block.
  package struct Command: Sendable {
    package let line: Int
    /// The program and its arguments, as a shell would pass them.
    package let words: [String]
  }

  /// The path from the root of the repository.
  package let path: String
  package private(set) var blocks: [Block] = []
  package private(set) var links: [Link] = []
  /// The names by which `page.md#name` reaches a heading, as GitHub makes them.
  package private(set) var anchors: Set<String> = []
  /// The line of a fence that is never closed.
  package private(set) var openFence: Int?

  package init(path: String, text: String) {
    self.path = path
    var open: (info: String, line: Int, lines: [Substring])?
    var headings: [String: Int] = [:]
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      if line.hasPrefix("```") {
        if let block = open {
          blocks.append(
            Block(info: block.info, line: block.line, text: block.lines.joined(separator: "\n"))
          )
          open = nil
        } else {
          open = (line.dropFirst(3).trimmingCharacters(in: .whitespaces), index + 1, [])
        }
      } else if open != nil {
        open?.lines.append(line)
      } else {
        if let heading = Self.heading(line) {
          let count = headings[heading, default: 0]
          headings[heading] = count + 1
          anchors.insert(count == 0 ? heading : "\(heading)-\(count)")
        }
        // What stands in backquotes is shown as it is, links too.
        let shown = line.split(separator: "`", omittingEmptySubsequences: false).enumerated()
          .map { $0.offset.isMultiple(of: 2) ? String($0.element) : "" }.joined(separator: "`")
        links += shown.matches(of: /\]\(([^)\s]+)\)/).map {
          Link(line: index + 1, target: String($0.output.1))
        }
      }
    }
    openFence = open?.line
  }

  /// Returns the anchor of a heading; nil where the line is none.
  private static func heading(_ line: Substring) -> String? {
    let text = line.drop { $0 == "#" }
    guard text.count < line.count, text.first == " " else { return nil }
    return text.dropFirst().lowercased()
      .filter { $0.isLetter || $0.isNumber || "-_ ".contains($0) }
      .replacing(" ", with: "-")
  }
}

// MARK: - Pages

extension MarkdownPage {
  /// Reads a page by its path from the root of the repository.
  package init(path: String) throws {
    let file = Golden.root.appendingPathComponent(path)
    self.init(path: path, text: try String(contentsOf: file, encoding: .utf8))
  }
}

// MARK: - Commands

extension MarkdownPage {
  /// Returns the commands of a block's text, without comments; lines that end with a backslash are
  /// joined.
  package static func commandLines(in block: Block) -> [Command] {
    var commands: [Command] = []
    var words: [String] = []
    var start = 0
    for (index, line) in block.text.split(separator: "\n", omittingEmptySubsequences: false)
      .enumerated()
    {
      if words.isEmpty { start = block.line + 1 + index }
      let (found, goesOn) = shellWords(line)
      words += found
      if !goesOn, !words.isEmpty {
        commands.append(Command(line: start, words: words))
        words = []
      }
    }
    if !words.isEmpty { commands.append(Command(line: start, words: words)) }
    return commands
  }

  /// Splits a line into words as a shell does: quotes hold blanks, `#` begins a comment.
  private static func shellWords(_ line: Substring) -> (words: [String], goesOn: Bool) {
    var words: [String] = []
    var word: String?
    var quote: Character?
    for (offset, letter) in line.enumerated() {
      switch letter {
      case quote: quote = nil
      case _ where quote != nil: word?.append(letter)
      case "\"", "'":
        quote = letter
        word = word ?? ""
      case " ":
        if let whole = word { words.append(whole) }
        word = nil
      case "#" where word == nil: return (words, false)
      case "\\" where offset == line.count - 1: return (words, true)
      default: word = (word ?? "") + String(letter)
      }
    }
    if let word { words.append(word) }
    return (words, false)
  }
}
