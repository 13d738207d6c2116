// SPDX-License-Identifier: Apache-2.0

/// Swift as far as rules of style need it: words, brackets and comments with their lines.
///
/// It knows nested comments, strings of every kind with what is interpolated in them, and names in
/// backticks. It does not know regular expressions between slashes.
struct SwiftScanner {
  struct Token: Equatable {
    enum Kind { case word, string, symbol }

    let kind: Kind
    /// A string's content, without quotes and with interpolations as written.
    let text: String
    let line: Int
    /// Whether it follows the token before without a space.
    var isAttached = false
  }

  private(set) var tokens: [Token] = []
  /// The lines, counted from 1, that hold a comment or a part of one.
  private(set) var commentLines: Set<Int> = []
  private let bytes: [UInt8]
  private var position = 0
  private var line = 1
  private var lastEnd = 0

  init(_ text: String) {
    bytes = Array(text.utf8)
    scan(isInterpolation: false)
  }

  /// Reads code up to the end or, in an interpolation, to the parenthesis that ends it.
  private mutating func scan(isInterpolation: Bool) {
    var depth = 0
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\n"):
        line += 1
        position += 1
      case UInt8(ascii: " "), UInt8(ascii: "\t"): position += 1
      case UInt8(ascii: "/") where isAt("/", "/"): lineComment()
      case UInt8(ascii: "/") where isAt("/", "*"): blockComment()
      case UInt8(ascii: "\""): string(hashes: 0)
      case UInt8(ascii: "#") where hashesBeforeQuote > 0: string(hashes: hashesBeforeQuote)
      case UInt8(ascii: "`"): quotedName()
      case let byte where Self.isOfWord(byte):
        let start = position
        while position < bytes.count, Self.isOfWord(bytes[position]) { position += 1 }
        append(.word, from: start, on: line)
      case UInt8(ascii: ")") where isInterpolation && depth == 0:
        position += 1
        return
      case let byte:
        if byte == UInt8(ascii: "(") { depth += 1 }
        if byte == UInt8(ascii: ")") { depth -= 1 }
        let start = position
        position += isAt("-", ">") || isAt("=", "=") ? 2 : 1
        append(.symbol, from: start, on: line)
      }
    }
  }

  private static func isOfWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "$"), 0x80...0xFF:
      true
    default: false
    }
  }

  private func isAt(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> Bool {
    position + 1 < bytes.count && bytes[position] == UInt8(ascii: first)
      && bytes[position + 1] == UInt8(ascii: second)
  }

  private func isAt(_ pattern: [UInt8]) -> Bool {
    bytes[position] == pattern[0] && bytes[position...].starts(with: pattern)
  }

  private mutating func append(_ kind: Token.Kind, from start: Int, on line: Int) {
    tokens.append(
      Token(
        kind: kind,
        text: String(decoding: bytes[start..<position], as: UTF8.self),
        line: line,
        isAttached: start == lastEnd
      )
    )
    lastEnd = position
  }

  private mutating func lineComment() {
    commentLines.insert(line)
    while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { position += 1 }
  }

  private mutating func blockComment() {
    var depth = 0
    while position < bytes.count {
      commentLines.insert(line)
      if isAt("/", "*") {
        depth += 1
        position += 2
      } else if isAt("*", "/") {
        depth -= 1
        position += 2
        if depth == 0 { return }
      } else {
        if bytes[position] == UInt8(ascii: "\n") { line += 1 }
        position += 1
      }
    }
  }

  /// The hash signs with which a string begins here; 0 where none does.
  private var hashesBeforeQuote: Int {
    let end = bytes[position...].firstIndex { $0 != UInt8(ascii: "#") } ?? bytes.count
    return end < bytes.count && bytes[end] == UInt8(ascii: "\"") ? end - position : 0
  }

  private mutating func string(hashes: Int) {
    position += hashes
    let quotes = bytes[position...].starts(with: "\"\"\"".utf8) ? 3 : 1
    let marks = Array(repeating: UInt8(ascii: "#"), count: hashes)
    let end = Array(repeating: UInt8(ascii: "\""), count: quotes) + marks
    let escape = [UInt8(ascii: "\\")] + marks
    position += quotes
    let (start, first) = (position, line)
    while position < bytes.count, !isAt(end) {
      if isAt(escape) {
        position += escape.count
        if position < bytes.count, bytes[position] == UInt8(ascii: "(") {
          position += 1
          let kept = tokens.count
          scan(isInterpolation: true)
          tokens.removeSubrange(kept...)
          continue
        }
      }
      if position < bytes.count, bytes[position] == UInt8(ascii: "\n") { line += 1 }
      position += 1
    }
    position = min(position, bytes.count)
    append(.string, from: start, on: first)
    position = min(position + end.count, bytes.count)
    lastEnd = position
  }

  private mutating func quotedName() {
    let start = position
    position += 1
    while position < bytes.count, bytes[position] != UInt8(ascii: "`") { position += 1 }
    position = min(position + 1, bytes.count)
    append(.word, from: start, on: line)
  }
}
