// SPDX-License-Identifier: Apache-2.0
import Checks
import Profiles
package import Settings

/// Reads rules from YAML in Prometheus's vocabulary.
package enum RuleFile {
  /// Returns the rules of one file's text; what is wrong, and where each rule is written, is
  /// gathered in `reading`.
  package static func rules(text: String, file: String, reading: YAMLReading) -> [Rule] {
    guard
      let root = YAMLValue.parse(text, file: file, reading: reading)?.mapping(known: fileKeys),
      let groups = root.required("groups")
    else { return [] }
    return groups.list().flatMap { value -> [Rule] in
      guard let group = value.mapping(known: groupKeys) else { return [] }
      let name = group.required("name")?.text() ?? ""
      return group.required("rules")?.list().compactMap { rule($0, group: name) } ?? []
    }
  }

  /// Notes what is wrong with rules together: detectors that differ, inhibitors that are not there
  /// or go in a circle.
  package static func noteConflicts(_ rules: [Rule], reading: YAMLReading) {
    noteDetectors(rules, reading: reading)
    let names = rules.map(\.name)
    for rule in rules {
      for inhibitor in rule.policy.inhibitors where !names.contains(inhibitor) {
        reading.note(
          "'inhibited_by' names '\(inhibitor)', which is no rule"
            + Spelling.suggestion(for: inhibitor, among: names),
          at: .rule(rule.name)
        )
      }
    }
    // A rule that is reached from its own inhibitors explains itself.
    for rule in rules {
      var reached: Set<String> = []
      var waiting = rule.policy.inhibitors
      while let name = waiting.popLast() {
        guard reached.insert(name).inserted else { continue }
        waiting += rules.first { $0.name == name }?.policy.inhibitors ?? []
      }
      if reached.contains(rule.name) {
        reading.note(
          "'inhibited_by' goes in a circle through '\(rule.name)'",
          at: .rule(rule.name)
        )
      }
    }
  }

  private static func noteDetectors(_ rules: [Rule], reading: YAMLReading) {
    for (index, rule) in rules.enumerated() where rule.condition.check.definition.isDetector {
      let other = rules[..<index].first {
        $0.condition.check == rule.condition.check
          && ($0.condition.test != rule.condition.test
            || $0.condition.alpha != rule.condition.alpha)
      }
      guard let other else { continue }
      let place = reading.sources.place(of: .rule(other.name))
      reading.note(
        "\(rule.condition.check.rawValue) is one detector for each version: give the same amount and "
          + "'alpha' as '\(other.name)'" + (place.map { " (see \($0))" } ?? ""),
        at: .rule(rule.name)
      )
    }
  }

  private static func rule(_ value: YAMLValue, group: String) -> Rule? {
    guard let root = value.mapping(known: ruleKeys) else { return nil }
    let name = root.required("alert")?.text()
    let condition = root.required("when").flatMap(self.condition)
    let severity = root.required("severity").flatMap { $0.choice("severity", Severity.self) }
    let policy = policy(root)
    guard let name, let condition, let severity else { return nil }
    if let first = value.reading.sources.exactPlace(of: .rule(name)) {
      value.addError("a second alert is called '\(name)' (see \(first))")
    } else {
      _ = value.at(.rule(name))
    }
    return Rule(
      name: name,
      group: group,
      condition: condition,
      severity: severity,
      summary: root.optional("summary")?.text(),
      policy: policy
    )
  }

  private static func condition(_ value: YAMLValue) -> Condition? {
    guard let root = value.mapping(known: conditionKeys) else { return nil }
    let check = root.required("check").flatMap(self.check)
    let test = test(root)
    let window = root.optional("window").map { value in
      value.parsed("a window such as 7d or 1mo") { WindowSpec($0) }
    }
    let alpha = root.optional("alpha").map { $0.number(in: 1e-9...0.5, "a chance such as 0.05") }
    if let check, !check.definition.takesAlpha {
      let takers = CheckName.allCases.filter(\.definition.takesAlpha).map(\.rawValue)
      root.optional("alpha")?.addError(
        "'alpha' belongs to \(takers.dropLast().joined(separator: ", ")) and \(takers.last ?? ""); "
          + "\(check.rawValue) is evaluated by its interval"
      )
    }
    if let check, let test { noteDetector(check, test: test, in: root) }
    if let check, check.definition.isDistance, let test, !test.isLevel {
      root.value.addError(
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
      resolution: resolution(root, of: test),
      alpha: alpha ?? nil,
      minimumSample: (least ?? nil) ?? 0
    )
  }

  private static func policy(_ root: YAMLMapping) -> AlertPolicy {
    var policy = AlertPolicy()
    if let value = root.optional("for"),
      let hold = value.parsed(
        "'2 of 3 windows' or a duration such as 2d",
        { AlertPolicy.HoldCondition($0) }
      )
    {
      policy.hold = hold
    }
    if let value = root.optional("keep_firing_for"),
      let duration = value.parsed("a duration such as 1d", { FixedDuration($0) })
    {
      policy.keepFiringFor = duration
    }
    if let value = root.optional("no_data")?.choice("meaning of no data", AlertPolicy.NoData.self) {
      policy.noData = value
    }
    policy.inhibitors = root.optional("inhibited_by")?.list().compactMap { $0.text() } ?? []
    if let value = root.optional("then") {
      policy.actions = Set(value.list().compactMap { $0.choice("action", AlertPolicy.Action.self) })
    }
    policy.labels = texts(root.optional("labels"), names: true)
    policy.annotations = texts(root.optional("annotations"), names: true)
    return policy
  }

  /// Labels that every notice has.
  static let ownLabels: Set<String> = [
    "alertname", "model", "version", "subject", "segment", "window", "severity", "env",
  ]

  /// A mapping of names to texts; names are those that Prometheus and Alertmanager take.
  private static func texts(_ value: YAMLValue?, names: Bool) -> [String: String] {
    guard let value else { return [:] }
    var texts: [String: String] = [:]
    for (key, item) in value.entries() {
      let isName = key.utf8.enumerated().allSatisfy { index, byte in
        byte == 0x5F || (0x61...0x7A).contains(byte | 0x20)
          || index > 0 && (0x30...0x39).contains(byte)
      }
      if !isName || key.isEmpty {
        item.addError("'\(key)' is no name of a label: letters, digits and _, the first no digit")
      } else if ownLabels.contains(key) {
        item.addError("'\(key)' is set by plumbline")
      } else if let text = item.text() {
        texts[key] = text
      }
    }
    return texts
  }

  /// The level at which an alert may resolve; it must lie on the good side of the test's.
  private static func resolution(
    _ root: YAMLMapping,
    of test: Condition.Test
  ) -> Condition.Test? {
    let given = ["resolve_below", "resolve_above", "resolve_within"].filter {
      root.optional($0) != nil
    }
    guard let key = given.first, let value = root.optional(key) else { return nil }
    let fitting =
      switch test {
      case .above: "resolve_below"
      case .below: "resolve_above"
      case .drop, .rise, .change: "resolve_within"
      }
    guard given == [fitting] else {
      value.addError("the rule's test takes '\(fitting)'")
      return nil
    }
    let least = key == "resolve_within" ? 0 : -Double.greatestFiniteMagnitude
    guard
      let level = amount(
        key == "resolve_within" ? "an amount such as 0.02" : "a number",
        value,
        from: least
      )
    else { return nil }
    let (resolution, isSafe): (Condition.Test, Bool) =
      switch (test, level) {
      case (.above(let limit), .absolute(let number)): (.above(number), number <= limit)
      case (.below(let limit), .absolute(let number)): (.below(number), number >= limit)
      case (.drop(let limit), _): (.drop(level), level.isAtMost(limit))
      case (.rise(let limit), _): (.rise(level), level.isAtMost(limit))
      case (.change(let limit), _): (.change(level), level.isAtMost(limit))
      case (.above(let limit), .relative(let share)): (.above(share), share <= limit)
      case (.below(let limit), .relative(let share)): (.below(share), share >= limit)
      }
    guard isSafe else {
      value.addError(
        "'\(key)' lies beyond the level that fires, or is of another kind (a number or a share)"
      )
      return nil
    }
    return resolution
  }

  /// A number, or a share of the reference's value where it ends with `%`.
  private static func amount(
    _ expected: String,
    _ value: YAMLValue,
    from least: Double = 0
  ) -> Condition.Amount? {
    let finite = least...Double.greatestFiniteMagnitude
    guard let number = value.number(in: finite, expected) else { return nil }
    return value.text()?.hasSuffix("%") ?? false ? .relative(number) : .absolute(number)
  }

  /// Notes what a detector that remembers cannot be asked.
  private static func noteDetector(
    _ check: CheckName,
    test: Condition.Test,
    in root: YAMLMapping
  ) {
    guard case .detector(let detector) = check.definition.evidence else { return }
    switch (detector, test) {
    case (.drop, .drop), (.oddsChange, .change(.relative)): break
    case (.drop, _):
      root.value.addError("\(check.rawValue) asks for 'drop', such as 0.05 or 10%")
    case (.oddsChange, _):
      root.value.addError(
        "\(check.rawValue) asks for 'change' as a share of the odds, such as 10%"
      )
    }
    root.optional("segment")?.addError("\(check.rawValue) evaluates all rows together")
    root.optional("min_sample")?.addError(
      "\(check.rawValue) knows by itself when it has seen enough"
    )
  }

  private static func check(_ value: YAMLValue) -> CheckName? {
    value.choice("check", CheckName.self)
  }

  private static func test(_ root: YAMLMapping) -> Condition.Test? {
    let given = ["above", "below", "drop", "rise", "change"].filter { root.optional($0) != nil }
    guard given.count == 1, let key = given.first, let value = root.optional(key) else {
      root.value.addError("give one of 'above', 'below', 'drop', 'rise' and 'change'")
      return nil
    }
    let finite = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
    switch key {
    case "above": return value.number(in: finite, "a number").map(Condition.Test.above)
    case "below": return value.number(in: finite, "a number").map(Condition.Test.below)
    default: break
    }
    guard let amount = amount("an amount such as 0.05 or 20%", value) else { return nil }
    switch key {
    case "drop": return .drop(amount)
    case "rise": return .rise(amount)
    default: return .change(amount)
    }
  }
}
