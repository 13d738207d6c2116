// SPDX-License-Identifier: Apache-2.0
private import Yams

/// A value in a YAML file that knows its place and gathers what is wrong.
///
/// Reading never stops at the first fault: each reader notes it and returns nil, so that the user
/// sees all of them at once.
package struct YAMLValue {
  private let node: Node
  package let file: String
  package let faults: FaultList

  /// The faults of one reading, shared by all values of it.
  package final class FaultList {
    package private(set) var faults: [YAMLFault] = []

    package init() {}

    package func note(_ message: String, at place: Place) {
      faults.append(YAMLFault(message, at: place))
    }

    /// Throws all faults, if there are any.
    package func throwIfAny() throws(YAMLFaults) {
      guard faults.isEmpty else { throw YAMLFaults(faults) }
    }
  }

  private init(_ node: Node, file: String, faults: FaultList) {
    self.node = node
    self.file = file
    self.faults = faults
  }

  /// Parses a file's text; nil, with a fault noted, when it is no YAML or is empty.
  package static func parse(_ text: String, file: String, faults: FaultList) -> YAMLValue? {
    do {
      if let node = try compose(yaml: text) {
        return YAMLValue(node, file: file, faults: faults)
      }
      faults.note("the file is empty", at: Place(file: file, line: 1, column: 1))
    } catch let error as YamlError {
      let (message, mark) = describe(error)
      faults.note(
        message,
        at: Place(file: file, line: mark?.line ?? 1, column: mark?.column ?? 1)
      )
    } catch {
      faults.note("not YAML: \(error)", at: Place(file: file, line: 1, column: 1))
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

  package func fault(_ message: String) { faults.note(message, at: place) }

  /// The text of a scalar; nil, with a fault, for a list or mapping.
  package func text() -> String? {
    if let scalar = node.scalar { return scalar.string }
    fault("expected one value, found a \(node.sequence == nil ? "mapping" : "list")")
    return nil
  }

  package func placedText() -> Placed<String>? { text().map { Placed($0, at: place) } }

  /// Whether a scalar is written in quotes.
  package var isQuoted: Bool {
    node.scalar.map { $0.style == .singleQuoted || $0.style == .doubleQuoted } ?? false
  }

  package var isScalar: Bool { node.scalar != nil }
  package var isMapping: Bool { node.mapping != nil }

  package func hasKey(_ key: String) -> Bool {
    node.mapping?.keys.contains { $0.string == key } ?? false
  }

  /// Whether the value is written as nothing, `null` or `~`.
  package var isNull: Bool { node.null != nil }

  /// The value that `parse` makes of the text; nil, with a fault that says what was expected.
  package func parsed<Value>(_ expected: String, _ parse: (String) -> Value?) -> Value? {
    guard let text = text() else { return nil }
    if let value = parse(text) { return value }
    fault("expected \(expected), found '\(text)'")
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

  /// One of a few words; anything else is a fault with a suggestion.
  package func word<Word: RawRepresentable & CaseIterable>(_ what: String, _: Word.Type) -> Word?
  where Word.RawValue == String {
    guard let text = text() else { return nil }
    if let word = Word(rawValue: text) { return word }
    let words = Word.allCases.map(\.rawValue)
    fault(
      "unknown \(what) '\(text)'" + Spelling.suggestion(for: text, among: words)
        + " (one of: \(words.joined(separator: ", ")))"
    )
    return nil
  }

  /// The elements of a list; a single value counts as a list of one.
  package func list() -> [YAMLValue] {
    if let sequence = node.sequence {
      return sequence.map { YAMLValue($0, file: file, faults: faults) }
    }
    return isNull ? [] : [self]
  }

  /// The members of a mapping whose keys are the user's own; a fault for anything else.
  package func entries() -> [(key: String, value: YAMLValue)] {
    guard let mapping = node.mapping else {
      fault("expected a mapping")
      return []
    }
    return mapping.compactMap { key, value in
      YAMLValue(key, file: file, faults: faults).text().map {
        ($0, YAMLValue(value, file: file, faults: faults))
      }
    }
  }

  /// The members of a mapping; nil, with a fault, for anything else.
  ///
  /// - `known`: The keys that may appear.
  package func mapping(known: [String]) -> YAMLMapping? {
    guard let mapping = node.mapping else {
      fault("expected a mapping with the keys \(known.joined(separator: ", "))")
      return nil
    }
    var members: [String: YAMLValue] = [:]
    for (key, value) in mapping {
      let keyValue = YAMLValue(key, file: file, faults: faults)
      guard let name = keyValue.text() else { continue }
      if known.contains(name) {
        members[name] = YAMLValue(value, file: file, faults: faults)
      } else {
        keyValue.fault("unknown key '\(name)'" + Spelling.suggestion(for: name, among: known))
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

  /// The member of a key; nil, with a fault, when it is absent.
  package func required(_ key: String) -> YAMLValue? {
    if let member = optional(key) { return member }
    value.fault("the key '\(key)' is missing")
    return nil
  }
}
