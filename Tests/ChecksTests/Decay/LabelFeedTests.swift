// SPDX-License-Identifier: Apache-2.0
import Checks
import Glibc
import Profiles
import Statistics
import TestKit
import Testing

/// A feed of a few days whose expectation is a round number.
///
/// By Poisson log-likelihood ratios a silent day of ten expected labels weighs 4, one of five 2; 3
/// is certain.
@Suite struct LabelFeedTests {
  private static let start = Instant(microseconds: 1_767_225_600_000_000)

  private static func day(_ number: Int) -> Instant {
    start.advanced(by: FixedDuration(days: number))
  }

  /// Days 1, 2, … with so many labels each, of a hundred customers.
  private static func feed(_ arrived: [Int], expected: Int) -> LabelFeed {
    let units = arrived.enumerated().map { number, count in
      CohortTrials(
        cohort: day(number),
        knownAt: day(number + 1),
        outcome: Hypotheses.Outcome(kind: 0, trials: 100, successes: count)
      )
    }
    let reference = CohortTrials(
      cohort: start,
      knownAt: start,
      outcome: Hypotheses.Outcome(kind: 0, trials: 10_000, successes: 1_000)
    )
    let layout = DetectorSimulation.layout
    return LabelFeed(
      units,
      hazards: [Double(expected) / 100],
      rates: ReferenceRates([reference], layout),
      until: day(arrived.count)
    )
  }

  private static func range(_ from: Int, _ to: Int) throws -> TimeRange {
    try #require(TimeRange(from: day(from), to: day(to)))
  }

  @Test func `a feed that works has no outage`() {
    let feed = Self.feed([10, 8, 12], expected: 10)
    #expect(feed.steps.map(\.arrived) == [10, 8, 12])
    #expect(feed.steps.map(\.expected) == [10, 10, 10])
    #expect(
      feed.outages.isEmpty && feed.blind(DetectorSimulation.layout.bins).isEmpty
        && feed.certainUntil == Self.day(3)
    )
  }

  @Test func `silence is an outage from the last day with labels to the last without`() throws {
    let feed = Self.feed([10, 10, 0, 0, 10], expected: 10)
    #expect(feed.outages == [try Self.range(2, 4)])
    // Delayed labels may come for as long as a bin is wide, and a day: two days here.
    #expect(feed.blind(DetectorSimulation.layout.bins) == [try Self.range(2, 6)])
    #expect(feed.certainUntil == Self.day(5))
  }

  @Test func `an outage that lasts is known while it lasts`() throws {
    let feed = Self.feed([10, 0], expected: 10)
    #expect(feed.outages == [try Self.range(1, 2)])
    #expect(feed.certainUntil == Self.day(2))
  }

  @Test func `silence where few labels are expected is uncertain, not an outage`() {
    let feed = Self.feed([5, 5, 0], expected: 5)
    #expect(feed.outages.isEmpty)
    #expect(feed.certainUntil == Self.day(2))
    #expect(Self.feed([5, 5, 0, 0], expected: 5).outages.count == 1)
  }

  @Test func `the ratio is of what arrived after the start of a range and up to its end`() throws {
    let feed = Self.feed([10, 30, 0], expected: 10)
    let all = try #require(feed.ratio(in: Self.range(0, 3)))
    #expect(all.arrived == 40 && agree(all.expected, 30, 1e-12))
    #expect(agree(all.value, 4.0 / 3, 1e-12))
    #expect(all.interval.lower < all.value && all.value < all.interval.upper)
    let silent = try #require(feed.ratio(in: Self.range(2, 3)))
    #expect(silent.value == 0 && silent.interval.lower == 0 && silent.interval.upper > 0)
    #expect(try feed.ratio(in: Self.range(3, 4)) == nil)
  }

  @Test func `the interval of a ratio is that of a Poisson count`() {
    func interval(_ observed: Int, _ expected: Double) -> (lower: Double, upper: Double) {
      let interval = ObservedToExpected.interval(
        observed: observed,
        expected: expected,
        dispersion: 1,
        reference: 1e12
      )
      return (interval.lower, interval.upper)
    }
    // Nothing seen: −ln 0.025. Ten seen: 4.795 to 18.390 (Garwood's table).
    #expect(interval(0, 1).lower == 0 && agree(interval(0, 1).upper, -log(0.025), 1e-4))
    #expect(agree(interval(10, 10).lower, 0.4795, 1e-3))
    #expect(agree(interval(10, 10).upper, 1.8390, 1e-3))
  }
}
