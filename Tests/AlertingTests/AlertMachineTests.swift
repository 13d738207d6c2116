// SPDX-License-Identifier: Apache-2.0
import Alerting
import Checks
import Profiles
import Settings
import Statistics
import Testing

@Suite struct AlertMachineTests {
  private static let grid = ZonedCalendar(identifier: "UTC").flatMap {
    BucketGrid(bucket: "1d", calendar: $0)
  }

  private func rules(_ text: String) throws -> [Rule] {
    let reading = YAMLReading()
    let indented = text.split(separator: "\n").map { "      \($0)" }.joined(separator: "\n")
    let rules = RuleFile.rules(
      text: "groups:\n  - name: g\n    rules:\n" + indented,
      file: "r.yaml",
      reading: reading
    )
    RuleFile.noteConflicts(rules, reading: reading)
    try reading.throwIfAny()
    return rules
  }

  private func rule(_ extra: String = "") throws -> Rule {
    try #require(
      rules(
        "- alert: A\n  when: { check: psi, above: 0.25, resolve_below: 0.2 }\n  severity: warning\n"
          + extra
      ).first
    )
  }

  private let key = AlertKey(
    version: "v1",
    rule: "A",
    subject: "tenure",
    segment: nil,
    window: .sliding(days: 7)
  )

  private func day(_ text: String) throws -> Instant { try #require(Instant(text)) }

  /// The window that ends on a day of 2026.
  private func window(_ end: Int) throws -> TimeRange {
    let start = try day("2026-01-01")
    let range = TimeRange(
      from: start.advanced(by: FixedDuration(days: end - 7)),
      to: start.advanced(by: FixedDuration(days: end))
    )
    return try #require(range)
  }

  /// Runs an alert over windows given by the day on which they end and what they say.
  private func run(
    _ rule: Rule,
    _ steps: [(Int, AlertObservation.Signal)],
    from alert: Alert? = nil
  ) throws -> [AlertState] {
    let grid = try #require(Self.grid)
    var alert = alert
    return try steps.map { day, signal in
      let window = try window(day)
      (alert, _) = AlertMachine(grid, now: window.to).step(
        alert,
        of: key,
        by: rule,
        seen: [AlertObservation(window: window, signal: signal, reason: "r")]
      )
      return alert?.state ?? .inactive
    }
  }

  @Test func `two of three windows count only those that do not overlap`() throws {
    let rule = try rule("  for: 2 of 3 windows")
    #expect(
      try run(rule, (7...13).map { ($0, .bad) }) == Array(repeating: .pending, count: 7)
    )
    #expect(try run(rule, [(7, .bad), (14, .bad)]) == [.pending, .firing])
    #expect(try run(rule, [(7, .bad), (14, .clear), (21, .bad)]).last == .firing)
    // Three windows back is out of reach.
    #expect(try run(rule, [(7, .bad), (14, .clear), (21, .clear), (28, .bad)]).last == .pending)
  }

  @Test func `months count by the calendar, short ones too`() throws {
    let grid = try #require(Self.grid)
    let rule = try rule("  for: 2 of 3 windows")
    let key = AlertKey(version: "v1", rule: "A", subject: "t", segment: nil, window: .month)
    var alert: Alert?
    for (from, to, signal) in [
      ("2025-12-01", "2026-01-01", AlertObservation.Signal.bad),
      ("2026-01-01", "2026-02-01", .clear), ("2026-02-01", "2026-03-01", .bad),
    ] {
      let (first, last) = (try day(from), try day(to))
      let range = try #require(TimeRange(from: first, to: last))
      (alert, _) = AlertMachine(grid, now: range.to).step(
        alert,
        of: key,
        by: rule,
        seen: [AlertObservation(window: range, signal: signal, reason: "r")]
      )
    }
    #expect(alert?.state == .firing)
  }

  @Test func `only a window that is well ends an alert`() throws {
    let rule = try rule()
    let states = try run(
      rule,
      [(7, .bad), (14, .between), (21, .noData), (28, .blind), (35, .clear), (42, .clear)]
    )
    #expect(states == [.firing, .firing, .firing, .firing, .resolved, .resolved])
  }

  @Test func `an alert that ended may begin again, with a new start`() throws {
    let grid = try #require(Self.grid)
    let rule = try rule()
    var alert: Alert?
    var starts: [Instant?] = []
    for (day, signal) in [(7, AlertObservation.Signal.bad), (14, .clear), (21, .bad)] {
      let window = try window(day)
      (alert, _) = AlertMachine(grid, now: window.to).step(
        alert,
        of: key,
        by: rule,
        seen: [AlertObservation(window: window, signal: signal, reason: "r")]
      )
      starts.append(alert?.firingSince)
    }
    #expect(starts[0] == starts[1] && starts[1] != starts[2])
  }

  @Test func `an alert on windows that mature late may begin again with the next bad one`() throws {
    let grid = try #require(Self.grid)
    let rule = try rule()
    var alert: Alert?
    var states: [AlertState] = []
    for (day, signal) in [
      (7, AlertObservation.Signal.bad), (8, .clear), (9, .bad), (9, .bad), (10, .clear),
    ] {
      let window = try window(day)
      // The labels of a window are final thirty days after its end.
      (alert, _) = AlertMachine(grid, now: window.to.advanced(by: FixedDuration(days: 30))).step(
        alert,
        of: key,
        by: rule,
        seen: [AlertObservation(window: window, signal: signal, reason: "r")]
      )
      states.append(alert?.state ?? .inactive)
    }
    #expect(states == [.firing, .resolved, .firing, .firing, .resolved])
  }

  @Test func `keep_firing_for counts from when it was last bad`() throws {
    let rule = try rule("  keep_firing_for: 10d")
    #expect(
      try run(rule, [(7, .bad), (14, .bad), (21, .clear), (23, .clear), (24, .clear)])
        == [.firing, .firing, .firing, .firing, .resolved]
    )
  }

  @Test func `for with a duration waits from the first bad check, and a good one begins again`()
    throws
  {
    let rule = try rule("  for: 3d")
    let days: [(Int, AlertObservation.Signal)] = [
      (7, .bad), (8, .bad), (9, .clear), (10, .bad), (12, .bad), (13, .bad),
    ]
    #expect(
      try run(rule, days) == [.pending, .pending, .inactive, .pending, .pending, .firing]
    )
  }

  @Test func `a window that is evaluated again counts as it is evaluated last`() throws {
    let grid = try #require(Self.grid)
    let rule = try rule("  for: 2 of 3 windows")
    let (first, second) = (try window(7), try window(14))
    let machine = AlertMachine(grid, now: second.to)
    func see(_ alert: Alert?, _ seen: [(TimeRange, AlertObservation.Signal)]) -> Alert? {
      machine.step(
        alert,
        of: key,
        by: rule,
        seen: seen.map { AlertObservation(window: $0.0, signal: $0.1, reason: "r") }
      ).0
    }
    let pending = see(nil, [(first, .bad)])
    #expect(pending?.state == .pending)
    // Late rows put the first window right.
    #expect(see(pending, [(first, .clear), (second, .bad)])?.state == .pending)
    #expect(see(pending, [(second, .bad), (first, .bad)])?.state == .firing)
    // Seen twice is seen once.
    #expect(see(see(pending, [(first, .bad)]), [(first, .bad)])?.state == .pending)
  }

  @Test func `no data fires only where the rule says so`() throws {
    #expect(try run(try rule(), [(7, .noData), (14, .clear)]) == [.noData, .inactive])
    #expect(
      try run(try rule("  no_data: fire"), [(7, .noData), (14, .clear)]) == [.firing, .resolved]
    )
  }

  @Test func `what is seen in any order, whole or in parts, leads to the same state`() throws {
    let grid = try #require(Self.grid)
    let rule = try rule("  for: 2 of 4 windows")
    var random = SplitMix64(seed: 7)
    let signals: [AlertObservation.Signal] = [.bad, .between, .clear, .blind, .noData]
    for _ in 0..<300 {
      let seen = try (0..<4).map { index in
        AlertObservation(
          window: try window(7 + 7 * index),
          signal: signals[Int(random.next() % 5)],
          reason: "r"
        )
      }
      let machine = AlertMachine(grid, now: try window(28).to)
      let whole = machine.step(nil, of: key, by: rule, seen: seen).0
      let shuffled = machine.step(nil, of: key, by: rule, seen: seen.reversed()).0
      #expect(whole == shuffled)
      let again = machine.step(whole, of: key, by: rule, seen: [seen[3], seen[1]])
      #expect(again.0?.state ?? .inactive == whole?.state ?? .inactive)
      #expect(again.0?.badWindows ?? [] == whole?.badWindows ?? [])
    }
  }

  @Test
  func `whatever comes, an alert ends by a clear window only and fires with enough bad ones only`()
    throws
  {
    let grid = try #require(Self.grid)
    var random = SplitMix64(seed: 11)
    let signals: [AlertObservation.Signal] = [.bad, .between, .clear, .blind, .noData]
    var ends = 0
    var starts = 0
    for needed in 1...3 {
      let rule = try rule("  for: \(needed) of 3 windows")
      var alert: Alert?
      var past: [AlertObservation.Signal] = []
      for step in 1...2000 {
        let signal = signals[Int(random.next() % 5)]
        past.append(signal)
        let window = try window(7 * step)
        let (next, transition) = AlertMachine(grid, now: window.to).step(
          alert,
          of: key,
          by: rule,
          seen: [AlertObservation(window: window, signal: signal, reason: "r")]
        )
        if transition?.from == .firing {
          #expect(signal == .clear)
          ends += 1
        }
        if transition?.to == .firing {
          #expect(signal == .bad && past.suffix(3).count { $0 == .bad } >= needed)
          starts += 1
        }
        #expect(alert?.state == next?.state || transition != nil || next == nil || alert == nil)
        alert = next
      }
    }
    #expect(ends > 100 && starts > 100)
  }

  // MARK: The board

  private func finding(_ rule: String, _ subject: String, _ verdict: Verdict) -> Finding {
    Finding(
      reading: Reading(.psi, subject: subject, value: 0.3, sample: .init(current: 10)),
      rule: rule,
      threshold: 0.25,
      verdict: verdict,
      severity: verdict.isBad ? .warning : nil,
      reason: "r"
    )
  }

  private func view(
    _ rules: [Rule],
    _ findings: [Finding],
    day: Int,
    version: String = "v1",
    inUse: Set<String> = ["v1"]
  ) throws -> AlertView {
    var view = AlertView()
    view.inUse[.sliding(days: 7)] = inUse
    let byName = Dictionary(rules.map { ($0.name, $0) }) { $1 }
    view.add(
      findings,
      by: byName,
      version: version,
      kind: .sliding(days: 7),
      range: try window(day)
    )
    return view
  }

  private static let two = """
    - alert: Cause
      when: { check: psi, subject: feed, above: 0.25 }
      severity: warning
    - alert: Effect
      when: { check: psi, subject: score, above: 0.25 }
      inhibited_by: [Cause]
      severity: critical
      then: [notify, retrain]
    """

  @Test func `while its cause fires an alert does not begin, and begins when the cause is over`()
    throws
  {
    let grid = try #require(Self.grid)
    let rules = try rules(Self.two)
    var board = AlertBoard()
    func step(_ day: Int, _ cause: Verdict, _ effect: Verdict) throws -> [String: AlertState] {
      let view = try view(
        rules,
        [finding("Cause", "feed", cause), finding("Effect", "score", effect)],
        day: day
      )
      _ = board.update(view, by: rules, on: grid, now: try window(day).to)
      return Dictionary(board.alerts.map { ($0.key.rule, $0.value.state) }) { $1 }
    }
    // In the same check already, whatever the order of names.
    #expect(try step(7, .drift, .decay) == ["Cause": .firing, "Effect": .pending])
    #expect(
      board.alerts.values.first { $0.key.rule == "Effect" }?.reason.contains("Cause") ?? false
    )
    #expect(try step(14, .ok, .decay) == ["Cause": .resolved, "Effect": .firing])
    // What fires already goes on.
    #expect(try step(21, .drift, .decay) == ["Cause": .firing, "Effect": .firing])
  }

  @Test func `what is no longer monitored ends its alerts, with the reason`() throws {
    let grid = try #require(Self.grid)
    let rules = try rules(Self.two)
    func fired() throws -> AlertBoard {
      var board = AlertBoard()
      _ = board.update(
        try view(rules, [finding("Cause", "feed", .drift)], day: 7),
        by: rules,
        on: grid,
        now: try window(7).to
      )
      #expect(board.firing.count == 1)
      return board
    }
    let now = try window(14).to
    var retired = try fired()
    let replaced = try view(
      rules,
      [finding("Cause", "feed", .ok)],
      day: 14,
      version: "v2",
      inUse: ["v2"]
    )
    let changes = retired.update(replaced, by: rules, on: grid, now: now)
    #expect(changes.first?.transition?.reason == "the version is no longer in use")
    #expect(retired.firing.isEmpty)
    var dropped = try fired()
    let other = try view(rules, [finding("Effect", "score", .ok)], day: 14)
    #expect(
      dropped.update(other, by: rules, on: grid, now: now).first?.transition?.reason
        == "it is no longer monitored"
    )
    var ruleless = try fired()
    let without = rules.filter { $0.name != "Cause" }
    #expect(
      ruleless.update(other, by: without, on: grid, now: now).first?.transition?.reason
        == "the rule is no longer there"
    )
    // A check that saw nothing of the version leaves it alone.
    var unseen = try fired()
    var nothing = AlertView()
    nothing.inUse[.sliding(days: 7)] = ["v1"]
    #expect(unseen.update(nothing, by: rules, on: grid, now: now).isEmpty)
    #expect(unseen.firing.count == 1)
  }

  @Test
  func `an alert that its rule no longer covers ends, also where others still match the subject`()
    throws
  {
    let grid = try #require(Self.grid)
    let wide = try rules(
      "- alert: A\n  when: { check: psi, above: 0.25 }\n  severity: warning\n"
        + "- alert: B\n  when: { check: psi, above: 0.5 }\n  severity: warning"
    )
    for narrow in ["subject: [age]", "window: 28d", "segment: region=*"] {
      let later = try rules(
        "- alert: A\n  when: { check: psi, above: 0.25, \(narrow) }\n  severity: warning\n"
          + "- alert: B\n  when: { check: psi, above: 0.5 }\n  severity: warning"
      )
      var board = AlertBoard()
      let both = [finding("A", "tenure", .drift), finding("B", "tenure", .ok)]
      _ = board.update(try view(wide, both, day: 7), by: wide, on: grid, now: try window(7).to)
      #expect(board.firing.count == 1)
      let seen = try view(later, [finding("B", "tenure", .ok)], day: 14)
      _ = board.update(seen, by: later, on: grid, now: try window(14).to)
      #expect(board.firing.isEmpty, "\(narrow)")
    }
  }

  // MARK: Reading rules

  @Test(arguments: [
    ("  for: 3 of 2 windows", "'2 of 3 windows' or a duration"),
    ("  for: tomorrow", "'2 of 3 windows' or a duration"),
    ("  keep_firing_for: soon", "a duration such as 1d"),
    ("  no_data: explode", "unknown meaning of no data 'explode'"),
    ("  then: [notify, retrian]", "did you mean 'retrain'?"),
    ("  inhibited_by: [B]", "'B', which is no rule"),
    ("  inhibited_by: [A]", "goes in a circle through 'A'"),
    ("  labels: { team-x: ml }", "'team-x' is no name of a label"),
    ("  labels: { severity: page }", "'severity' is set by plumbline"),
    ("  fro: 2d", "did you mean 'for'?"),
  ])
  func `a fault says what, where and how to mend it`(_ line: String, _ words: String) throws {
    let error = #expect(throws: ConfigErrors.self) { try rule(line) }
    let fault = try #require(error?.errors.first)
    #expect(fault.message.contains(words), "\(fault)")
    #expect(fault.place?.line ?? 0 >= 4)
  }

  @Test(arguments: [
    ("{ check: psi, above: 0.25, resolve_below: 0.3 }", "beyond the level that fires"),
    ("{ check: psi, above: 0.25, resolve_above: 0.2 }", "takes 'resolve_below'"),
    ("{ check: recall, drop: 0.05, resolve_within: 10% }", "of another kind"),
    ("{ check: recall, drop: 0.05, resolve_within: 0.06 }", "beyond the level that fires"),
    ("{ check: recall, drop: 0.05, resolve_below: 0.5 }", "takes 'resolve_within'"),
  ])
  func `the level that resolves lies on the good side`(_ when: String, _ words: String) throws {
    let error = #expect(throws: ConfigErrors.self) {
      try rules("- alert: A\n  when: \(when)\n  severity: info")
    }
    #expect(error?.errors.first?.message.contains(words) ?? false, "\(error?.errors ?? [])")
  }

  @Test func `information is recorded only, unless the rule says what follows`() throws {
    let quiet = try rules("- alert: A\n  when: { check: psi, above: 0.1 }\n  severity: info")
    #expect(quiet.first?.actions == [])
    let notifying = try rules(
      "- alert: A\n  when: { check: psi, above: 0.1 }\n  severity: info\n  then: [notify]"
    )
    #expect(notifying.first?.actions == [.notify])
    let silent = try rules(
      "- alert: A\n  when: { check: psi, above: 0.1 }\n  severity: critical\n  then: []"
    )
    #expect(silent.first?.actions == [])
  }
}
