// SPDX-License-Identifier: Apache-2.0
package import Profiles

/// Past time to run as if it were live.
package struct ReplayPlan: Sendable {
  package let range: TimeRange
  /// The moments to check, in order.
  package let moments: [Instant]
  /// How the step was written.
  package let step: String

  /// A plan; nil where the step is no positive duration.
  ///
  /// Steps of whole days follow the calendar: every day at the same local time.
  ///
  /// - Parameters:
  ///   - range: The first moment and the last.
  ///   - step: `1d`, `7d`, `6h`, or `1mo` for a month.
  ///   - calendar: That of the model.
  package init?(_ range: TimeRange, every step: String, _ calendar: ZonedCalendar) {
    self.range = range
    self.step = step
    var moments: [Instant] = []
    let first = calendar.date(at: range.from)
    let timeOfDay = range.from.microseconds - calendar.start(of: first).microseconds
    let duration = FixedDuration(step)
    let days = duration.flatMap { Self.wholeDays($0) }
    if step != "1mo", duration.map({ $0 <= .zero }) ?? true { return nil }
    for count in 0... {
      let moment: Instant
      if step == "1mo" {
        moment = Instant(
          microseconds: calendar.start(of: first.plus(months: count)).microseconds + timeOfDay
        )
      } else if let days {
        let day = CivilDate(dayNumber: first.dayNumber + count * days)
        moment = Instant(microseconds: calendar.start(of: day).microseconds + timeOfDay)
      } else {
        moment = Instant(
          microseconds: range.from.microseconds + Int64(count) * (duration?.microseconds ?? 0)
        )
      }
      if moment > range.to { break }
      moments.append(moment)
    }
    self.moments = moments
  }

  private static func wholeDays(_ duration: FixedDuration) -> Int? {
    let day = FixedDuration(days: 1).microseconds
    return duration.microseconds.isMultiple(of: day) ? Int(duration.microseconds / day) : nil
  }
}
