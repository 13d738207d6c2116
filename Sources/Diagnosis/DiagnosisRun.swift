// SPDX-License-Identifier: Apache-2.0
package import Alerting
package import Checks
import Evaluation
package import Profiles

/// What a monitor says of a simulated log, day by day.
package struct DiagnosisRun: Sendable {
  /// A day's news.
  package struct Day: Sendable {
    /// By day number.
    package let day: Int
    /// What to do, of the version that scores.
    package let advice: Advice?
    /// Alerts of a warning and more that began to fire.
    package let begun: [AlertKey]
    /// Whether an alert that asks for training fires.
    package let asksForTraining: Bool
  }

  package let days: [Day]

  /// The windows that are watched: faults of the feed by the day, drift by the week, performance by
  /// four weeks.
  package static let windows: [WindowSpec] = [
    .sliding(days: 1), .sliding(days: 7), .sliding(days: 28),
  ]
  /// False alerts of drift a month that are accepted.
  package static let budget = 0.1

  /// Checks a log once a day from the end of its reference on, at four in the morning.
  ///
  /// - Parameters:
  ///   - log: The log.
  ///   - rules: As a check applies them.
  ///   - horizon: Of its labels.
  ///   - range: The days of the first check and of the last, by day number.
  /// - Complexity: O(days · (buckets · bins + predictions of a horizon)).
  package init(
    _ log: SimulatedLog,
    rules: [Rule],
    horizon: FixedDuration,
    days range: ClosedRange<Int>
  ) {
    var past = Past(log, rules, horizon: horizon)
    days = range.map { past.check(on: $0) }
  }

  /// What one check leaves to the next.
  private struct Past {
    var log: SimulatedLog
    let rules: [Rule]
    let plan: EvaluationPlan
    let specification: DecaySpecification?
    let references: ReferenceRanges
    let evaluator: Evaluator
    var states: [String: DecayState] = [:]
    var board = AlertBoard()
    var previous: Instant?

    init(_ log: SimulatedLog, _ rules: [Rule], horizon: FixedDuration) {
      self.log = log
      let rules = rules.assigned(to: DiagnosisRun.windows)
      self.rules = rules
      guard let calendar = ZonedCalendar(identifier: "UTC"),
        let grid = BucketGrid(bucket: "1d", calendar: calendar)
      else { preconditionFailure("a day in UTC is a bucket") }
      plan = EvaluationPlan(
        model: "churn",
        windows: DiagnosisRun.windows,
        grid: grid,
        lateness: .zero,
        horizon: horizon,
        followUp: nil,
        falseAlertsPerMonth: DiagnosisRun.budget
      )
      specification = DecaySpecification(plan, rules: rules)
      references = ReferenceRanges(
        ranges: [(nil, log.reference)],
        reason: "stated",
        grid: grid
      )
      evaluator = Evaluator(RuleEvaluator(rules: rules))
    }

    mutating func check(on day: Int) -> Day {
      let midnight = Int64(day) * FixedDuration.day.microseconds
      let now = Instant(microseconds: midnight + 4 * 3_600_000_000)
      let closed = plan.closed(asOf: now)
      let (features, labels) = (log.features(until: closed), log.labels(asOf: now))
      var history = ModelHistory(
        plan,
        ModelHistory.Bins(
          log.binning,
          number: 1,
          referenceRows: log.referenceRows,
          keptFrom: log.reference.from
        ),
        references: references,
        asOf: now,
        closed: closed
      )
      history.settle(ActivityIndex(features: features, labels: labels))
      history.arrivals = log.arrivals(asOf: now)
      history.detectDecay(labels, specification, states: states)
      states = history.decays.compactMapValues(\.state)
      history.series = ModelSeries(log.binning, features: features, labels: labels, outcomes: [])
      var evaluations = evaluator.evaluate(history, history.dueWindows(since: previous))
      previous = now
      let changes = board.update(
        AlertView(evaluations, of: history, rules: rules),
        by: rules,
        on: plan.grid,
        now: now
      )
      evaluator.advise(&evaluations, history, alerts: Array(board.alerts.values))
      let begun = changes.filter {
        $0.transition?.to == .firing && ($0.alert?.severity ?? .info) >= .warning
      }
      let asking = Set(rules.filter { $0.actions.contains(.retrain) }.map(\.name))
      let starts = history.activity.starts
      let newest = evaluations.max {
        (starts[$0.version] ?? .distantPast) < (starts[$1.version] ?? .distantPast)
      }
      return Day(
        day: day,
        advice: newest?.advice,
        begun: begun.map(\.key),
        asksForTraining: board.firing.contains { asking.contains($0.key.rule) }
      )
    }
  }
}
