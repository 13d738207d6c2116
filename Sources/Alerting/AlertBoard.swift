// SPDX-License-Identifier: Apache-2.0
package import Checks
package import Profiles

/// What a check saw of the windows of a model, for its alerts.
package struct AlertView: Sendable {
  /// What windows said, by alert.
  package var seen: [AlertKey: [AlertObservation]] = [:]
  /// Versions that score now, for each kind of window that is watched.
  package var inUse: [WindowSpec: Set<String>] = [:]
  /// What was evaluated, by version.
  package var watched: [String: Set<Watched>] = [:]

  /// A subject, in a segment or of all rows.
  package struct Watched: Sendable, Hashable {
    let subject: String
    let segment: String?

    package init(_ subject: String, segment: String? = nil) {
      self.subject = subject
      self.segment = segment
    }
  }

  package init() {}

  /// Takes in what the rules said of one window.
  ///
  /// - `ruleFindings`: Every rule's finding on every reading that it matches.
  package mutating func add(
    _ ruleFindings: [Finding],
    by rules: [String: Rule],
    version: String,
    kind: WindowSpec,
    range: TimeRange
  ) {
    for finding in ruleFindings {
      watched[version, default: []].insert(
        Watched(finding.reading.subject, segment: finding.reading.segment)
      )
      guard let rule = finding.rule.flatMap({ rules[$0] }),
        let observation = AlertObservation(finding, in: range, by: rule)
      else { continue }
      let key = AlertKey(
        version: version,
        rule: rule.name,
        subject: finding.reading.subject,
        segment: finding.reading.segment,
        window: kind
      )
      seen[key, default: []].append(observation)
    }
  }
}

/// An alert after a check.
package struct AlertChange: Sendable {
  package let key: AlertKey
  /// Nil where there is nothing to remember any more.
  package let alert: Alert?
  /// Nil where its state stayed.
  package let transition: AlertTransition?
  /// What its newest window said.
  package let last: AlertObservation

  package init(
    key: AlertKey,
    alert: Alert?,
    transition: AlertTransition?,
    last: AlertObservation
  ) {
    self.key = key
    self.alert = alert
    self.transition = transition
    self.last = last
  }
}

/// The alerts of a model.
package struct AlertBoard: Sendable {
  package private(set) var alerts: [AlertKey: Alert]

  package init(_ alerts: [Alert] = []) {
    self.alerts = Dictionary(alerts.map { ($0.key, $0) }, uniquingKeysWith: { $1 })
  }

  package var firing: [Alert] {
    alerts.values.filter { $0.state == .firing }.sorted { $0.key < $1.key }
  }

  /// Moves all alerts by what a check saw, and returns those that are not as they were.
  ///
  /// - Complexity: O((alerts + seen) · log).
  package mutating func update(
    _ view: AlertView,
    by rules: [Rule],
    on grid: BucketGrid,
    now: Instant
  ) -> [AlertChange] {
    let machine = AlertMachine(grid, now: now)
    let byName = Dictionary(rules.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let depths = Self.depths(byName)
    // What explains others is decided before them.
    let keys = Set(alerts.keys).union(view.seen.keys).sorted {
      (depths[$0.rule] ?? 0, $0) < (depths[$1.rule] ?? 0, $1)
    }
    var changes: [AlertChange] = []
    for key in keys {
      let before = alerts[key]
      let after: Alert?
      let transition: AlertTransition?
      let rule = byName[key.rule]
      if let ending = rule == nil ? .ruleRemoved : ending(of: key, rule, view) {
        guard let before else { continue }
        (after, transition) = machine.end(before, ending)
      } else if let rule {
        (after, transition) = machine.step(
          before,
          of: key,
          by: rule,
          seen: view.seen[key] ?? [],
          inhibitor: inhibitor(of: rule, version: key.version)
        )
      } else {
        continue
      }
      guard after != before || transition != nil else { continue }
      alerts[key] = after
      guard let last = (after ?? before)?.newest else { continue }
      changes.append(AlertChange(key: key, alert: after, transition: transition, last: last))
    }
    return changes
  }

  private func ending(
    of key: AlertKey,
    _ rule: Rule?,
    _ view: AlertView
  ) -> AlertMachine.Ending? {
    if let rule, !rule.condition.covers(key) { return .unwatched }
    guard let used = view.inUse[key.window] else { return .unwatched }
    if !used.isEmpty, !used.contains(key.version) { return .retired }
    if let watched = view.watched[key.version],
      !watched.contains(AlertView.Watched(key.subject, segment: key.segment))
    {
      return .unwatched
    }
    return nil
  }

  private func inhibitor(of rule: Rule, version: String) -> String? {
    rule.policy.inhibitors.first { name in
      alerts.values.contains {
        $0.key.rule == name && $0.key.version == version && $0.state == .firing
      }
    }
  }

  /// How many rules stand before each in the longest chain of inhibitors.
  private static func depths(_ rules: [String: Rule]) -> [String: Int] {
    var depths: [String: Int] = [:]
    // A chain is no longer than there are rules; circles are refused when rules are read.
    for _ in 0..<rules.count {
      var isDone = true
      for (name, rule) in rules {
        let depth = (rule.policy.inhibitors.map { (depths[$0] ?? 0) + 1 }.max()) ?? 0
        if depth != depths[name] {
          depths[name] = depth
          isDone = false
        }
      }
      if isDone { break }
    }
    return depths
  }
}
