// SPDX-License-Identifier: Apache-2.0

/// The days of one month, with how much of the month's hazard falls on each.
struct MonthDays {
  /// The first day, by day number.
  let first: Int
  let count: Int
  /// 0 for January.
  let monthOfYear: Int
  /// Sums of the days' weights up to and including each, for usual customers and for those whom a
  /// competitor woos.
  private var usual: [Double] = []
  private var wooed: [Double] = []

  /// The weight of a usual month: hazards are stated for it.
  static let usualWeight = 365.25 / 12

  init(first: Int, count: Int, monthOfYear: Int, _ calendar: OperatorCalendar) {
    self.first = first
    self.count = count
    self.monthOfYear = monthOfYear
    var sums = (usual: 0.0, wooed: 0.0)
    for day in first..<(first + count) {
      // 1970-01-01 was a Thursday.
      let weight =
        OperatorFigures.weekdays[(day + 3) % 7]
        * (calendar.incident(.churnRises, on: day)?.size ?? 1)
      sums.usual += weight
      sums.wooed += weight * Truth.factor(calendar.incident(.competitorOffer, on: day))
      usual.append(sums.usual)
      wooed.append(sums.wooed)
    }
  }

  /// The weight of all days.
  func total(isWooed: Bool) -> Double { (isWooed ? wooed : usual).last ?? 0 }

  /// Returns the day, from 1, on which the hazard has added up to `drawn`; 0 where it does not.
  ///
  /// - `rate`: The hazard of a day of weight 1.
  func day(when drawn: Double, rate: Double, isWooed: Bool) -> UInt8 {
    let sums = isWooed ? wooed : usual
    guard let last = sums.last, drawn < last * rate else { return 0 }
    return UInt8((sums.firstIndex { drawn < $0 * rate } ?? count - 1) + 1)
  }
}
