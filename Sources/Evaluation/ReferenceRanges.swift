// SPDX-License-Identifier: Apache-2.0
package import Profiles

/// What windows are compared with, and why.
///
/// Performance and decay are compared with a reference that stands still: a sliding one would slide
/// along with decay. Features, scores and volume are compared with it too, or with one that moves.
package struct ReferenceRanges: Sendable {
  /// How the reference of features, scores and volume goes with the window.
  package enum Movement: Sendable {
    case still
    /// So many days before the window.
    case trailing(days: Int)
    /// The same days of the week, or the same month, a year before.
    case lastYear
    /// Features are compared with the rows that models were trained on.
    ///
    /// - `identity`: Of those rows.
    case training(table: String, identity: StoredIdentity)

    package var isStill: Bool {
      if case .still = self { return true }
      return false
    }
  }

  /// Ranges by version; those without one serve all.
  package let ranges: [(version: String?, range: TimeRange)]
  package let movement: Movement
  package let reason: String
  package let grid: BucketGrid
  /// Of versions that have no rows in the ranges: their first weeks.
  package private(set) var firstWeeks: [String: TimeRange] = [:]
  /// Where stored counts begin; what lies before cannot be compared with.
  private var start: Instant?

  /// How long the first weeks of a version are.
  package static let firstDays = 28

  package init(
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
  package var all: [TimeRange] { (ranges.map(\.range) + firstWeeks.values).joined }

  /// Those that were stated or derived before anything was counted.
  package var base: [TimeRange] { ranges.map(\.range).joined }

  /// The ranges that stand still for a version: those stated for it, else those stated for all,
  /// else, where it has no rows there, its first weeks.
  package func still(for version: String) -> [TimeRange] {
    let own = ranges.filter { $0.version == version }.map(\.range)
    if !own.isEmpty { return own }
    return firstWeeks[version].map { [$0] }
      ?? ranges.filter { $0.version == nil }.map(\.range)
  }

  /// Notes the first weeks of versions that began after the reference, once they are over.
  ///
  /// A version that scored in shadow before it took over began then.
  ///
  /// - Parameters:
  ///   - activity: Which version scored when.
  ///   - start: Where stored counts begin.
  ///   - closed: The end of the newest closed bucket: first weeks that end later are not over.
  /// - Complexity: O(versions · buckets).
  package mutating func settle(
    _ activity: ActivityIndex,
    keptFrom start: Instant,
    until closed: Instant
  ) {
    self.start = start
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

  /// Returns what the features, scores and volume of a window are compared with.
  ///
  /// - Parameters:
  ///   - kind: Windows of less than a week are compared with their weekdays.
  ///   - window: The window, whose length need not be the kind's on days when clocks change.
  ///   - version: Whose ranges serve where the reference stands still.
  /// - Returns: A slice without ranges where what it would be compared with was not kept.
  package func slice(_ kind: WindowSpec, _ window: TimeRange, version: String) -> ReferenceSlice {
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
      // The first windows have nothing before them but the range that the bins come from.
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
  func summary(for version: String, rows: Int, number: Int) -> ReferenceSummary {
    let kind: ReferenceSummary.Kind =
      switch movement {
      case .trailing(let days): .trailing(days: days)
      case .lastYear: .samePeriodLastYear
      case .training(let table, _): .training(table: table)
      case .still: firstWeeks[version] == nil ? .pinned : .firstWeeks
      }
    return ReferenceSummary(
      kind: kind,
      ranges: still(for: version),
      rows: rows,
      number: number,
      reason: reason
    )
  }
}

extension ReferenceRanges {
  /// The reference as it decides the bins.
  ///
  /// The base of a moving reference is chosen once and does not decide.
  package var identity: StoredIdentity.Value {
    switch movement {
    case .still:
      .list(
        [.text("ranges")] + ranges.map { .list([.text($0.version), .range($0.range)]) }
      )
    case .trailing(let days): .list([.text("trailing"), .integer(days)])
    case .lastYear: .list([.text("same_period_last_year")])
    case .training(_, let identity): .list([.text("training"), .identity(identity)])
    }
  }
}
