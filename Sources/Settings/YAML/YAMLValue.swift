// SPDX-License-Identifier: Apache-2.0
private import Yams

/// A value in a YAML file that knows its place and its path, and gathers what is wrong.
///
/// Reading never stops at the first error: each reader notes it and returns nil, so that the user
/// sees all of them at once. Every member that a reader asks for is recorded in the source map.
package struct YAMLValue {
  private let node: Node
  package let file: String
  package let path: ConfigPath
  package let reading: YAMLReading

  private init(_ node: Node, file: String, path: ConfigPath, reading: YAMLReading) {
    self.node = node
    self.file = file
    self.path = path
    self.reading = reading
  }

  /// Parses a file's text; nil, with an error noted, when it is no YAML or is empty.
  package static func parse(_ text: String, file: String, reading: YAMLReading) -> YAMLValue? {
    do {
      if let node = try compose(yaml: text) {
        return YAMLValue(node, file: file, path: ConfigPath(), reading: reading)
      }
      reading.note("the file is empty", place: Place(file: file, line: 1, column: 1))
    } catch let error as YamlError {
      let (message, mark) = describe(error)
      reading.note(
        message,
        place: Place(file: file, line: mark?.line ?? 1, column: mark?.column ?? 1)
      )
    } catch {
      reading.note("not YAML: \(error)", place: Place(file: file, line: 1, column: 1))
    }
    return nil
  }

  private static func describe(_ error: YamlError) -> (String, Mark?) {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      ("not YAML: \(problem)", mark)
    case .duplicatedKeysInMapping(let keys, let context):
      (
        "a key appears twice: \(keys.map(String.init(describing:)).joined(separator: ", "))",
        context.mark
      )
    default: ("not YAML: \(error)", nil)
    }
  }

  package var place: Place {
    Place(file: file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
  }

  /// Notes what is wrong with the value.
  package func addError(_ message: String) { reading.note(message, at: path, place: place) }

  /// The value under another path, which is recorded.
  package func at(_ path: ConfigPath) -> YAMLValue { child(node, path) }

  private func child(_ node: Node, _ path: ConfigPath) -> YAMLValue {
    let value = YAMLValue(node, file: file, path: path, reading: reading)
    reading.record(path, at: value.place)
    return value
  }

  /// A part that is not recorded: a key, or an element that gets its path later.
  private func part(_ node: Node) -> YAMLValue {
    YAMLValue(node, file: file, path: path, reading: reading)
  }

  /// The text of a scalar; nil, with an error, for a list or mapping.
  package func text() -> String? {
    if let scalar = node.scalar { return scalar.string }
    addError("expected one value, found a \(node.sequence == nil ? "mapping" : "list")")
    return nil
  }

  /// Whether a scalar is written in quotes.
  package var isQuoted: Bool {
    node.scalar.map { $0.style == .singleQuoted || $0.style == .doubleQuoted } ?? false
  }

  package var isScalar: Bool { node.scalar != nil }
  package var isMapping: Bool { node.mapping != nil }

  package func hasKey(_ key: String) -> Bool {
    node.mapping?.keys.contains { $0.string == key } ?? false
  }

  /// The member of a mapping, whatever other keys there are.
  func member(_ key: String) -> YAMLValue? {
    node.mapping?.first { $0.key.string == key }.map { child($0.value, path.key(key)) }
  }

  /// Notes the elements of a list of texts that repeat an earlier one.
  func noteRepeats(_ texts: [String]) {
    for (index, text) in texts.enumerated() where texts[..<index].contains(text) {
      reading.note("'\(text)' is listed twice", at: path[index])
    }
  }

  /// Whether the value is written as nothing, `null` or `~`.
  package var isNull: Bool { node.null != nil }

  /// The value that `parse` makes of the text; nil, with an error that says what was expected.
  package func parsed<Value>(_ expected: String, _ parse: (String) -> Value?) -> Value? {
    guard let text = text() else { return nil }
    if let value = parse(text) { return value }
    addError("expected \(expected), found '\(text)'")
    return nil
  }

  /// A number; `5%` is 0.05.
  package func number(in range: ClosedRange<Double>, _ expected: String) -> Double? {
    parsed(expected) { text in
      let value =
        text.hasSuffix("%") ? Double(text.dropLast()).map { $0 / 100 } : Double(text)
      return value.flatMap { range.contains($0) ? $0 : nil }
    }
  }

  /// One of a few values; anything else is an error with a suggestion.
  package func choice<Choice: RawRepresentable & CaseIterable>(
    _ what: String,
    _: Choice.Type
  ) -> Choice?
  where Choice.RawValue == String {
    guard let text = text() else { return nil }
    if let choice = Choice(rawValue: text) { return choice }
    let names = Choice.allCases.map(\.rawValue)
    addError(
      "unknown \(what) '\(text)'" + Spelling.suggestion(for: text, among: names)
        + " (one of: \(names.joined(separator: ", ")))"
    )
    return nil
  }

  /// The elements of a list; a single value counts as a list of one.
  package func list() -> [YAMLValue] {
    if let sequence = node.sequence {
      return sequence.enumerated().map { child($1, path[$0]) }
    }
    return isNull ? [] : [self]
  }

  /// The texts of a list's elements, in order; elements that are no text are errors.
  package func texts() -> [String] { list().compactMap { $0.text() } }

  /// The elements of a list of mappings that have names, with the paths that the names give.
  package func namedList(under parent: ConfigPath) -> [YAMLValue] {
    list().map { item in
      let name = item.node.mapping?.first { $0.key.string == "name" }?.value.string
      return name.map { item.at(parent[$0]) } ?? item
    }
  }

  /// The members of a mapping whose keys are the user's own; an error for anything else.
  package func entries() -> [(key: String, value: YAMLValue)] {
    guard let mapping = node.mapping else {
      addError("expected a mapping")
      return []
    }
    return mapping.compactMap { key, value in
      part(key).text().map { ($0, child(value, path.key($0))) }
    }
  }

  /// Returns the members of a mapping; nil, with an error, for anything else.
  package func mapping(known: [ConfigKey]) -> YAMLMapping? { mapping(known: known.map(\.name)) }

  /// Returns the members of a mapping whose keys are among `known`; nil, with an error, for
  /// anything else.
  package func mapping(known: [String]) -> YAMLMapping? {
    guard let mapping = node.mapping else {
      addError("expected a mapping with the keys \(known.joined(separator: ", "))")
      return nil
    }
    var members: [String: YAMLValue] = [:]
    for (key, value) in mapping {
      let keyValue = part(key)
      guard let name = keyValue.text() else { continue }
      if known.contains(name) {
        members[name] = child(value, path.key(name))
      } else {
        keyValue.addError("unknown key '\(name)'" + Spelling.suggestion(for: name, among: known))
      }
    }
    return YAMLMapping(value: self, members: members)
  }
}

/// A mapping whose keys have been checked.
package struct YAMLMapping {
  package let value: YAMLValue
  let members: [String: YAMLValue]

  package var memberCount: Int { members.count }

  /// The member of a key; nil when it is absent or null.
  package func optional(_ key: String) -> YAMLValue? {
    members[key].flatMap { $0.isNull ? nil : $0 }
  }

  /// The member of a key; nil, with an error, when it is absent.
  package func required(_ key: String) -> YAMLValue? {
    if let member = optional(key) { return member }
    value.addError("the key '\(key)' is missing")
    return nil
  }
}

extension [YAMLValue] {
  /// Returns what is read from each value, and notes values whose name an earlier one has; `what`
  /// is what each is, such as `model`.
  func reading<Named>(
    _ what: String,
    name: KeyPath<Named, String>,
    _ read: (YAMLValue) -> Named?
  ) -> [Named] {
    var elements: [Named] = []
    for value in self {
      guard let element = read(value) else { continue }
      if elements.contains(where: { $0[keyPath: name] == element[keyPath: name] }) {
        (value.member("name") ?? value).addError(
          "a second \(what) is called '\(element[keyPath: name])'"
        )
      }
      elements.append(element)
    }
    return elements
  }
}
