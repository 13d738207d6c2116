// SPDX-License-Identifier: Apache-2.0
import Checks
import Profiles
package import Settings

/// Unit tests of rules in the rules' own language.
package struct RuleTestFile: Sendable {
  /// The rules under test, relative to the file; nil for those that hold.
  package var ruleFiles: [String]?
  package var tests: [RuleTest]

  /// Reads a file's text; what is wrong is gathered in `reading`.
  package init?(text: String, file: String, reading: YAMLReading) {
    guard
      let root = YAMLValue.parse(text, file: file, reading: reading)?.mapping(known: Self.keys)
    else { return nil }
    ruleFiles = root.optional("rule_files")?.texts()
    tests = root.required("tests")?.list().compactMap { RuleTest($0) } ?? []
  }
}

/// Readings of one window after another, and the alerts that should come of them.
package struct RuleTest: Sendable {
  /// One reading, window by window.
  struct Series: Sendable {
    let check: CheckName
    let subject: String
    let segment: String?
    let reference: Double?
    /// Half the width of the interval of each value.
    let margin: Double
    let sample: Int
    let values: [Value]
  }

  enum Value: Sendable, Hashable {
    case number(Double)
    case noData, immature, noReference
  }

  /// What should be so after a check.
  struct Expectation: Sendable {
    let place: Place
    /// The check, counted from 1.
    let check: Int
    /// The rules that have an alert in a state: exactly these.
    let states: [AlertState: Set<String>]
    /// Whether a firing alert starts a retraining, or notifies somebody.
    let actions: [AlertPolicy.Action: Bool]
  }

  package let name: String
  let place: Place
  let window: WindowSpec
  /// From check to check; nil for windows that do not overlap.
  let every: FixedDuration?
  let series: [Series]
  let expectations: [Expectation]
}

extension RuleTest {
  static let stateKeys: [(String, AlertState)] = [
    ("firing", .firing), ("pending", .pending), ("resolved", .resolved), ("no_data", .noData),
  ]

  init?(_ value: YAMLValue) {
    guard let root = value.mapping(known: Self.keys) else { return nil }
    let window = root.optional("window").map { item in
      item.parsed("a window such as 7d or 1mo") { WindowSpec($0) }
    }
    let every = root.optional("every").map { item in
      item.parsed("a duration such as 1d") { text in
        FixedDuration(text).flatMap { $0 > .zero ? $0 : nil }
      }
    }
    let series = root.required("readings")?.list().compactMap(Self.series) ?? []
    let count = series.map(\.values.count).max() ?? 0
    let expectations =
      root.required("expect")?.list().compactMap { Self.expectation($0, checks: count) } ?? []
    guard let name = root.required("name")?.text() else { return nil }
    self.init(
      name: name,
      place: value.place,
      window: (window ?? nil) ?? .sliding(days: 7),
      every: every ?? nil,
      series: series,
      expectations: expectations
    )
  }

  private static func series(_ value: YAMLValue) -> Series? {
    guard let root = value.mapping(known: Self.readingKeys) else { return nil }
    let check = root.required("check")?.choice("check", CheckName.self)
    let finite = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
    let values = root.required("values").flatMap(values)
    let sample = root.optional("sample").map { item in
      item.parsed("a whole number of rows") { Int($0).flatMap { $0 >= 0 ? $0 : nil } }
    }
    guard let check, let values else { return nil }
    return Series(
      check: check,
      subject: root.optional("subject")?.text() ?? "score",
      segment: root.optional("segment")?.text(),
      reference: root.optional("reference").flatMap { $0.number(in: finite, "a number") },
      margin: root.optional("margin").flatMap { $0.number(in: 0...finite.upperBound, "a number") }
        ?? 0,
      sample: (sample ?? nil) ?? 1_000_000,
      values: values
    )
  }

  /// Reads `0.05x3 0.31 no_data immature`.
  private static func values(_ value: YAMLValue) -> [Value]? {
    let texts = value.texts()
    var values: [Value] = []
    for part in texts.flatMap({ $0.split(separator: " ") }) {
      let parts = part.split(separator: "x", maxSplits: 1)
      let isRepeated = parts.count == 2 && Double(parts[0]) != nil && Int(parts[1]) != nil
      let text = isRepeated ? parts[0] : part
      let times = isRepeated ? Int(parts[1]) ?? 1 : 1
      let item: Value
      switch text {
      case "no_data": item = .noData
      case "immature": item = .immature
      case "no_reference": item = .noReference
      default:
        guard let number = Double(text), number.isFinite, (1...10_000).contains(times) else {
          value.addError(
            "expected numbers such as 0.1 or 0.1x5, or no_data, immature, no_reference; found '\(part)'"
          )
          return nil
        }
        item = .number(number)
      }
      values += Array(repeating: item, count: times)
    }
    guard !values.isEmpty else {
      value.addError("give at least one value")
      return nil
    }
    return values
  }

  private static func expectation(_ value: YAMLValue, checks: Int) -> Expectation? {
    let keys = stateKeys.map(\.0)
    guard let root = value.mapping(known: Self.expectationKeys) else { return nil }
    let check = root.required("at")?.parsed("the number of a check, 1 to \(checks)") {
      Int($0).flatMap { (1...max(1, checks)).contains($0) ? $0 : nil }
    }
    var states: [AlertState: Set<String>] = [:]
    for (key, state) in stateKeys {
      states[state] = root.optional(key).map { Set($0.texts()) }
    }
    var actions: [AlertPolicy.Action: Bool] = [:]
    for action in AlertPolicy.Action.allCases {
      actions[action] = root.optional(action.rawValue).flatMap { item in
        item.parsed("true or false") { Bool($0) }
      }
    }
    if states.isEmpty, actions.isEmpty {
      value.addError(
        "say what is expected: \((keys + ["retrain", "notify"]).joined(separator: ", "))"
      )
      return nil
    }
    return check.map {
      Expectation(place: value.place, check: $0, states: states, actions: actions)
    }
  }
}
