// SPDX-License-Identifier: Apache-2.0
import Findings
import Profiles
package import YAMLSource

/// Reads rules from YAML in Prometheus's vocabulary.
package enum RuleFile {
  static let ruleKeys = [
    "alert", "when", "severity", "summary", "for", "keep_firing_for", "no_data", "inhibited_by",
    "then", "labels", "annotations",
  ]
  static let conditionKeys = [
    "check", "subject", "segment", "window", "above", "below", "drop", "rise", "change", "alpha",
    "min_sample", "resolve_below", "resolve_above", "resolve_within",
  ]

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

  /// Notes what is wrong with rules together: names that repeat, detectors that differ, inhibitors that are not
  /// there or go in a circle.
  package static func noteConflicts(_ rules: [Rule], faults: YAMLValue.FaultList) {
    noteDuplicates(rules, faults: faults)
    let names = rules.map(\.name)
    for rule in rules {
      for inhibitor in rule.policy.inhibitors where !names.contains(inhibitor) {
        faults.note(
          "'inhibited_by' names '\(inhibitor)', which is no rule"
            + Spelling.suggestion(for: inhibitor, among: names),
          at: rule.place
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
        faults.note("'inhibited_by' goes in a circle through '\(rule.name)'", at: rule.place)
      }
    }
  }

  private static func noteDuplicates(_ rules: [Rule], faults: YAMLValue.FaultList) {
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
    guard let root = value.mapping(known: ruleKeys) else { return nil }
    let name = root.required("alert")?.text()
    let condition = root.required("when").flatMap(self.condition)
    let severity = root.required("severity").flatMap { $0.word("severity", Severity.self) }
    let policy = policy(root)
    guard let name, let condition, let severity else { return nil }
    return Rule(
      name: name,
      group: group,
      condition: condition,
      severity: severity,
      summary: root.optional("summary")?.text(),
      policy: policy,
      place: value.place
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
      resolution: resolution(root, of: test),
      alpha: alpha ?? nil,
      minimumSample: (least ?? nil) ?? 0
    )
  }

  private static func policy(_ root: YAMLMapping) -> AlertPolicy {
    var policy = AlertPolicy()
    if let value = root.optional("for"),
      let persistence = value.parsed(
        "'2 of 3 windows' or a duration such as 2d",
        { AlertPolicy.Persistence($0) }
      )
    {
      policy.persistence = persistence
    }
    if let value = root.optional("keep_firing_for"),
      let duration = value.parsed("a duration such as 1d", { FixedDuration($0) })
    {
      policy.keepFiringFor = duration
    }
    if let value = root.optional("no_data")?.word("meaning of no data", AlertPolicy.NoData.self) {
      policy.noData = value
    }
    policy.inhibitors = root.optional("inhibited_by")?.list().compactMap { $0.text() } ?? []
    if let value = root.optional("then") {
      policy.actions = Set(value.list().compactMap { $0.word("action", AlertPolicy.Action.self) })
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
        item.fault("'\(key)' is no name of a label: letters, digits and _, the first no digit")
      } else if ownLabels.contains(key) {
        item.fault("'\(key)' is set by plumbline")
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
      value.fault("the rule's test takes '\(fitting)'")
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
      value.fault(
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
    guard let amount = amount("an amount such as 0.05 or 20%", value) else { return nil }
    switch key {
    case "drop": return .drop(amount)
    case "rise": return .rise(amount)
    default: return .change(amount)
    }
  }
}
