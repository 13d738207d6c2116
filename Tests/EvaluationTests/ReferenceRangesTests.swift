// SPDX-License-Identifier: Apache-2.0
import Evaluation
import Profiles
import Testing

@Suite struct ReferenceRangesTests {
  private typealias Model = SyntheticModel

  private static func references(
    _ ranges: [(version: String?, range: TimeRange)],
    _ movement: ReferenceRanges.Movement = .still,
    zone: String = "UTC"
  ) -> ReferenceRanges {
    ReferenceRanges(
      ranges: ranges,
      movement: movement,
      reason: "stated",
      grid: Model.grid(zone)
    )
  }

  private static func activity(_ days: [String: Range<Int>]) -> ActivityIndex {
    ActivityIndex(
      days.flatMap { version, days in
        days.map {
          BucketActivity(
            version: version,
            bucket: Model.range($0, $0 + 1),
            rows: 10,
            predictions: 10,
            open: 0
          )
        }
      }.sorted { $0.bucket.from < $1.bucket.from }
    )
  }

  // MARK: Settling

  @Test func `a version that began after the reference is compared with its first four weeks`() {
    var references = Self.references([(nil, Model.range(0, 20))])
    let activity = Self.activity(["old": 0..<90, "new": 30..<90])
    references.settle(activity, keptFrom: Model.day(0), until: Model.day(90))
    #expect(references.still(for: "old") == [Model.range(0, 20)])
    #expect(references.still(for: "new") == [Model.range(30, 58)])
    #expect(references.firstWeeks == ["new": Model.range(30, 58)])
    #expect(references.all == [Model.range(0, 20), Model.range(30, 58)])
    #expect(references.base == [Model.range(0, 20)])
  }

  @Test func `first weeks count once they are over, and only without rows in the reference`() {
    var references = Self.references([(nil, Model.range(0, 20))])
    let activity = Self.activity(["old": 0..<60, "new": 30..<60, "shadow": 19..<60])
    references.settle(activity, keptFrom: Model.day(0), until: Model.day(57))
    // `new` has 27 of 28 days, and `shadow` scored on the reference's last day.
    #expect(references.firstWeeks == [:])
    #expect(references.still(for: "new") == [Model.range(0, 20)])
    references.settle(activity, keptFrom: Model.day(0), until: Model.day(58))
    #expect(references.firstWeeks == ["new": Model.range(30, 58)])
  }

  @Test func `a range stated for a version serves it alone`() {
    var references = Self.references([
      (nil, Model.range(0, 20)), ("new", Model.range(40, 50)), ("new", Model.range(60, 61)),
    ])
    let activity = Self.activity(["old": 0..<90, "new": 30..<90])
    references.settle(activity, keptFrom: Model.day(0), until: Model.day(90))
    #expect(references.firstWeeks == [:])
    #expect(references.still(for: "new") == [Model.range(40, 50), Model.range(60, 61)])
    #expect(references.still(for: "old") == [Model.range(0, 20)])
  }

  @Test func `the first weeks end at midnight although the clocks change in them`() throws {
    // Berlin's clocks go forward on 2026-03-29: 28 local days from 20 March are an hour shorter.
    let first = try #require(Instant("2026-03-19T23:00Z"))
    var references = Self.references([(nil, Model.range(0, 20))], zone: "Europe/Berlin")
    let day = try #require(TimeRange(from: first, to: first.advanced(by: .day)))
    let activity = ActivityIndex([
      BucketActivity(version: "new", bucket: day, rows: 1, predictions: 1, open: 0)
    ])
    references.settle(activity, keptFrom: Model.day(0), until: Model.day(200))
    let weeks = try #require(references.firstWeeks["new"])
    #expect(weeks.to == Instant("2026-04-16T22:00Z"))
    #expect(weeks.to.microseconds - weeks.from.microseconds == (28 * 24 - 1) * 3_600_000_000)
  }

  // MARK: Slices

  @Test func `a reference that stands still is the same for all windows of a week or more`() {
    let references = Self.references([(nil, Model.range(0, 28))])
    for window in [Model.range(50, 57), Model.range(10, 17)] {
      let slice = references.slice(Model.week, window, version: "v")
      #expect(slice.ranges == [Model.range(0, 28)])
      #expect(slice.weekdays == nil)
    }
  }

  @Test func `a trailing reference ends where the window begins, and never before what is kept`() {
    var references = Self.references([(nil, Model.range(0, 28))], .trailing(days: 14))
    references.settle(Self.activity(["v": 0..<60]), keptFrom: Model.day(5), until: Model.day(60))
    #expect(
      references.slice(Model.week, Model.range(50, 57), version: "v").ranges
        == [Model.range(36, 50)]
    )
    // 19 − 14 is the day from which counts are kept; a day before that what stands still serves.
    #expect(
      references.slice(Model.week, Model.range(19, 26), version: "v").ranges
        == [Model.range(5, 19)]
    )
    #expect(
      references.slice(Model.week, Model.range(18, 25), version: "v").ranges
        == [Model.range(0, 28)]
    )
  }

  @Test func `a trailing reference counts local days across a change of the clocks`() throws {
    let references = Self.references(
      [(nil, Model.range(0, 28))],
      .trailing(days: 14),
      zone: "Europe/Berlin"
    )
    // 2 April begins at 22:00 UTC, 19 March at 23:00 UTC.
    let window = try Model.span("2026-04-01T22:00Z", "2026-04-08T22:00Z")
    let slice = references.slice(Model.week, window, version: "v")
    #expect(slice.ranges.map(\.from) == [Instant("2026-03-18T23:00Z")])
    #expect(slice.ranges.map(\.to) == [window.from])
  }

  @Test func `last year's reference has the same weekdays, or the same month`() throws {
    var references = Self.references([(nil, Model.range(0, 28))], .lastYear)
    let kept = try #require(Instant("2025-01-01"))
    references.settle(Self.activity(["v": 0..<90]), keptFrom: kept, until: Model.day(90))
    // 364 days are 52 weeks: 1 April 2026 is a Wednesday, as is 2 April 2025.
    let week = try Model.span("2026-04-01", "2026-04-08")
    let before = references.slice(Model.week, week, version: "v").ranges
    #expect(before.map(\.from) == [Instant("2025-04-02")])
    #expect(before.map(\.to) == [Instant("2025-04-09")])
    let month = try Model.span("2026-04-01", "2026-05-01")
    let same = references.slice(.month, month, version: "v").ranges
    #expect(same.map(\.from) == [Instant("2025-04-01")])
    #expect(same.map(\.to) == [Instant("2025-05-01")])
    // What lies before the counts that are kept compares with nothing.
    let winter = try Model.span("2025-12-01", "2026-01-01")
    #expect(references.slice(.month, winter, version: "v").ranges == [])
  }

  @Test func `a window of less than a week is compared with its weekdays`() {
    let references = Self.references([(nil, Model.range(0, 28))])
    // 2026-01-01 is a Thursday, day 0 of the count; day 31 is a Sunday.
    let sunday = references.slice(.sliding(days: 1), Model.range(31, 32), version: "v")
    #expect(sunday.weekdays == [3])
    let threeDays = references.slice(.sliding(days: 3), Model.range(33, 36), version: "v")
    #expect(threeDays.weekdays == [5, 6, 0])
    #expect(references.slice(.week, Model.range(32, 39), version: "v").weekdays == nil)
  }

  // MARK: Summary and sample

  @Test func `the sample is the newest window of a kind inside the reference`() {
    let references = Self.references([(nil, Model.range(0, 10)), (nil, Model.range(20, 30))])
    #expect(references.sample(Model.week) == Model.range(23, 30))
    #expect(references.sample(.sliding(days: 10)) == Model.range(20, 30))
    #expect(references.sample(.sliding(days: 11)) == nil)
    #expect(references.sample(.month) == nil)
  }
}
