// SPDX-License-Identifier: Apache-2.0

/// A kind of window: `7d` slides by bucket; `1w` and `1mo` follow the calendar.
package enum WindowSpec: Sendable, Hashable, CustomStringConvertible {
  case sliding(days: Int)
  case week
  case month

  /// Reads `28d`, `1w` or `1mo`; nil for anything else.
  package init?(_ text: String) {
    switch text {
    case "1w": self = .week
    case "1mo": self = .month
    default:
      guard text.hasSuffix("d"), let days = Int(text.dropLast()), (1...3660).contains(days) else {
        return nil
      }
      self = .sliding(days: days)
    }
  }

  /// The length in days, of a month about.
  package var days: Int {
    switch self {
    case .sliding(let days): days
    case .week: 7
    case .month: 30
    }
  }

  /// Days before the present in which the newest whole window begins, at most.
  package var reachDays: Int {
    switch self {
    case .sliding(let days): days
    case .week: 14
    case .month: 62
    }
  }

  package var description: String {
    switch self {
    case .sliding(let days): "\(days)d"
    case .week: "1w"
    case .month: "1mo"
    }
  }
}

extension BucketGrid {
  /// Returns every window of a kind that lies inside `range`, oldest first.
  ///
  /// - Complexity: O(buckets in the range).
  package func windows(_ spec: WindowSpec, inside range: TimeRange) -> [TimeRange] {
    switch spec {
    case .sliding(let days): return slidingWindows(days: days, inside: range)
    case .week:
      return calendarWindows(inside: range, from: \.mondayOfWeek) {
        CivilDate(dayNumber: $0.dayNumber + 7)
      }
    case .month:
      return calendarWindows(inside: range, from: { $0.firstOfMonth() }) {
        $0.firstOfMonth(plus: 1)
      }
    }
  }

  /// Returns windows of a kind that lie side by side inside `range`, from its first on.
  package func adjacentWindows(_ spec: WindowSpec, inside range: TimeRange) -> [TimeRange] {
    windows(spec, inside: range).reduce(into: []) { chosen, window in
      if chosen.last.map({ $0.to <= window.from }) ?? true { chosen.append(window) }
    }
  }

  /// Returns the newest window of a kind that has ended at `instant`.
  package func lastWindow(_ spec: WindowSpec, endingBy instant: Instant) -> TimeRange? {
    let days: Int64 =
      switch spec {
      case .sliding(let days): Int64(days) + 2
      case .week: 15
      case .month: 63
      }
    let from = Instant(microseconds: instant.microseconds - days * Instant.microsecondsPerDay)
    return TimeRange(from: from, to: instant).flatMap { windows(spec, inside: $0).last }
  }

  /// Windows that end with each bucket and begin so many local days earlier, at the same time by
  /// the local clock: over a change of the clock they are an hour longer or shorter.
  private func slidingWindows(days: Int, inside range: TimeRange) -> [TimeRange] {
    let edges = edges(covering: range).filter { range.from <= $0 && $0 <= range.to }
    // Of a time that the clock shows twice the first; in order, as edges are.
    var starts: [(day: Int, bucket: Int, edge: Instant)] = []
    for edge in edges {
      let (day, bucket) = place(of: edge)
      if let last = starts.last, (last.day, last.bucket) >= (day, bucket) { continue }
      starts.append((day, bucket, edge))
    }
    var next = 0
    return edges.compactMap { edge in
      let (day, bucket) = place(of: edge)
      // Where the clock skipped the time, the window begins with the next bucket.
      while next < starts.count, (starts[next].day, starts[next].bucket) < (day - days, bucket) {
        next += 1
      }
      guard next < starts.count else { return nil }
      let start = starts[next]
      // Of what lies before the range nothing is known.
      guard next > 0 || (start.day, start.bucket) == (day - days, bucket) else { return nil }
      return TimeRange(from: start.edge, to: edge)
    }
  }

  private func calendarWindows(
    inside range: TimeRange,
    from first: (CivilDate) -> CivilDate,
    next: (CivilDate) -> CivilDate
  ) -> [TimeRange] {
    var windows: [TimeRange] = []
    var date = first(calendar.date(at: range.from))
    while true {
      let following = next(date)
      guard
        let window = TimeRange(from: calendar.start(of: date), to: calendar.start(of: following)),
        window.to <= range.to
      else { return windows }
      if window.from >= range.from { windows.append(window) }
      date = following
    }
  }
}
