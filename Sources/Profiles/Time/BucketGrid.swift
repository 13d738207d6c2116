// SPDX-License-Identifier: Apache-2.0

/// The division of time into buckets: local days, or equal parts of them.
package struct BucketGrid: Sendable {
  package let calendar: ZonedCalendar
  /// Buckets in a local day: 1 for `1d`, 24 for `1h`.
  package let bucketsPerDay: Int

  /// A grid of buckets of `1d` or of hours that divide a day; nil for any other length.
  package init?(bucket: String, calendar: ZonedCalendar) {
    guard let duration = FixedDuration(bucket), duration > .zero,
      duration.microseconds.isMultiple(of: 3_600_000_000)
    else { return nil }
    let perDay = Instant.microsecondsPerDay / duration.microseconds
    guard perDay * duration.microseconds == Instant.microsecondsPerDay, (1...24).contains(perDay)
    else { return nil }
    self.calendar = calendar
    bucketsPerDay = Int(perDay)
  }

  /// Returns the starts of all buckets that touch `range`, then the end of the last one.
  ///
  /// A day on which the clock changes is divided into buckets of the usual length counted from its
  /// start; its last bucket is shorter or longer.
  ///
  /// - Complexity: O(days in the range).
  package func edges(covering range: TimeRange) -> [Instant] {
    guard range.from < range.to else { return [] }
    let length = Instant.microsecondsPerDay / Int64(bucketsPerDay)
    var edges: [Instant] = []
    var day = calendar.date(at: range.from).dayNumber
    while true {
      let start = calendar.start(of: CivilDate(dayNumber: day))
      let end = calendar.start(of: CivilDate(dayNumber: day + 1))
      for index in 0..<bucketsPerDay {
        let edge = Instant(microseconds: start.microseconds + Int64(index) * length)
        guard edge < end else { break }
        if edge >= range.to {
          edges.append(edge)
          return edges.trimmed(before: range.from)
        }
        edges.append(edge)
      }
      day += 1
    }
  }

  /// Returns the end of the last bucket that is over at `instant`.
  package func lastEdge(atOrBefore instant: Instant) -> Instant {
    let dayBefore = Instant(microseconds: instant.microseconds - 2 * Instant.microsecondsPerDay)
    let next = Instant(microseconds: instant.microseconds + 1)
    guard let range = TimeRange(from: dayBefore, to: next) else { return instant }
    return edges(covering: range).last { $0 <= instant } ?? instant
  }
}

extension [Instant] {
  /// Drops the edges of buckets that end at or before `instant`.
  fileprivate func trimmed(before instant: Instant) -> [Instant] {
    guard let first = lastIndex(where: { $0 <= instant }) else { return self }
    return Array(self[first...])
  }
}
