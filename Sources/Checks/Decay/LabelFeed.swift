// SPDX-License-Identifier: Apache-2.0
private import Glibc
package import Profiles
package import Statistics

/// Churners that became known, against those that the reference's pace makes one expect.
package struct LabelFeed: Sendable {
  /// What became known at one moment.
  package struct Step: Sendable, Hashable {
    package let at: Instant
    package let arrived: Int
    package let expected: Double
  }

  /// In order of time.
  package let steps: [Step]
  /// Times without labels, or with next to none, where many should have come.
  package let outages: [TimeRange]
  /// Until when it is certain whether labels come; later than that few are expected yet.
  package let certainUntil: Instant
  /// Times in which far more churners became known than there can be.
  package let excesses: [TimeRange]
  /// How long a window must be at least, so that it has a usual share of what arrives.
  package let period: FixedDuration
  private let dispersion: Double
  private let referenceChurners: Double

  /// Churners behind the expectation.
  package var referenceSample: Int { Int(referenceChurners.rounded()) }

  /// How sure it must be, as a log-likelihood ratio, that the feed is broken: about eight labels
  /// expected and none come.
  private static let certainty = 3.0
  /// A feed that gives this share of what is expected is broken; one that gives the other is not.
  private static let (broken, working) = (0.1, 0.5)

  /// - `units`: Trials of `layout`, those of the calibration.
  /// - `hazards`: By kind: the chance in the reference.
  package init(
    _ units: [CohortTrials],
    hazards: [Double],
    rates: ReferenceRates,
    until moment: Instant
  ) {
    steps = Dictionary(grouping: units, by: \.knownAt).map { time, group in
      Step(
        at: time,
        arrived: group.reduce(0) { $0 + $1.outcome.successes },
        expected: group.reduce(0) { $0 + Double($1.outcome.trials) * hazards[$1.outcome.kind] }
      )
    }.sorted { $0.at < $1.at }
    (excesses, period) = ([], .zero)
    dispersion = rates.dispersion
    referenceChurners = Double(max(1, rates.successes.reduce(0, +)))
    (outages, certainUntil) = Self.outages(steps, dispersion, until: moment)
  }

  /// A feed by what arrived on each day, whatever its age, against the rhythm in which the
  /// reference's labels were delivered.
  ///
  /// - Parameters:
  ///   - steps: What arrived, and what was to be expected, by day.
  ///   - rhythm: That of the reference.
  ///   - referenceDays: How many days it was learnt from.
  ///   - moment: Until when it is known.
  package init(
    _ steps: [Step],
    _ rhythm: CalendarRhythm,
    referenceDays: Int,
    until moment: Instant
  ) {
    self.steps = steps
    dispersion = rhythm.dispersion
    referenceChurners = max(1, rhythm.mean * Double(referenceDays))
    let period = FixedDuration(days: rhythm.period)
    self.period = rhythm.period > 1 ? period : .zero
    excesses = Self.excesses(steps, rhythm.dispersion, period: period)
    (outages, certainUntil) = Self.outages(steps, rhythm.dispersion, until: moment)
  }

  /// So many times what is expected is no churn: labels are wrong.
  private static let excess = 3.0

  /// The days on which more arrived than three times what a period makes one expect, far beyond
  /// chance.
  private static func excesses(
    _ steps: [Step],
    _ dispersion: Double,
    period: FixedDuration
  ) -> [TimeRange] {
    steps.compactMap { step -> TimeRange? in
      let from = step.at.advanced(by: -max(period, .day))
      let inside = steps.filter { from < $0.at && $0.at <= step.at }
      let arrived = Double(inside.reduce(0) { $0 + $1.arrived })
      let limit = excess * max(1, inside.reduce(0) { $0 + $1.expected })
      guard step.arrived > 0, arrived > limit + 5 * (dispersion * limit).squareRoot() else {
        return nil
      }
      return TimeRange(from: step.at.advanced(by: -.day), to: step.at)
    }.joined
  }

  /// Finds outages by a cumulative sum of Poisson log-likelihood ratios.
  ///
  /// A broken feed against a working one (E. Page, Biometrika 41, 1954).
  private static func outages(
    _ steps: [Step],
    _ dispersion: Double,
    until moment: Instant
  ) -> ([TimeRange], Instant) {
    var found: [TimeRange] = []
    var (sum, highest) = (0.0, 0.0)
    var start: Instant?
    var peak = moment
    var before = steps.first?.at ?? moment
    func close() {
      if highest >= certainty, let start, let range = TimeRange(from: start, to: peak) {
        found.append(range)
      }
    }
    for step in steps {
      let gain =
        (Double(step.arrived) * log(broken / working) + step.expected * (working - broken))
        / dispersion
      sum += gain
      if sum <= 0 {
        close()
        (sum, highest, start) = (0, 0, nil)
      } else {
        if start == nil { start = before }
        if sum > highest { (highest, peak) = (sum, step.at) }
        // A feed that works again ends the outage before the sum has come down.
        if highest >= certainty, sum < highest - certainty {
          close()
          (sum, highest, start) = (0, 0, nil)
        }
      }
      before = step.at
    }
    let certain = start ?? moment
    close()
    return (found, highest >= certainty ? moment : certain)
  }

  /// Returns times in which labels say nothing: those in which the feed was broken, and after them
  /// as long as trials that began before may be known.
  ///
  /// - `bins`: Ages that are evaluated together: a label counts when the last of them is over.
  package func blind(_ bins: AgeBins) -> [TimeRange] {
    let widest = (0..<bins.count).map(bins.width).max() ?? .zero
    return (outages + excesses).compactMap {
      TimeRange(from: $0.from, to: $0.to.advanced(by: widest + FixedDuration.day))
    }.joined
  }

  /// The name of the detail that says that a feed was broken and works again.
  package static let recovered = "recovered"

  /// Whether the feed was broken and works again: what has arrived since is half of what was to be
  /// expected, and no more than three times.
  package var hasRecovered: Bool {
    guard let last = (outages + excesses).map(\.to).max() else { return false }
    let since = steps.filter { $0.at > last }
    let arrived = Double(since.reduce(0) { $0 + $1.arrived })
    let expected = since.reduce(0) { $0 + $1.expected }
    return expected >= 3 && arrived >= expected / 2 && arrived <= Self.excess * expected
  }

  /// Returns what arrived in a range of time as a share of what was expected; nil where less than
  /// one label was.
  ///
  /// The interval is that of a Poisson count with the reference's dispersion and its own error, on
  /// the logarithm; below, where nothing came, it is zero.
  package func ratio(
    in range: TimeRange
  ) -> (value: Double, interval: Interval, arrived: Int, expected: Double)? {
    let inside = steps.filter { range.from < $0.at && $0.at <= range.to }
    let arrived = inside.reduce(0) { $0 + $1.arrived }
    let expected = inside.reduce(0) { $0 + $1.expected }
    guard expected >= 1 else { return nil }
    let value = Double(arrived) / expected
    let interval = ObservedToExpected.interval(
      observed: arrived,
      expected: expected,
      dispersion: dispersion,
      reference: referenceChurners
    )
    return (value, interval, arrived, expected)
  }
}

/// The ratio of a count to its expectation.
package enum ObservedToExpected {
  /// Returns the interval of the ratio.
  ///
  /// That of a Poisson count (F. Garwood, Biometrika 28, 1936) whose size over-dispersion shrinks,
  /// widened on the logarithm by the expectation's own error.
  ///
  /// - `reference`: How many events the expectation rests on.
  package static func interval(
    observed: Int,
    expected: Double,
    dispersion: Double,
    reference: Double
  ) -> Interval {
    let tail = (1 - Confidence.standard) / 2
    let count = Double(observed) / dispersion
    let scale = dispersion / expected
    let lower =
      observed == 0 ? 0 : ChiSquared(degreesOfFreedom: 2 * count).quantile(tail) / 2 * scale
    let upper = ChiSquared(degreesOfFreedom: 2 * count + 2).quantile(1 - tail) / 2 * scale
    let value = Double(observed) / expected
    let width = Normal.halfWidth(confidence: Confidence.standard)
    let own = width * (dispersion / reference).squareRoot()
    func widened(_ bound: Double) -> Double {
      guard value > 0, bound > 0 else { return bound * exp(bound > value ? own : -own) }
      let distance = log(bound / value)
      let wide = (distance * distance + own * own).squareRoot()
      return value * exp(distance < 0 ? -wide : wide)
    }
    return Interval(lower: min(value, widened(lower)), upper: max(value, widened(upper)))
  }
}
