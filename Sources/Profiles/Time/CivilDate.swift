// SPDX-License-Identifier: Apache-2.0

/// A day of the proleptic Gregorian calendar.
package struct CivilDate: Sendable, Hashable, Codable, CustomStringConvertible {
  package let year: Int
  package let month: Int
  package let day: Int

  /// A date; nil when there is no such day.
  package init?(year: Int, month: Int, day: Int) {
    guard (1...9999).contains(year), (1...12).contains(month),
      (1...Self.days(inMonth: month, of: year)).contains(day)
    else { return nil }
    (self.year, self.month, self.day) = (year, month, day)
  }

  private static func days(inMonth month: Int, of year: Int) -> Int {
    let isLeap = year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
    return switch month {
    case 2: isLeap ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// The date `dayNumber` days after 1970-01-01.
  ///
  /// Counts in eras of 400 years that begin on a first of March, so that the leap day is the last
  /// of its year (H. Hinnant, "chrono-compatible low-level date algorithms", 2013).
  package init(dayNumber: Int) {
    let shifted = dayNumber + 719_468
    let era = shifted.flooredDivision(by: 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  /// Days since 1970-01-01.
  package var dayNumber: Int {
    let shiftedYear = month <= 2 ? year - 1 : year
    let era = shiftedYear.flooredDivision(by: 400)
    let yearOfEra = shiftedYear - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }

  /// The same day so many months later; the last day of that month where it has no such day.
  package func plus(months: Int) -> CivilDate {
    let first = firstOfMonth(plus: months)
    let next = firstOfMonth(plus: months + 1)
    return CivilDate(
      dayNumber: min(first.dayNumber + (dayNumber - firstOfMonth().dayNumber), next.dayNumber - 1)
    )
  }

  /// The first day of this date's month, moved by a number of months.
  package func firstOfMonth(plus months: Int = 0) -> CivilDate {
    let index = year * 12 + month - 1 + months
    let first = CivilDate(
      year: index.flooredDivision(by: 12),
      month: index - index.flooredDivision(by: 12) * 12 + 1,
      day: 1
    )
    return first ?? self
  }

  /// The Monday of this date's ISO week.
  package var mondayOfWeek: CivilDate {
    // 1970-01-01 was a Thursday.
    let sinceMonday = (dayNumber + 3) - (dayNumber + 3).flooredDivision(by: 7) * 7
    return CivilDate(dayNumber: dayNumber - sinceMonday)
  }

  package var description: String { "\(year.padded(4))-\(month.padded(2))-\(day.padded(2))" }
}
