// SPDX-License-Identifier: Apache-2.0
private import Glibc
package import Statistics

/// The share of customers who have not had the event yet, by whole days since their assignment.
///
/// The product-limit estimate (E. Kaplan, P. Meier 1958): customers whose horizon has not passed
/// count for as long as they were observed. Variance by M. Greenwood (1926); the interval is
/// symmetric in log(−log S), so it stays within 0...1 (J. Kalbfleisch, R. Prentice 1980). It holds
/// for one day at a time, not for the whole curve.
package struct KaplanMeier: Sendable {
  /// A day on which the curve falls.
  package struct Step: Sendable, Hashable {
    package let day: Int
    /// Customers observed until this day and without the event before it; of thinned steps those
    /// with whom the step's days began.
    package let atRisk: Int
    package let events: Int
    /// Customers who are still observed, and without the event, on the next day.
    package let remaining: Int
    /// The share without the event at the end of the day.
    package let survival: Double
    package let interval: Interval
  }

  /// Customers.
  package let count: Int
  /// The last day that counts.
  package let horizon: Int
  /// The last day of which the curve shows something; nil where nobody is observed.
  package let lastDay: Int?
  /// Days with an event, in order.
  package let steps: [Step]

  /// The curve of customers counted by the day of their event or of their last observation.
  ///
  /// In any order, a day also in parts. Events come before censorings of the same day. What comes
  /// after `horizon` is not evaluated: such customers are censored there. Days before the
  /// assignment are left out.
  package init(_ days: [(day: Int, events: Int, censored: Int)], horizon: Int) {
    precondition(horizon >= 0, "a horizon lies after the assignment")
    var table: [Int: (events: Int, censored: Int)] = [:]
    for row in days where row.day >= 0 && row.events + row.censored > 0 {
      precondition(row.events >= 0 && row.censored >= 0, "customers are counted")
      let events = row.day > horizon ? 0 : row.events
      var cell = table[min(row.day, horizon)] ?? (0, 0)
      cell.events += events
      cell.censored += row.events + row.censored - events
      table[min(row.day, horizon)] = cell
    }
    count = table.values.reduce(0) { $0 + $1.events + $1.censored }
    self.horizon = horizon
    var steps: [Step] = []
    var (atRisk, survival, sum) = (count, 1.0, 0.0)
    for (day, cell) in table.sorted(by: { $0.key < $1.key }) {
      let left = atRisk - cell.events
      if cell.events > 0 {
        survival *= Double(left) / Double(atRisk)
        sum += Double(cell.events) / (Double(atRisk) * Double(left))
        steps.append(
          Step(
            day: day,
            atRisk: atRisk,
            events: cell.events,
            remaining: left - cell.censored,
            survival: survival,
            interval: Self.interval(survival, sum, atRisk: atRisk, before: steps.last?.interval)
          )
        )
      }
      atRisk = left - cell.censored
    }
    self.steps = steps
    lastDay = survival == 0 ? horizon : table.keys.max()
  }

  /// The interval of a survival whose Greenwood sum Σ d ∕ n(n − d) is `sum`.
  ///
  /// Where nobody is left the sum is infinite. Since survival never rises, the upper limit of the
  /// step before holds on; at a first step the exact limit of none of `atRisk` does.
  private static func interval(
    _ survival: Double,
    _ sum: Double,
    atRisk: Int,
    before: Interval?
  ) -> Interval {
    guard survival > 0 else {
      let exact = 1 - pow((1 - Confidence.standard) / 2, 1 / Double(atRisk))
      return Interval(lower: 0, upper: before?.upper ?? exact)
    }
    let half = Normal.halfWidth(confidence: Confidence.standard)
    let margin = half * sum.squareRoot() / -log(survival)
    return Interval(lower: pow(survival, exp(margin)), upper: pow(survival, exp(-margin)))
  }

  /// Returns the last step until a day; nil where the curve has not fallen yet.
  package func step(at day: Int) -> Step? { steps.last { $0.day <= day } }

  /// Returns the share without the event at the end of a day; nil where the data do not say: before
  /// the assignment, after the horizon, after the last observation, and where nobody is observed.
  package func survival(at day: Int) -> Double? {
    guard let lastDay, day >= 0, day <= lastDay else { return nil }
    return step(at: day)?.survival ?? 1
  }

  /// Returns the curve for people to see: in steps none of which shows a few customers.
  ///
  /// Steps are joined until at least `smallest` events are in each; a joined step stands on its
  /// last day, begins where the one before ended, the first with everybody, and carries the
  /// survival of the full curve. So the events of a step, those censored in it if any, and those
  /// who remain after it are each `smallest` or more, and no difference of printed numbers is of
  /// fewer. The last part is left out where fewer than `smallest` would remain after it; one that
  /// only has too few events joins the step before it, since the total of events would give it
  /// away.
  package func thinned(_ smallest: Int = 10) -> [Step] {
    func isLarge(_ step: Step) -> Bool {
      let censored = step.atRisk - step.events - step.remaining
      return step.events >= smallest && step.remaining >= smallest
        && (censored == 0 || censored >= smallest)
    }
    var joined: [Step] = []
    var open: Step?
    for step in steps {
      let atRisk = open?.atRisk ?? joined.last?.remaining ?? count
      let whole = step.joined(atRisk: atRisk, earlier: open?.events ?? 0)
      if isLarge(whole) { joined.append(whole) }
      open = isLarge(whole) ? nil : whole
    }
    if let rest = open, rest.events < smallest, let last = joined.popLast() {
      let whole = rest.joined(atRisk: last.atRisk, earlier: last.events)
      if isLarge(whole) { joined.append(whole) }
    }
    return joined
  }
}

extension KaplanMeier.Step {
  /// The step with the days before it, which began with `atRisk` customers and had `earlier`
  /// events.
  fileprivate func joined(atRisk: Int, earlier: Int) -> Self {
    Self(
      day: day,
      atRisk: atRisk,
      events: earlier + events,
      remaining: remaining,
      survival: survival,
      interval: interval
    )
  }
}
