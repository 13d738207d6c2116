// SPDX-License-Identifier: Apache-2.0
import Profiles
import Testing

@Suite struct TimeTests {
  @Test(arguments: [
    ("2026-01-31", "2026-01-31T00:00:00Z"), ("2026-01-31T08:30Z", "2026-01-31T08:30:00Z"),
    ("2026-01-31 08:30:00.5+02:00", "2026-01-31T06:30:00.500000Z"),
    ("2026-01-31T23:30:00-0130", "2026-02-01T01:00:00Z"), ("1969-12-31", "1969-12-31T00:00:00Z"),
    ("2024-02-29", "2024-02-29T00:00:00Z"),
  ])
  func `moments are read and written`(_ text: String, _ expected: String) throws {
    let instant = try #require(Instant(text))
    #expect(instant.description == expected)
    #expect(Instant(instant.description) == instant)
  }

  @Test(arguments: [
    "", "2026", "2026-13-01", "2026-02-29", "2026-01-31T25:00Z", "2026-01-31T08:61Z",
    "2026-01-31x", "31.01.2026",
  ])
  func `what is no moment is refused`(_ text: String) { #expect(Instant(text) == nil) }

  @Test func `days and dates turn into one another`() {
    for number in stride(from: -200_000, through: 200_000, by: 37) {
      #expect(CivilDate(dayNumber: number).dayNumber == number)
    }
  }

  @Test(arguments: [("90d", "90d"), ("36h", "36h"), ("48h", "2d"), ("1w", "7d"), ("15m", "15m")])
  func `durations are read`(_ text: String, _ expected: String) {
    #expect(FixedDuration(text)?.description == expected)
  }

  @Test(arguments: ["", "d", "-1d", "1.5d", "1y", "99999999999d"])
  func `what is no duration is refused`(_ text: String) { #expect(FixedDuration(text) == nil) }

  private func grid(_ bucket: String, _ zone: String) throws -> BucketGrid {
    let calendar = try #require(ZonedCalendar(identifier: zone))
    return try #require(BucketGrid(bucket: bucket, calendar: calendar))
  }

  private func range(_ from: String, _ to: String) throws -> TimeRange {
    let start = try #require(Instant(from))
    let end = try #require(Instant(to))
    return try #require(TimeRange(from: start, to: end))
  }

  @Test func `days follow the clock of their zone`() throws {
    let grid = try grid("1d", "Europe/Berlin")
    let edges = grid.edges(covering: try range("2026-03-27T23:00Z", "2026-03-30T22:00Z"))
    // The 29th has 23 hours: the clock goes forward that night.
    #expect(
      edges.map(\.description) == [
        "2026-03-27T23:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z",
        "2026-03-30T22:00:00Z",
      ]
    )
  }

  @Test func `hours of a long day are all there`() throws {
    let grid = try grid("6h", "Europe/Berlin")
    let edges = grid.edges(covering: try range("2026-10-24T22:00Z", "2026-10-25T23:00Z"))
    // 25 hours in parts of six: the part with the change is one of seven, whatever the clock does
    // in it, and the next begins when the clock shows six.
    #expect(
      edges.map(\.description) == [
        "2026-10-24T22:00:00Z", "2026-10-25T05:00:00Z", "2026-10-25T11:00:00Z",
        "2026-10-25T17:00:00Z", "2026-10-25T23:00:00Z",
      ]
    )
  }

  @Test(arguments: [
    // New York, Berlin, Lord Howe (half an hour), Santiago and Cairo (at midnight).
    "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/Santiago",
    "Africa/Cairo", "UTC",
  ])
  func `a window of days has the same time by the clock at both ends`(_ zone: String) throws {
    for bucket in ["1h", "2h", "6h", "12h", "1d"] {
      let grid = try grid(bucket, zone)
      let year = try range("2026-01-01T00:00Z", "2027-01-05T00:00Z")
      let edges = grid.edges(covering: year)
      #expect(zip(edges, edges.dropFirst()).allSatisfy { $0 < $1 })
      for days in [1, 7] {
        let windows = grid.windows(.sliding(days: days), inside: year)
        // One for each bucket once there have been so many days.
        #expect(edges.count - windows.count <= (days + 1) * grid.bucketsPerDay + 1)
        for window in windows {
          #expect(window.to.microseconds - window.from.microseconds > 0)
          let start = grid.calendar.date(at: window.from).dayNumber
          #expect(grid.calendar.date(at: window.to).dayNumber == start + days)
          // 23 to 25 hours a day; less where the clock skips the beginning of a bucket of two.
          let hours = Double(window.to.microseconds - window.from.microseconds) / 3.6e9
          #expect(
            abs(hours - 24 * Double(days)) <= (bucket == "2h" ? 2 : 1),
            "\(zone) \(bucket) \(window)"
          )
        }
      }
    }
  }

  @Test func `hourly windows of a day are 23 to 25 hours only where the clock changes`() throws {
    let grid = try grid("1h", "America/New_York")
    let autumn = grid.windows(
      .sliding(days: 1),
      inside: try range("2026-10-30T04:00Z", "2026-11-04T05:00Z")
    )
    func hours(_ window: TimeRange) -> Int64 {
      (window.to.microseconds - window.from.microseconds) / 3_600_000_000
    }
    // The clock goes back at 2026-11-01T06:00Z: windows that hold the hour before it are longer.
    let change = try #require(Instant("2026-11-01T06:00Z"))
    for window in autumn {
      #expect(hours(window) == (window.from < change && change <= window.to ? 25 : 24))
    }
    let spring = grid.windows(
      .sliding(days: 1),
      inside: try range("2026-03-06T05:00Z", "2026-03-11T04:00Z")
    )
    #expect(spring.contains(try range("2026-03-08T05:00Z", "2026-03-09T04:00Z")))
    let forward = try #require(Instant("2026-03-08T07:00Z"))
    for window in spring {
      if window.from < forward && forward < window.to { #expect(hours(window) == 23) }
      if window.to < forward || forward < window.from { #expect(hours(window) == 24) }
    }
  }

  @Test func `calendar windows are those of the zone`() throws {
    let grid = try grid("1d", "America/New_York")
    let months = grid.windows(.month, inside: try range("2026-01-01", "2026-04-15"))
    #expect(
      months.map(\.from.description)
        == ["2026-01-01T05:00:00Z", "2026-02-01T05:00:00Z", "2026-03-01T05:00:00Z"]
    )
    let weeks = grid.windows(.week, inside: try range("2026-03-01", "2026-03-20"))
    #expect(weeks.first?.from.description == "2026-03-02T05:00:00Z")
  }

  @Test func `adjacent windows lie side by side from the first on`() throws {
    let grid = try grid("1d", "UTC")
    let range = try range("2026-01-05", "2026-02-20")
    func starts(_ spec: WindowSpec) -> [String] {
      grid.adjacentWindows(spec, inside: range).map { String($0.from.description.prefix(10)) }
    }
    #expect(starts(.sliding(days: 14)) == ["2026-01-05", "2026-01-19", "2026-02-02"])
    #expect(starts(.month) == [])
    #expect(starts(.week).count == 6)
  }

  @Test func `sliding windows slide by bucket`() throws {
    let grid = try grid("1d", "UTC")
    let windows = grid.windows(.sliding(days: 7), inside: try range("2026-01-01", "2026-01-10"))
    #expect(windows.count == 3)
    #expect(windows.last?.description == "2026-01-03T00:00:00Z to 2026-01-10T00:00:00Z")
    let last = grid.lastWindow(
      .sliding(days: 7),
      endingBy: try #require(Instant("2026-01-10T05:00Z"))
    )
    #expect(last == windows.last)
    #expect(
      grid.lastWindow(.month, endingBy: try #require(Instant("2026-03-01")))?.from.description
        == "2026-02-01T00:00:00Z"
    )
  }

  @Test func `the last edge is the end of the last bucket that is over`() throws {
    let grid = try grid("1h", "UTC")
    let edge = grid.lastEdge(atOrBefore: try #require(Instant("2026-01-10T05:59:59Z")))
    #expect(edge.description == "2026-01-10T05:00:00Z")
    #expect(grid.lastEdge(atOrBefore: edge) == edge)
  }

  @Test(arguments: ["5h", "2d", "0h", "90m", "x"])
  func `buckets that do not divide a day are refused`(_ text: String) throws {
    let calendar = try #require(ZonedCalendar(identifier: "UTC"))
    #expect(BucketGrid(bucket: text, calendar: calendar) == nil)
  }
}
