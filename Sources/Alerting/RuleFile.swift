// SPDX-License-Identifier: Apache-2.0
import Findings
import Profiles
package import YAMLSource

/// Reads rules from YAML in Prometheus's vocabulary.
package enum RuleFile {
  static let ruleKeys = ["alert", "when", "severity", "summary"]
  static let plannedRuleKeys = [
    "for": "alert states come in a later version",
    "keep_firing_for": "alert states come in a later version",
    "then": "delivery and retraining come in a later version",
    "labels": "delivery comes in a later version",
    "annotations": "delivery comes in a later version",
  ]
  static let conditionKeys = [
    "check", "subject", "segment", "window", "above", "below", "drop", "rise", "change", "alpha",
    "min_sample",
  ]
  static let plannedConditionKeys = ["resolve_below": "alert states come in a later version"]

  /// Returns the rules of one file's text; faults are gathered in `faults`.
  package static func rules(
    text: String,
    file: String,
    faults: YAMLValue.FaultList
  ) -> [Rule] {
    guard
      let root = YAMLValue.parse(text, file: file, faults: faults)?.mapping(known: ["groups"]),
      let groups = root.required("groups")
    else { return [] }
    return groups.list().flatMap { value -> [Rule] in
      guard let group = value.mapping(known: ["name", "rules"]) else { return [] }
      let name = group.required("name")?.text() ?? ""
      return group.required("rules")?.list().compactMap { rule($0, group: name) } ?? []
    }
  }

  /// Notes a fault for each rule whose name another one has.
  package static func noteDuplicates(_ rules: [Rule], faults: YAMLValue.FaultList) {
    for (index, rule) in rules.enumerated() {
      guard let first = rules[..<index].first(where: { $0.name == rule.name }) else { continue }
      faults.note("a second alert is called '\(rule.name)' (see \(first.place))", at: rule.place)
    }
    for (index, rule) in rules.enumerated() where rule.condition.check.isWatched {
      let other = rules[..<index].first {
        $0.condition.check == rule.condition.check
          && ($0.condition.test != rule.condition.test
            || $0.condition.alpha != rule.condition.alpha)
      }
      guard let other else { continue }
      faults.note(
        "\(rule.condition.check.rawValue) is one detector for each version: give the same amount and "
          + "'alpha' as '\(other.name)' (see \(other.place))",
        at: rule.place
      )
    }
  }

  private static func rule(_ value: YAMLValue, group: String) -> Rule? {
    guard let root = value.mapping(known: ruleKeys, planned: plannedRuleKeys) else { return nil }
    let name = root.required("alert")?.text()
    let condition = root.required("when").flatMap(self.condition)
    let severity = root.required("severity").flatMap { $0.word("severity", Severity.self) }
    guard let name, let condition, let severity else { return nil }
    return Rule(
      name: name,
      group: group,
      condition: condition,
      severity: severity,
      summary: root.optional("summary")?.text(),
      place: value.place
    )
  }

  private static func condition(_ value: YAMLValue) -> Condition? {
    guard let root = value.mapping(known: conditionKeys, planned: plannedConditionKeys) else {
      return nil
    }
    let check = root.required("check").flatMap(self.check)
    let test = test(root)
    let window = root.optional("window").map { value in
      value.parsed("a window such as 7d or 1mo") { WindowSpec($0) }
    }
    let alpha = root.optional("alpha").map { $0.number(in: 1e-9...0.5, "a chance such as 0.05") }
    if let check, ![.psi, .scorePSI, .recallDecay, .calibrationDecay].contains(check) {
      root.optional("alpha")?.fault(
        "'alpha' belongs to psi, score-psi, recall-decay and calibration-decay; "
          + "\(check.rawValue) is judged by its interval"
      )
    }
    if let check, let test { noteDetector(check, test, root) }
    if let check, check.isDistance, let test, !test.isLevel {
      root.value.fault(
        "\(check.rawValue) is itself a distance from the reference: use 'above' or 'below'"
      )
    }
    let least = root.optional("min_sample").map {
      $0.parsed("a whole number of rows") { Int($0).flatMap { $0 >= 0 ? $0 : nil } }
    }
    let subjects = root.optional("subject")?.list().compactMap { $0.text() }
    guard let check, let test else { return nil }
    return Condition(
      check: check,
      subjects: subjects == ["*"] ? nil : subjects,
      segment: root.optional("segment")?.text(),
      window: window ?? nil,
      test: test,
      alpha: alpha ?? nil,
      minimumSample: (least ?? nil) ?? 0
    )
  }

  /// Notes what a detector that remembers cannot be asked.
  private static func noteDetector(
    _ check: CheckName,
    _ test: Condition.Test,
    _ root: YAMLMapping
  ) {
    switch (check, test) {
    case (.recallDecay, .drop), (.calibrationDecay, .change(.relative)): break
    case (.recallDecay, _):
      root.value.fault("recall-decay asks for 'drop', such as 0.05 or 10%")
    case (.calibrationDecay, _):
      root.value.fault("calibration-decay asks for 'change' as a share of the odds, such as 10%")
    default: return
    }
    root.optional("segment")?.fault("\(check.rawValue) watches all rows together")
    root.optional("min_sample")?.fault("\(check.rawValue) knows by itself when it has seen enough")
  }

  private static func check(_ value: YAMLValue) -> CheckName? {
    value.word("check", CheckName.self)
  }

  private static func test(_ root: YAMLMapping) -> Condition.Test? {
    let given = ["above", "below", "drop", "rise", "change"].filter { root.optional($0) != nil }
    guard given.count == 1, let key = given.first, let value = root.optional(key) else {
      root.value.fault("give one of 'above', 'below', 'drop', 'rise' and 'change'")
      return nil
    }
    let finite = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
    switch key {
    case "above": return value.number(in: finite, "a number").map(Condition.Test.above)
    case "below": return value.number(in: finite, "a number").map(Condition.Test.below)
    default: break
    }
    guard let number = value.number(in: 0...finite.upperBound, "an amount such as 0.05 or 20%")
    else { return nil }
    let isShare = value.text()?.hasSuffix("%") ?? false
    let amount = isShare ? Condition.Amount.relative(number) : .absolute(number)
    switch key {
    case "drop": return .drop(amount)
    case "rise": return .rise(amount)
    default: return .change(amount)
    }
  }
}
