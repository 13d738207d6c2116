// SPDX-License-Identifier: Apache-2.0
package import Profiles

/// How many events a day has, by the calendar: every day the same, by weekday, by day of the month,
/// or by both.
///
/// Learnt from a reference. The rhythm is taken that foretells days best for what it costs, by
/// generalized cross-validation (P. Craven and G. Wahba, 1979): the squared errors over the square
/// of the degrees of freedom that are left. A finer one must be clearly better than a coarser one.
package struct CalendarRhythm: Sendable {
  package enum Pattern: String, Sendable, CaseIterable { case daily, weekly, monthly, both }

  package let pattern: Pattern
  /// The mean of all days.
  package let mean: Double
  /// Factors on the mean by weekday from Monday, and by day of the month; 1 where they do not
  /// matter.
  private let weekdays: [Int: Double]
  private let monthDays: [Int: Double]
  /// How much more days differ from their expectation than independent events would, never below 1.
  package let dispersion: Double

  /// Days that a reference needs to show weekdays, and days of the month.
  private static let daysForWeeks = 21
  package static let daysForMonths = 56
  private static let busyDaysForBoth = 42
  /// What a finer rhythm may have of the errors of a coarser one.
  private static let better = 0.7

  /// The rhythm of some days; nil where there is none of them.
  ///
  /// - Parameter days: Each date once, those without events too.
  /// - Complexity: O(days).
  package init?(_ days: [(date: CivilDate, count: Int)]) {
    guard !days.isEmpty else { return nil }
    let fits = Pattern.allCases.compactMap { pattern -> Fit? in
      switch pattern {
      case .weekly where days.count < Self.daysForWeeks: nil
      case .monthly where days.count < Self.daysForMonths: nil
      // Files on the first of the month say nothing of weekdays, though each falls on one.
      case .both where days.count(where: { $0.count > 0 }) < Self.busyDaysForBoth: nil
      default: Fit(days, pattern)
      }
    }
    var best = fits[0]
    for fit in fits.dropFirst() where fit.score < Self.better * best.score { best = fit }
    (pattern, mean) = (best.pattern, best.mean)
    (weekdays, monthDays, dispersion) = (best.weekdays, best.monthDays, best.dispersion)
  }

  /// The events of a usual day of this date.
  package func expected(on date: CivilDate) -> Double {
    mean * (weekdays[Self.weekday(date)] ?? 1) * (monthDays[date.day] ?? 1)
  }

  /// Days after which the rhythm begins again, at least.
  package var period: Int {
    switch pattern {
    case .daily: 1
    case .weekly: 7
    case .monthly, .both: 28
    }
  }

  private static func weekday(_ date: CivilDate) -> Int {
    date.dayNumber - date.mondayOfWeek.dayNumber
  }

  /// One pattern's means, with how well they foretell.
  private struct Fit {
    let pattern: Pattern
    let mean: Double
    var weekdays: [Int: Double] = [:]
    var monthDays: [Int: Double] = [:]
    var score = 0.0
    var dispersion = 1.0

    init(_ days: [(date: CivilDate, count: Int)], _ pattern: Pattern) {
      self.pattern = pattern
      let total = Double(days.reduce(0) { $0 + $1.count })
      let mean = total / Double(days.count)
      self.mean = mean
      func factors(_ key: (CivilDate) -> Int, _ expected: (CivilDate) -> Double) -> [Int: Double] {
        Dictionary(grouping: days) { key($0.date) }.mapValues { group in
          let sum = group.reduce(0) { $0 + expected($1.date) }
          return sum > 0 ? Double(group.reduce(0) { $0 + $1.count }) / sum : 0
        }
      }
      if pattern == .monthly || pattern == .both {
        monthDays = factors({ $0.day }, { _ in mean })
      }
      if pattern == .weekly || pattern == .both {
        let monthDays = monthDays
        weekdays = factors(CalendarRhythm.weekday) { mean * (monthDays[$0.day] ?? 1) }
        if pattern == .both {
          // Each factor is that of days that the other has put right.
          let weekdays = weekdays
          self.monthDays = factors({ $0.day }) {
            mean * (weekdays[CalendarRhythm.weekday($0)] ?? 1)
          }
        }
      }
      var errors = 0.0
      for day in days {
        let usual =
          mean * (weekdays[CalendarRhythm.weekday(day.date)] ?? 1) * (monthDays[day.date.day] ?? 1)
        errors += (Double(day.count) - usual) * (Double(day.count) - usual)
      }
      let means = Double(1 + max(0, weekdays.count - 1) + max(0, monthDays.count - 1))
      let freedom = max(1, Double(days.count) - means)
      score = errors / freedom / freedom
      dispersion = total > 0 ? max(1, errors / freedom * Double(days.count) / total) : 1
    }
  }
}
