// SPDX-License-Identifier: Apache-2.0

/// The functions, initializers, subscripts and computed properties of a file.
struct SwiftDeclarations {
  struct Declaration {
    let name: String
    let line: Int
    let lastLine: Int
    let parameters: Int
    let unlabelled: Int
    /// Whether it is an initializer that does nothing but assign.
    let onlyStores: Bool

    /// From its own line to the bracket that ends it.
    var lines: Int { lastLine - line + 1 }
  }

  private(set) var all: [Declaration] = []
  private let tokens: [SwiftScanner.Token]

  init(_ scanner: SwiftScanner) {
    tokens = scanner.tokens
    for index in tokens.indices where tokens[index].kind == .word {
      let declaration =
        switch tokens[index].text {
        case "func", "init", "subscript": function(at: index)
        case "deinit": property(at: index, body: index + 1)
        case "var": computed(at: index)
        default: nil as Declaration?
        }
      if let declaration { all.append(declaration) }
    }
  }

  // MARK: Declarations

  private func function(at index: Int) -> Declaration? {
    guard index == 0 || text(index - 1) != "." else { return nil }
    let keyword = tokens[index].text
    var name = keyword
    var next = index + 1
    if keyword == "func" {
      // An operator's name is all symbols up to its parameters.
      name = text(next)
      next += 1
      while tokens.indices.contains(next), text(next) != "(",
        text(next) != "<" || tokens[next - 1].kind == .symbol && tokens[next].isAttached
      {
        name += text(next)
        next += 1
      }
    } else if text(next) == "?" || text(next) == "!" {
      next += 1
    }
    if text(next) == "<" { next = (closingAngle(next, before: tokens.count) ?? next) + 1 }
    guard text(next) == "(" else { return nil }
    let end = closing(next)
    let parameters = parameters(in: (next + 1)..<end)
    let body = body(after: end + 1)
    return Declaration(
      name: name,
      line: tokens[index].line,
      lastLine: tokens[body.map(closing) ?? end].line,
      parameters: parameters.count,
      unlabelled: parameters.count { label($0) == "_" },
      onlyStores: keyword == "init"
        && (body.map { onlyAssigns(in: ($0 + 1)..<closing($0)) } ?? false)
    )
  }

  /// A property with accessors: it has a type, and a body instead of a value.
  private func computed(at index: Int) -> Declaration? {
    guard text(index + 2) == ":", let body = body(after: index + 3) else { return nil }
    return property(at: index, body: body)
  }

  private func property(at index: Int, body: Int) -> Declaration? {
    guard text(body) == "{" else { return nil }
    return Declaration(
      name: tokens[index].text == "var" ? text(index + 1) : tokens[index].text,
      line: tokens[index].line,
      lastLine: tokens[closing(body)].line,
      parameters: 0,
      unlabelled: 0,
      onlyStores: false
    )
  }

  // MARK: Parts

  private func text(_ index: Int) -> String {
    guard tokens.indices.contains(index), tokens[index].kind != .string else { return "" }
    return tokens[index].text
  }

  private static let opening: Set<String> = ["(", "[", "{"]
  private static let closing: Set<String> = [")", "]", "}"]

  /// Where the bracket that begins at a place ends.
  private func closing(_ index: Int) -> Int {
    var depth = 0
    for place in index..<tokens.count {
      if Self.opening.contains(text(place)) { depth += 1 }
      if Self.closing.contains(text(place)) { depth -= 1 }
      if depth == 0 { return place }
    }
    return tokens.count - 1
  }

  /// Where the generic arguments that begin at a place end; nil where it is a comparison.
  private func closingAngle(_ index: Int, before end: Int) -> Int? {
    var depth = 0
    for place in index..<end {
      if text(place) == "<" { depth += 1 }
      if text(place) == ">" { depth -= 1 }
      if depth == 0 { return place }
    }
    return nil
  }

  /// The comma-separated parts of a parameter list.
  private func parameters(in range: Range<Int>) -> [Range<Int>] {
    var parts: [Range<Int>] = []
    var (start, index) = (range.lowerBound, range.lowerBound)
    while index < range.upperBound {
      if Self.opening.contains(text(index)) {
        index = closing(index)
      } else if text(index) == "<", tokens[index].isAttached, tokens[index - 1].kind == .word {
        index = closingAngle(index, before: range.upperBound) ?? index
      } else if text(index) == "," {
        parts.append(start..<index)
        start = index + 1
      }
      index += 1
    }
    if start < range.upperBound { parts.append(start..<range.upperBound) }
    return parts
  }

  /// A parameter's label, behind its attributes.
  private func label(_ parameter: Range<Int>) -> String {
    var index = parameter.lowerBound
    while text(index) == "@" {
      index += 2
      if text(index) == "(" { index = closing(index) + 1 }
    }
    return text(index)
  }

  /// What begins a line that goes on with a signature or an expression.
  private static let leading: Set<String> = [
    "->", "async", "throws", "rethrows", "where", "{", ",", ":", "&", "=", ".", "<", ">", "?", "+",
    "-", "*", "/", "%", "|", "^", "==",
  ]
  /// What ends a line that goes on in the next one.
  private static let trailing: Set<String> = [
    "->", "where", ",", ":", "&", "=", ".", "<", "+", "-", "*", "/", "%", "|", "^", "==",
  ]

  private func continues(_ index: Int) -> Bool {
    tokens[index].line == tokens[index - 1].line || Self.leading.contains(text(index))
      || Self.trailing.contains(text(index - 1))
  }

  /// The bracket of the body of what is declared up to a place; nil where it has none.
  private func body(after start: Int) -> Int? {
    var index = start
    while tokens.indices.contains(index), continues(index) {
      switch text(index) {
      case "{": return index
      case "=", ";", "}", ")", "]": return nil
      case "(", "[": index = closing(index)
      default: break
      }
      index += 1
    }
    return nil
  }

  /// Whether statements do nothing but assign to names, or to several at once.
  private func onlyAssigns(in range: Range<Int>) -> Bool {
    var index = range.lowerBound
    guard !range.isEmpty else { return false }
    while index < range.upperBound {
      if text(index) == "unsafe" { index += 1 }
      if text(index) == "(" {
        index = closing(index) + 1
      } else {
        guard tokens[index].kind == .word else { return false }
        index += 1
        while index < range.upperBound, text(index) == "." { index += 2 }
      }
      guard index < range.upperBound, text(index) == "=" else {
        return false
      }
      index += 1
      while index < range.upperBound, continues(index), text(index) != ";" {
        if Self.opening.contains(text(index)) { index = closing(index) }
        index += 1
      }
      if text(index) == ";" { index += 1 }
    }
    return true
  }
}
