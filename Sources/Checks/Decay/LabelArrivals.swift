// SPDX-License-Identifier: Apache-2.0
package import Profiles

/// How many outcomes arrived on each day, whatever their age and their prediction.
package struct LabelArrivals: Sendable, Hashable {
  /// Outcomes of one day.
  package struct Day: Sendable, Hashable {
    /// That say churn, and that say no churn.
    package var positives: Int
    package var negatives: Int

    package init(positives: Int = 0, negatives: Int = 0) {
      self.positives = positives
      self.negatives = negatives
    }
  }

  /// By local day number; days without an outcome are absent.
  package var days: [Int: Day] = [:]

  package init() {}

  /// Days that a rhythm must be learnt from.
  private static let fewestDays = 28
  /// Churners that the reference must have brought.
  private static let fewestChurners = 50
  /// Where fewer outcomes are to be expected than this share of the reference's, nothing is said.
  private static let leastPace = 0.5

  /// The feed since a reference; nil where the reference has too few arrivals to learn a rhythm
  /// from.
  ///
  /// The rhythm is that of the days of the reference on which outcomes came at their usual pace:
  /// where they began to come with its predictions, the first ones say nothing.
  ///
  /// - Parameters:
  ///   - reference: The days to learn from, by day number.
  ///   - calendar: Gives the moments at which days end.
  ///   - moment: Until when arrivals are known.
  ///   - pace: How many outcomes the ages of predictions make one expect on a day.
  /// - Returns: A step for each day from the reference's end on that is over.
  /// - Complexity: O(days) calls of `pace`.
  package func feed(
    reference: Range<Int>,
    _ calendar: ZonedCalendar,
    until moment: Instant,
    pace: (Int) -> Double
  ) -> LabelFeed? {
    let paces = Dictionary(uniqueKeysWithValues: reference.map { ($0, pace($0)) })
    let highest = paces.values.max() ?? 0
    let usual = usual(reference, highest > 0 ? paces.mapValues { $0 / highest } : [:])
    guard usual.count >= Self.fewestDays,
      let rhythm = CalendarRhythm(
        usual.map { (CivilDate(dayNumber: $0), days[$0]?.positives ?? 0) }
      ), rhythm.mean * Double(usual.count) >= Double(Self.fewestChurners)
    else { return nil }
    let mean = usual.reduce(0) { $0 + (paces[$1] ?? 0) } / Double(usual.count)
    let last = calendar.date(at: moment).dayNumber
    let steps = (usual.upperBound..<max(usual.upperBound, last)).compactMap {
      day -> LabelFeed.Step? in
      let pace = mean > 0 ? pace(day) / mean : 1
      // Where next to nobody is scored any more, it is not known whether customers are still
      // followed.
      guard pace >= Self.leastPace else { return nil }
      // Outcomes of all customers come whoever is scored, those of predictions with them: what lies
      // between is as expected.
      let usual = rhythm.expected(on: CivilDate(dayNumber: day))
      let arrived = days[day]?.positives ?? 0
      return LabelFeed.Step(
        at: calendar.start(of: CivilDate(dayNumber: day + 1)),
        arrived: arrived,
        expected: min(max(Double(arrived), usual * min(1, pace)), usual * max(1, pace))
      )
    }
    return LabelFeed(steps, rhythm, referenceDays: usual.count, until: moment)
  }

  /// The days of the reference in which outcomes came at their usual pace: its beginning is left
  /// out while fewer than half as many are to be expected as later, and while its weeks bring less
  /// than half of what the others bring.
  ///
  /// - `paces`: As shares of the highest.
  private func usual(_ reference: Range<Int>, _ paces: [Int: Double]) -> Range<Int> {
    func mean(_ range: Range<Int>) -> Double {
      guard !range.isEmpty else { return 0 }
      return Double(range.reduce(0) { $0 + (days[$1]?.positives ?? 0) }) / Double(range.count)
    }
    var start = reference.lowerBound
    while reference.upperBound - start > Self.fewestDays, paces[start] ?? 1 < 0.5 { start += 1 }
    // Files may come once a month: months are compared.
    while reference.upperBound - start >= 2 * Self.fewestDays,
      mean(start..<(start + Self.fewestDays))
        < mean((start + Self.fewestDays)..<reference.upperBound) / 2
    {
      start += 7
    }
    return start..<reference.upperBound
  }
}
