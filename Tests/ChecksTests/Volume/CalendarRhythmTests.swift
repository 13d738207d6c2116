// SPDX-License-Identifier: Apache-2.0
import Checks
import Profiles
import Statistics
import Testing

@Suite struct CalendarRhythmTests {
  /// Days from 2024-01-01, a Monday, with Poisson-like counts around a mean of each.
  private static func days(
    _ count: Int,
    seed: UInt64 = 1,
    _ mean: (CivilDate) -> Double
  ) -> [(date: CivilDate, count: Int)] {
    var random = SplitMix64(seed: seed)
    return (0..<count).map { day in
      let date = CivilDate(dayNumber: 19_723 + day)
      let mean = mean(date)
      return (date, max(0, Int((mean + mean.squareRoot() * random.normal()).rounded())))
    }
  }

  private static func weekday(_ date: CivilDate) -> Int {
    date.dayNumber - date.mondayOfWeek.dayNumber
  }

  @Test func `even days have no calendar`() throws {
    for seed in 1...20 {
      let rhythm = try #require(CalendarRhythm(Self.days(180, seed: UInt64(seed)) { _ in 500 }))
      #expect(rhythm.pattern == .daily)
      #expect(abs(rhythm.expected(on: CivilDate(dayNumber: 20_000)) - 500) < 10)
      #expect(rhythm.dispersion < 1.5)
    }
  }

  @Test func `working days, days of the month and both are found`() throws {
    let working = try #require(
      CalendarRhythm(Self.days(60) { Self.weekday($0) < 5 ? 700 : 0 })
    )
    #expect(working.pattern == .weekly && working.period == 7)
    // 2024-06-01 is a Saturday.
    let saturday = try #require(CivilDate(year: 2024, month: 6, day: 1))
    #expect(working.expected(on: saturday) == 0)
    #expect(abs(working.expected(on: CivilDate(dayNumber: saturday.dayNumber + 2)) - 700) < 30)
    let files = try #require(CalendarRhythm(Self.days(180) { $0.day == 1 ? 600 : 0 }))
    #expect(files.pattern == .monthly && files.period == 28)
    #expect(abs(files.expected(on: saturday) - 600) < 40)
    #expect(files.expected(on: CivilDate(dayNumber: saturday.dayNumber + 1)) == 0)
    let both = try #require(
      CalendarRhythm(Self.days(180) { Self.weekday($0) < 5 && $0.day <= 28 ? 700 : 0 })
    )
    #expect(both.pattern == .both)
    #expect(both.expected(on: saturday) == 0)
    #expect(abs(both.expected(on: CivilDate(dayNumber: saturday.dayNumber + 2)) - 700) < 60)
  }

  @Test func `days that are uneven for no reason have a dispersion`() throws {
    var random = SplitMix64(seed: 4)
    let days = Self.days(180) { _ in 500 * (1 + 0.3 * random.normal()) }
    let rhythm = try #require(CalendarRhythm(days))
    #expect(rhythm.pattern == .daily)
    // (0.3 · 500)² / 500 is 45, and chance adds 1.
    #expect((30...60).contains(rhythm.dispersion), "\(rhythm.dispersion)")
  }

  @Test func `few days have none, and no days nothing`() throws {
    #expect(CalendarRhythm([]) == nil)
    let short = try #require(CalendarRhythm(Self.days(14) { Self.weekday($0) < 5 ? 700 : 0 }))
    #expect(short.pattern == .daily)
  }
}
