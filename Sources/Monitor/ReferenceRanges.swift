// SPDX-License-Identifier: Apache-2.0
import Profiles
import Reports
import Settings
import YAMLSource

/// What windows are compared with, and why.
///
/// Performance and decay are compared with a reference that stands still: a sliding one would slide along
/// with decay. Features, scores and volume are compared with it too, or with one that moves.
struct ReferenceRanges: Sendable {
  /// How the reference of features, scores and volume goes with the window.
  enum Movement: Sendable {
    case still
    /// So many days before the window.
    case trailing(days: Int)
    /// The same days of the week, or the same month, a year before.
    case lastYear
    /// Features are compared with the rows that models were trained on.
    case training(TrainingSource)

    var isStill: Bool {
      if case .still = self { return true }
      return false
    }
  }

  /// Ranges by version; those without one serve all.
  let ranges: [(version: String?, range: TimeRange)]
  let movement: Movement
  let reason: String
  let grid: BucketGrid
  /// Of versions that have no rows in the ranges: their first weeks.
  private(set) var firstWeeks: [String: TimeRange] = [:]
  /// Where stored counts begin; what lies before cannot be compared with.
  private var start: Instant?

  /// How long the first weeks of a version are.
  static let firstDays = 28

  init(
    ranges: [(version: String?, range: TimeRange)],
    movement: Movement = .still,
    reason: String,
    grid: BucketGrid
  ) {
    self.ranges = ranges
    self.movement = movement
    self.reason = reason
    self.grid = grid
  }

  /// All ranges that stand still, those that overlap or touch as one.
  var all: [TimeRange] { (ranges.map(\.range) + firstWeeks.values).joined }

  /// Those that were stated or derived before anything was counted.
  var base: [TimeRange] { ranges.map(\.range).joined }

  /// The ranges that stand still for a version: those stated for it, else those stated for all, else, where
  /// it has no rows there, its first weeks.
  func still(for version: String) -> [TimeRange] {
    let own = ranges.filter { $0.version == version }.map(\.range)
    if !own.isEmpty { return own }
    return firstWeeks[version].map { [$0] }
      ?? ranges.filter { $0.version == nil }.map(\.range)
  }

  /// Notes the first weeks of versions that began after the reference, once they are over.
  ///
  /// A version that scored in shadow before it took over began then.
  ///
  /// - `keptFrom`: Where stored counts begin.
  mutating func settle(_ activity: Activity, keptFrom: Instant, until closed: Instant) {
    start = keptFrom
    firstWeeks = [:]
    let begin = base.map(\.from).min() ?? .distantPast
    for (version, first) in activity.starts
    where first > begin && !ranges.contains(where: { $0.version == version }) {
      let day = grid.calendar.date(at: first)
      let end = grid.calendar.start(of: CivilDate(dayNumber: day.dayNumber + Self.firstDays))
      guard end <= closed, let weeks = TimeRange(from: first, to: end),
        !base.contains(where: { activity.hasRows(version, in: $0) })
      else { continue }
      firstWeeks[version] = weeks
    }
  }

  /// What the features, scores and volume of a window are compared with.
  func slice(_ kind: WindowSpec, _ window: TimeRange, version: String) -> ReferenceSlice {
    ReferenceSlice(
      ranges: moved(kind, window) ?? still(for: version),
      weekdays: weekdays(kind, window),
      calendar: grid.calendar
    )
  }

  /// The ranges that went with a window; nil where it stands still.
  private func moved(_ kind: WindowSpec, _ window: TimeRange) -> [TimeRange]? {
    func day(_ instant: Instant, minus days: Int) -> Instant {
      let date = grid.calendar.date(at: instant)
      let sinceMidnight = instant.microseconds - grid.calendar.start(of: date).microseconds
      let start = grid.calendar.start(of: CivilDate(dayNumber: date.dayNumber - days))
      return grid.lastEdge(atOrBefore: Instant(microseconds: start.microseconds + sinceMidnight))
    }
    switch movement {
    case .still, .training: return nil
    case .trailing(let days):
      let from = day(window.from, minus: days)
      // The first windows have nothing before them but the range that the cells come from.
      guard from >= start ?? .distantPast else { return nil }
      return TimeRange(from: from, to: window.from).map { [$0] }
    case .lastYear:
      let calendar = grid.calendar
      func before(_ instant: Instant) -> Instant {
        guard kind == .month else { return day(instant, minus: 364) }
        return calendar.start(of: calendar.date(at: instant).plus(months: -12))
      }
      guard before(window.from) >= start ?? .distantPast else { return [] }
      return TimeRange(from: before(window.from), to: before(window.to)).map { [$0] }
    }
  }

  /// The weekdays of windows of less than a week: a Sunday is compared with Sundays.
  private func weekdays(_ kind: WindowSpec, _ window: TimeRange) -> Set<Int>? {
    guard case .sliding(let days) = kind, days < 7 else { return nil }
    let first = grid.calendar.date(at: window.from).dayNumber
    let last = grid.calendar.date(at: Instant(microseconds: window.to.microseconds - 1)).dayNumber
    let weekdays = Set((first...last).map { ($0 % 7 + 7) % 7 })
    return weekdays.count < 7 ? weekdays : nil
  }

  /// What reports say of it.
  func note(for version: String, rows: Int, number: Int) -> ReferenceNote {
    let kind: ReferenceNote.Kind =
      switch movement {
      case .trailing(let days): .trailing(days: days)
      case .lastYear: .samePeriodLastYear
      case .training(let source): .training(table: source.table.value)
      case .still: firstWeeks[version] == nil ? .pinned : .firstWeeks
      }
    return ReferenceNote(
      kind: kind,
      ranges: still(for: version),
      rows: rows,
      number: number,
      reason: reason
    )
  }
}

/// The buckets that a window is compared with.
struct ReferenceSlice: Sendable, Hashable {
  let ranges: [TimeRange]
  /// Days since Thursday; nil for all.
  let weekdays: Set<Int>?
  private let calendar: ZonedCalendar

  init(ranges: [TimeRange], weekdays: Set<Int>?, calendar: ZonedCalendar) {
    self.ranges = ranges
    self.weekdays = weekdays
    self.calendar = calendar
  }

  func contains(_ bucket: TimeRange) -> Bool {
    guard ranges.contains(where: { $0.contains(bucket) }) else { return false }
    guard let weekdays else { return true }
    let day = calendar.date(at: bucket.from).dayNumber
    return weekdays.contains((day % 7 + 7) % 7)
  }

  /// How long it is, in days.
  var days: Double {
    guard let weekdays else {
      return ranges.reduce(0) { $0 + Double($1.to.microseconds - $1.from.microseconds) / 86_400e6 }
    }
    return ranges.reduce(0) { sum, range in
      let first = calendar.date(at: range.from).dayNumber
      let last = calendar.date(at: Instant(microseconds: range.to.microseconds - 1)).dayNumber
      return sum + Double((first...last).count { weekdays.contains(($0 % 7 + 7) % 7) })
    }
  }

  static func == (left: ReferenceSlice, right: ReferenceSlice) -> Bool {
    left.ranges == right.ranges && left.weekdays == right.weekdays
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(ranges)
    hasher.combine(weekdays)
  }
}
