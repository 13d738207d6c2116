// SPDX-License-Identifier: Apache-2.0

/// The division of time into buckets: local days, or parts of them by the local clock.
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
  /// A bucket begins wherever the local clock shows a multiple of its length. On a day on which the
  /// clock changes, the bucket with the change is longer or shorter; an hour that the clock shows
  /// twice is two buckets of an hour.
  ///
  /// - Complexity: O(days in the range).
  package func edges(covering range: TimeRange) -> [Instant] {
    guard range.from < range.to else { return [] }
    var edges: [Instant] = []
    var day = calendar.date(at: range.from).dayNumber
    while true {
      for edge in self.edges(ofDay: day) {
        edges.append(edge)
        if edge >= range.to { return edges.trimmed(before: range.from) }
      }
      day += 1
    }
  }

  /// The starts of the buckets of a local day.
  private func edges(ofDay day: Int) -> [Instant] {
    let date = CivilDate(dayNumber: day)
    let start = calendar.start(of: date)
    guard bucketsPerDay > 1 else { return [start] }
    let end = calendar.start(of: CivilDate(dayNumber: day + 1))
    let length = Instant.microsecondsPerDay / Int64(bucketsPerDay)
    func edges(_ offset: Int64) -> [Instant] {
      let midnight = Int64(day) * Instant.microsecondsPerDay - offset
      return (0..<bucketsPerDay).map { Instant(microseconds: midnight + Int64($0) * length) }
        .filter { start <= $0 && $0 < end && calendar.offset(at: $0) == offset }
    }
    let before = calendar.offset(at: start)
    let after = calendar.offset(at: Instant(microseconds: end.microseconds - 1))
    // The first moment of a day is one too where the clock skips midnight.
    return Set([start] + edges(before) + edges(after)).sorted()
  }

  /// The first edge of a bucket at or after a moment.
  package func firstEdge(atOrAfter instant: Instant) -> Instant {
    let edge = lastEdge(atOrBefore: instant)
    guard edge < instant else { return edge }
    // No bucket is longer than a day of 25 hours.
    let reach = TimeRange(from: edge, to: edge.advanced(by: FixedDuration(days: 2)))
    return reach.flatMap { edges(covering: $0).first { $0 > edge } } ?? instant
  }

  /// Returns the end of the last bucket that is over at `instant`.
  package func lastEdge(atOrBefore instant: Instant) -> Instant {
    let dayBefore = Instant(microseconds: instant.microseconds - 2 * Instant.microsecondsPerDay)
    let next = Instant(microseconds: instant.microseconds + 1)
    guard let range = TimeRange(from: dayBefore, to: next) else { return instant }
    return edges(covering: range).last { $0 <= instant } ?? instant
  }

  /// Returns the place of a moment on the local clock: its day, and the bucket of the usual day.
  func place(of instant: Instant) -> (day: Int, bucket: Int) {
    let local = instant.microseconds + calendar.offset(at: instant)
    let day = local.flooredDivision(by: Instant.microsecondsPerDay)
    let length = Instant.microsecondsPerDay / Int64(bucketsPerDay)
    return (Int(day), Int((local - day * Instant.microsecondsPerDay) / length))
  }
}

extension [Instant] {
  /// Drops the edges of buckets that end at or before `instant`.
  fileprivate func trimmed(before instant: Instant) -> [Instant] {
    guard let first = lastIndex(where: { $0 <= instant }) else { return self }
    return Array(self[first...])
  }
}
