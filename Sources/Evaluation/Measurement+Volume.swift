// SPDX-License-Identifier: Apache-2.0
import Checks
import Profiles
import Statistics

/// How many predictions there are.
extension Measurement {
  /// Returns predictions a day of 24 hours in a window, beside those that the calendar of the
  /// reference makes one expect, at the pace of the four weeks before.
  ///
  /// Working days, files on some days of the month and a business that slowly grows or shrinks are
  /// no loss. The interval is that of a count as uneven as the reference's days.
  ///
  /// - Parameters:
  ///   - range: The window.
  ///   - key: The version and segment.
  ///   - slice: What it is compared with.
  /// - Returns: One reading, with the days that have predictions and those that should have.
  func volume(
    in range: TimeRange,
    of key: ModelSeries.Key,
    against slice: ReferenceSlice
  ) -> Reading {
    let mine = series.series[key]
    let rows = mine?.rows(in: range) ?? 0
    let length = Double(range.to.microseconds - range.from.microseconds) / 86_400e6
    let days = LocalDays(history.plan.grid.calendar)
    let counts = dayCounts[key] ?? [:]
    if let successor = successor(of: key.version, in: range, days) {
      return Reading(
        .volume,
        subject: Subject.scoreName,
        sample: Reading.Sample(current: rows),
        obstacle: .noReference("\(successor) has taken over")
      )
    }
    guard let (rhythm, share) = rhythm(slice.ranges, counts, in: days) else {
      return withoutRhythm(rows, in: range, days)
    }
    let level =
      share * level(before: range, version: key.version, reference: slice.ranges, days)
    let usual = days.parts(of: range).map { (share: $0.share, count: rhythm.expected(on: $0.date)) }
    let expected = level * usual.reduce(0) { $0 + $1.share * $1.count }
    guard expected >= 1 || rows > 0 else {
      return Reading(
        .volume,
        subject: Subject.scoreName,
        sample: Reading.Sample(current: 0),
        obstacle: .noReference("the reference has no predictions on such days")
      )
    }
    let busyDays = Double(usual.count { $0.share * $0.count * level >= 1 })
    let found = Double(days.parts(of: range).count { counts[$0.date.dayNumber] ?? 0 > 0 })
    let note =
      found < 0.8 * busyDays
      ? "\(Int(found)) days have predictions where \(Int(busyDays)) should have" : nil
    guard rows > 0 else {
      return Reading(
        .volume,
        subject: Subject.scoreName,
        sample: Reading.Sample(current: 0),
        obstacle: .noData("there are no predictions in the window")
      )
    }
    var reading = Reading(
      .volume,
      subject: Subject.scoreName,
      value: Double(rows) / length,
      reference: expected / length,
      sample: Reading.Sample(
        current: rows,
        reference: slice.ranges.reduce(0) { $0 + (mine?.rows(in: $1) ?? 0) }
      )
    )
    let error = (rhythm.dispersion * max(expected, 1)).squareRoot() / length
    let value = Double(rows) / length
    reading.interval = Interval(estimate: value, standardError: error)
      .clamped(to: reading.check.definition.unit.range)
    reading.referenceInterval = Interval(lower: expected / length, upper: expected / length)
    reading.details = [
      Reading.Detail("busy_days", found), Reading.Detail("expected_busy_days", busyDays),
    ]
    reading.note = note
    return reading
  }

  /// The rhythm of a reference, and how much of it is the version's: a reference too short to show
  /// a month's rhythm borrows that of all versions in the reference of all.
  private func rhythm(
    _ ranges: [TimeRange],
    _ counts: [Int: Int],
    in days: LocalDays
  ) -> (CalendarRhythm, share: Double)? {
    guard let own = days.rhythm(ranges, counts) else { return nil }
    let dates = ranges.flatMap { days.parts(of: $0) }
    let base = history.references.base
    guard dates.count < CalendarRhythm.daysForMonths,
      base.flatMap({ days.parts(of: $0) }).count >= CalendarRhythm.daysForMonths
    else { return (own, 1) }
    guard let rhythm = days.rhythm(base, allRows) else { return (own, 1) }
    let expected = dates.reduce(0) { $0 + $1.share * rhythm.expected(on: $1.date) }
    let found = dates.reduce(0) { $0 + (counts[$1.date.dayNumber] ?? 0) }
    return expected > 0 ? (rhythm, Double(found) / expected) : (own, 1)
  }

  /// A version that began to score in a window or before it, since when another one has scored no
  /// more; nil where that one goes on.
  private func successor(
    of version: String,
    in range: TimeRange,
    _ days: LocalDays
  ) -> String? {
    let starts = history.activity.starts
    guard let own = starts[version] else { return nil }
    return starts.filter { $0.key != version && own < $0.value && $0.value < range.to }
      .sorted { $0.value < $1.value }.first { name, start in
        guard let since = TimeRange(from: max(start, range.from), to: range.to) else {
          return false
        }
        func rows(_ name: String) -> Int {
          days.parts(of: since).reduce(0) { $0 + (pace[name]?[$1.date.dayNumber] ?? 0) }
        }
        return rows(version) == 0 && rows(name) > 0
      }?.key
  }

  /// The reading of a version that has no rows in its reference.
  private func withoutRhythm(_ rows: Int, in range: TimeRange, _ days: LocalDays) -> Reading {
    let parts = days.parts(of: range)
    guard rows > 0 else {
      // Where other versions score nobody on such days, nothing is missing.
      let usual = days.rhythm(history.references.base, allRows).map { rhythm in
        parts.reduce(0) { $0 + $1.share * rhythm.expected(on: $1.date) }
      }
      return Reading(
        .volume,
        subject: Subject.scoreName,
        sample: Reading.Sample(current: 0),
        obstacle: usual ?? 1 < 1
          ? .noReference("the reference has no predictions on such days")
          : .noData("there are no predictions in the window")
      )
    }
    var reading = Reading(
      .volume,
      subject: Subject.scoreName,
      value: Double(rows) / parts.reduce(0) { $0 + $1.share },
      sample: Reading.Sample(current: rows)
    )
    reading.obstacle = .noReference("the reference has no rows of this version")
    return reading
  }

  /// Rows of all versions by day number.
  private var allRows: [Int: Int] {
    pace.values.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
  }

  /// Days before a window by which the present pace is judged.
  private static let paceDays = 28
  /// What a business may grow or shrink by in a month, as a share.
  private static let monthlyChange = 0.1

  /// How many predictions there were in the weeks before a window, as a multiple of what the
  /// reference makes one expect; no further from 1 than a business grows or shrinks meanwhile.
  private func level(
    before window: TimeRange,
    version: String,
    reference ranges: [TimeRange],
    _ days: LocalDays
  ) -> Double {
    guard let end = ranges.map(\.to).max(), end < window.from else { return 1 }
    let first = days.calendar.date(at: window.from).dayNumber - Self.paceDays
    let start = max(days.calendar.start(of: CivilDate(dayNumber: first)), end)
    guard let before = TimeRange(from: start, to: window.from),
      let rhythm = days.rhythm(ranges, pace[version] ?? [:])
    else { return 1 }
    let parts = days.parts(of: before)
    let expected = parts.reduce(0) { $0 + $1.share * rhythm.expected(on: $1.date) }
    guard parts.count >= Self.paceDays / 2, expected >= 30 else { return 1 }
    let months = Double(window.from.microseconds - end.microseconds) / 86_400e6 / 30.4
    var bound = 1.0
    for _ in 0..<max(1, Int(months.rounded(.up))) { bound *= 1 + Self.monthlyChange }
    let rows = parts.reduce(0.0) {
      $0 + $1.share * Double(pace[version]?[$1.date.dayNumber] ?? 0)
    }
    let level = rows / expected
    return min(bound, max(1 / bound, level))
  }
}

/// The local days of ranges of time.
struct LocalDays {
  let calendar: ZonedCalendar

  init(_ calendar: ZonedCalendar) { self.calendar = calendar }

  /// The dates that a range touches, with the share of each that lies inside.
  func parts(of range: TimeRange) -> [(date: CivilDate, share: Double)] {
    let first = calendar.date(at: range.from).dayNumber
    let last = calendar.date(at: Instant(microseconds: range.to.microseconds - 1)).dayNumber
    return (first...max(first, last)).compactMap { number in
      let date = CivilDate(dayNumber: number)
      guard let inside = self.range(of: date, inside: range) else { return nil }
      let start = calendar.start(of: date).microseconds
      let end = calendar.start(of: CivilDate(dayNumber: number + 1)).microseconds
      let share =
        Double(inside.to.microseconds - inside.from.microseconds) / Double(max(1, end - start))
      return (date, share)
    }
  }

  /// The part of a range that lies on a date; nil where none does.
  func range(of date: CivilDate, inside range: TimeRange) -> TimeRange? {
    let start = calendar.start(of: date)
    let end = calendar.start(of: CivilDate(dayNumber: date.dayNumber + 1))
    let (from, to) = (max(start, range.from), min(end, range.to))
    return from < to ? TimeRange(from: from, to: to) : nil
  }

  /// The rhythm of what happened on the whole days of some ranges; nil where nothing did.
  ///
  /// - Parameters:
  ///   - ranges: Where a part of a day counts only if there is no whole one.
  ///   - counts: By day number.
  /// - Returns: The rhythm of the reference.
  func rhythm(_ ranges: [TimeRange], _ counts: [Int: Int]) -> CalendarRhythm? {
    let days = ranges.flatMap { range in
      let all = parts(of: range)
      let whole = all.filter { $0.share > 0.99 }
      return (whole.isEmpty ? all : whole).map { ($0.date, counts[$0.date.dayNumber] ?? 0) }
    }
    guard days.contains(where: { $0.1 > 0 }) else { return nil }
    return CalendarRhythm(days)
  }
}
