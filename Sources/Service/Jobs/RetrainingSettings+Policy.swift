// SPDX-License-Identifier: Apache-2.0
import Profiles
import Retraining
import Settings

extension RetrainingSettings {
  /// Whether runs are bound to the machine on which they were begun.
  var isBound: Bool {
    if case .command = trainer { return true }
    return false
  }

  /// The policy with what it needs of the calendar.
  func policy(_ calendar: ZonedCalendar) -> RetrainingPolicy {
    let approval: RetrainingPolicy.Approval =
      switch approval {
      case .never: .never
      case .always: .always
      case .triggered: .triggered
      }
    var money: (cost: Double, value: Double)?
    if let cost, let value { money = (cost, value) }
    let hours = quietHours
    return RetrainingPolicy(
      isEnabled: isEnabled,
      minimumLabels: minimumLabels,
      cooldown: cooldown,
      budget: budget.map { ($0.jobs, $0.period) },
      every: every,
      approval: approval,
      money: money
    ) { moment in hours?.end(at: moment, calendar) }
  }
}

extension RetrainingSettings.Gate {
  /// The gate with what is usual where nothing is said.
  var gate: PromotionGate {
    var made = PromotionGate()
    made.trial = trial ?? made.trial
    made.evaluations = evaluations ?? made.evaluations
    made.margin = margin ?? made.margin
    made.calibration = calibration ?? made.calibration
    return made
  }
}

extension RetrainingSettings.QuietHours {
  /// The end of the quiet hours in which a moment lies; nil where it lies in none.
  func end(at moment: Instant, _ calendar: ZonedCalendar) -> Instant? {
    let date = calendar.date(at: moment)
    let minute = { (day: Int, minutes: Int) in
      calendar.start(of: CivilDate(dayNumber: day))
        .advanced(by: FixedDuration(microseconds: Int64(minutes) * 60_000_000))
    }
    // Those that began yesterday may last into today.
    for day in [date.dayNumber - 1, date.dayNumber] {
      let begin = minute(day, from)
      let end = from < to ? minute(day, to) : minute(day + 1, to)
      if begin <= moment, moment < end { return end }
    }
    return nil
  }
}
