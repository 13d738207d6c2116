// SPDX-License-Identifier: Apache-2.0
package import Profiles

/// The buckets that a window is compared with.
package struct ReferenceSlice: Sendable, Hashable {
  package let ranges: [TimeRange]
  /// Days since Thursday; nil for all.
  package let weekdays: Set<Int>?
  private let calendar: ZonedCalendar

  init(ranges: [TimeRange], weekdays: Set<Int>?, calendar: ZonedCalendar) {
    self.ranges = ranges
    self.weekdays = weekdays
    self.calendar = calendar
  }

  /// Whether a bucket lies inside one of the ranges and begins on one of the weekdays.
  package func contains(_ bucket: TimeRange) -> Bool {
    guard ranges.contains(where: { $0.contains(bucket) }) else { return false }
    guard let weekdays else { return true }
    let day = calendar.date(at: bucket.from).dayNumber
    return weekdays.contains((day % 7 + 7) % 7)
  }

  package static func == (left: ReferenceSlice, right: ReferenceSlice) -> Bool {
    left.ranges == right.ranges && left.weekdays == right.weekdays
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(ranges)
    hasher.combine(weekdays)
  }
}
