// SPDX-License-Identifier: Apache-2.0
import Evaluation
import Profiles
import Testing

@Suite struct ReferenceSliceTests {
  private typealias Model = SyntheticModel

  private static func slice(
    _ ranges: [TimeRange],
    window: (kind: WindowSpec, range: TimeRange),
    zone: String = "UTC"
  ) -> ReferenceSlice {
    ReferenceRanges(
      ranges: ranges.map { (nil, $0) },
      reason: "stated",
      grid: Model.grid(zone)
    ).slice(window.kind, window.range, version: "v")
  }

  @Test func `it holds the buckets of its ranges`() {
    let slice = Self.slice(
      [Model.range(0, 20), Model.range(30, 35)],
      window: (Model.week, Model.range(50, 57))
    )
    #expect(slice.contains(Model.range(19, 20)))
    #expect(!slice.contains(Model.range(20, 21)))
    #expect(!slice.contains(Model.range(29, 31)))
    #expect(slice.contains(Model.range(30, 31)))
  }

  @Test func `of weekdays only those days count`() {
    // Sundays: days 3, 10, 17, 24 of 28; with two days more still four.
    let window = (WindowSpec.sliding(days: 1), Model.range(31, 32))
    let slice = Self.slice([Model.range(0, 30)], window: window)
    #expect((0..<30).filter { slice.contains(Model.range($0, $0 + 1)) } == [3, 10, 17, 24])
  }

  @Test func `a day on which the clocks change is one of its weekday`() throws {
    // 29 March 2026 is a Sunday of 23 hours in Berlin.
    let march = try Model.span("2026-02-28T23:00Z", "2026-03-31T22:00Z")
    let sunday = try Model.span("2026-04-04T22:00Z", "2026-04-05T22:00Z")
    let sundays = Self.slice(
      [march],
      window: (.sliding(days: 1), sunday),
      zone: "Europe/Berlin"
    )
    // 1, 8, 15, 22 and 29 March.
    let short = try Model.span("2026-03-28T23:00Z", "2026-03-29T22:00Z")
    #expect(sundays.contains(short))
  }

  @Test func `slices of the same days are equal`() {
    let week = Self.slice([Model.range(0, 28)], window: (Model.week, Model.range(50, 57)))
    let other = Self.slice([Model.range(0, 28)], window: (Model.week, Model.range(43, 50)))
    let sunday = Self.slice(
      [Model.range(0, 28)],
      window: (.sliding(days: 1), Model.range(31, 32))
    )
    #expect(week == other)
    #expect(week != sunday)
    #expect(Set([week, other, sunday]).count == 2)
  }
}
