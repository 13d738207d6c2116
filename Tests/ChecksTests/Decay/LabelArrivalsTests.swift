// SPDX-License-Identifier: Apache-2.0
import Checks
import Profiles
import Statistics
import Testing

/// A label feed by what arrived on which day.
@Suite struct LabelArrivalsTests {
  /// 2024-01-01.
  private static let start = 19_723
  private static let reference = start..<(start + 90)

  private static func moment(_ day: Int) -> Instant {
    Instant(microseconds: Int64(start + day) * 86_400_000_000)
  }

  private static func feed(
    days: Int,
    pace: (_ day: Int) -> Double = { _ in 1 },
    _ positives: (_ day: Int, _ date: CivilDate) -> Int
  ) throws -> LabelFeed? {
    var arrivals = LabelArrivals()
    for day in 0..<days {
      let count = positives(day, CivilDate(dayNumber: start + day))
      if count > 0 { arrivals.days[start + day] = LabelArrivals.Day(positives: count) }
    }
    let calendar = try #require(ZonedCalendar(identifier: "UTC"))
    return arrivals.feed(reference: reference, calendar, until: moment(days)) {
      pace($0 - start)
    }
  }

  private static func range(_ from: Int, _ to: Int) throws -> TimeRange {
    try #require(TimeRange(from: moment(from), to: moment(to)))
  }

  @Test func `a feed that stops is found on the day`() throws {
    let feed = try #require(
      try Self.feed(days: 120) { day, _ in (100..<110).contains(day) ? 0 : 20 }
    )
    #expect(feed.outages == [try Self.range(100, 110)])
    #expect(feed.excesses.isEmpty && feed.hasRecovered)
    let stopped = try #require(try Self.feed(days: 101) { day, _ in day >= 100 ? 0 : 20 })
    #expect(stopped.outages.count == 1 && !stopped.hasRecovered)
  }

  @Test func `a feed that says yes to all is found on the day, and blinds`() throws {
    let feed = try #require(try Self.feed(days: 120) { day, _ in day == 105 ? 9000 : 20 })
    #expect(feed.excesses == [try Self.range(105, 106)])
    #expect(feed.blind(DetectorSimulation.layout.bins).contains { $0.contains(Self.moment(105)) })
    let ratio = try #require(feed.ratio(in: try Self.range(105, 106)))
    #expect(ratio.value == 450 && ratio.interval.lower > 3)
  }

  @Test func `files on the first of the month are a rhythm`() throws {
    // 2024-05-01 is day 121.
    let feed = try #require(
      try Self.feed(days: 140) { day, date in date.day == 1 && day < 100 ? 600 : 0 }
    )
    #expect(feed.period == FixedDuration(days: 28))
    // Before the file is due nothing is missing.
    #expect(feed.ratio(in: try Self.range(95, 120)) == nil)
    let ratio = try #require(feed.ratio(in: try Self.range(112, 140)))
    #expect(ratio.arrived == 0 && abs(ratio.expected - 600) < 1)
    #expect(feed.outages.count == 1)
    // Two files at once are no excess.
    let late = try #require(
      try Self.feed(days: 160) { day, date in
        guard date.day == 1 else { return 0 }
        return day < 100 ? 600 : day < 130 ? 0 : 1200
      }
    )
    #expect(late.excesses.isEmpty && late.hasRecovered)
  }

  @Test func `weeks before outcomes began to come are no reference`() throws {
    // Written sixty days after their prediction.
    let feed = try #require(
      try Self.feed(days: 120, pace: { $0 < 60 ? 0 : 1 }) { day, _ in day < 60 ? 0 : 20 }
    )
    #expect(feed.outages.isEmpty)
    let ratio = try #require(feed.ratio(in: try Self.range(100, 110)))
    #expect(abs(ratio.value - 1) < 0.35, "\(ratio.value)")
    #expect(try Self.feed(days: 120) { _, _ in 0 } == nil)
  }
}
