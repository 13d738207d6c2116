// SPDX-License-Identifier: Apache-2.0
import Checks
import Profiles
import Statistics

extension RuleTest {
  /// Runs the test against rules and returns what is not as expected, in messages that begin with
  /// the place.
  package func failures(_ rules: [Rule]) -> [String] {
    guard let calendar = ZonedCalendar(identifier: "UTC"),
      let grid = BucketGrid(bucket: "1d", calendar: calendar)
    else { return ["\(place): no calendar"] }
    let evaluator = RuleEvaluator(rules: rules)
    let byName = Dictionary(rules.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let budget = ErrorBudget(
      falseAlertsPerMonth: ErrorBudget.usual,
      window,
      bucketsPerDay: 1,
      windowKinds: 1
    )
    var board = AlertBoard()
    var failures: [String] = []
    let count = series.map(\.values.count).max() ?? 0
    for (index, (range, now)) in windows(grid, count: count).enumerated() {
      let readings = series.compactMap {
        reading($0, at: index, by: rules, since: range.from, now: now)
      }
      var view = AlertView()
      view.inUse[window] = ["v1"]
      let evaluation = evaluator.evaluate(readings, window: window, budget: budget)
      view.add(evaluation.ruleFindings, by: byName, version: "v1", kind: window, range: range)
      // A series that has ended is still watched.
      view.watched["v1", default: []].formUnion(
        series.map { AlertView.Watched($0.subject, segment: $0.segment) }
      )
      _ = board.update(view, by: rules, on: grid, now: now)
      for expectation in expectations where expectation.check == index + 1 {
        failures += check(expectation, on: board, by: byName)
      }
    }
    return failures
  }

  private func check(
    _ expectation: Expectation,
    on board: AlertBoard,
    by rules: [String: Rule]
  ) -> [String] {
    var failures: [String] = []
    func note(_ what: String, found: String, expected: String) {
      failures.append(
        "\(expectation.place): \(name), check \(expectation.check): \(what): expected \(expected), found \(found)"
      )
    }
    for (key, state) in Self.stateKeys {
      guard let expected = expectation.states[state] else { continue }
      let found = Set(board.alerts.values.filter { $0.state == state }.map(\.key.rule))
      if found != expected { note(key, found: Self.list(found), expected: Self.list(expected)) }
    }
    for action in AlertPolicy.Action.allCases {
      guard let expected = expectation.actions[action] else { continue }
      let acting = Set(board.firing.map(\.key.rule)).filter {
        rules[$0]?.actions.contains(action) ?? false
      }
      if acting.isEmpty == expected {
        note(
          action.rawValue,
          found: acting.isEmpty ? "none" : Self.list(acting),
          expected: expected ? "some" : "none"
        )
      }
    }
    return failures
  }

  private static func list(_ names: Set<String>) -> String {
    "[" + names.sorted().joined(separator: ", ") + "]"
  }

  private func windows(_ grid: BucketGrid, count: Int) -> [(TimeRange, Instant)] {
    guard let start = Instant("2026-01-01") else { return [] }
    var windows: [(TimeRange, Instant)] = []
    var now = start.advanced(by: FixedDuration(days: window.reachDays))
    var last: TimeRange?
    while windows.count < count {
      if every == nil, let end = last?.to {
        // The next window that begins where the last one ended.
        now = end
        while grid.lastWindow(window, endingBy: now).map({ $0.from < end }) ?? true {
          now = now.advanced(by: .day)
        }
      }
      guard let range = grid.lastWindow(window, endingBy: now) else { break }
      windows.append((range, max(now, range.to)))
      last = range
      if let every { now = now.advanced(by: every) }
    }
    return windows
  }

  private func reading(
    _ series: Series,
    at index: Int,
    by rules: [Rule],
    since: Instant,
    now: Instant
  ) -> Reading? {
    guard index < series.values.count else { return nil }
    let sample = Reading.Sample(current: series.sample, reference: series.sample)
    func obstacle(_ obstacle: Reading.Obstacle) -> Reading {
      Reading(
        series.check,
        subject: series.subject,
        sample: Reading.Sample(current: 0),
        obstacle: obstacle
      )
    }
    var reading: Reading
    switch series.values[index] {
    case .noData: reading = obstacle(.noData("no data"))
    case .immature: reading = obstacle(.immature("labels are still to come"))
    case .noReference: reading = obstacle(.noReference("no reference"))
    case .number(let value):
      let reference = series.reference
      reading = Reading(
        series.check,
        subject: series.subject,
        value: value,
        interval: Interval(lower: value - series.margin, upper: value + series.margin),
        reference: reference,
        referenceInterval: reference.map { Interval(lower: $0, upper: $0) },
        sample: sample
      )
      if series.check.definition.isDetector {
        let test = rules.first { $0.condition.check == series.check }?.condition.test
        let isBeyond = test?.isBeyond(value, reference) ?? false
        reading.detector = DetectorStatus(
          boundary: test.map { $0.limit(reference) } ?? value,
          evidence: isBeyond ? 100 : 1,
          alpha: 0.05,
          seen: series.sample,
          hasNoPower: false,
          alarm: isBeyond ? DetectorStatus.Alarm(since: since, detectedAt: now, until: nil) : nil
        )
      }
    }
    reading.segment = series.segment
    return reading
  }
}
