// SPDX-License-Identifier: Apache-2.0
package import Checks
package import Profiles
package import Simulator

/// Something that happens to an operator, with what a monitor should say of it.
///
/// Stated before the adviser was written that is measured by them.
package struct DiagnosisCase: Sendable {
  /// What a monitor should say.
  package struct Answer: Sendable {
    /// Findings that name it; empty where nothing is to be found.
    package var names: [Advice.Cause] = []
    /// What must be advised; nil where nothing but `nothing` and `watch` may be.
    package var action: Advice.Action?
    /// What may be advised besides, as a fault that is there too.
    package var besides: Set<Advice.Action> = []
    /// Whether all rows are concerned from the first moment on.
    package var isTotal = false
  }

  /// What becomes of the log besides the calendar.
  package enum Change: Sendable {
    case none
    /// A new version takes over that reads some columns wrongly.
    case badVersion(Misreading)
    /// Recall falls by so much, since scores change hands.
    case recallFalls(Double)
  }

  /// What a bad version takes for something else.
  package enum Misreading: Sendable { case contract, contractAndPayment }

  package let name: String
  package let size: String
  package let answer: Answer
  package var delivery = SimulatedLog.Delivery.daily
  package var change = Change.none
  /// What happens, by the day number of the onset.
  package let incidents: @Sendable (_ onset: Int) -> [Incident]

  init(
    _ name: String,
    size: String,
    _ answer: Answer,
    delivery: SimulatedLog.Delivery = .daily,
    change: Change = .none,
    incidents: @escaping @Sendable (_ onset: Int) -> [Incident] = { _ in [] }
  ) {
    self.name = name
    self.size = size
    self.answer = answer
    self.delivery = delivery
    self.change = change
    self.incidents = incidents
  }

  /// The operator of all cases: the months of its reference, and of the whole log.
  package static let customers = 20_000
  package static let referenceMonths = 6
  package static let months = 14
  package static let start = CivilDate(dayNumber: 19_723)  // 2024-01-01
  /// Days after the onset in which advice is judged.
  package static let followed = 150

  /// The day of the onset: in the ninth month, on another day with each seed.
  package static func onset(seed: Int) -> Int {
    start.firstOfMonth(plus: 8).dayNumber + seed * 11 % 28
  }

  /// The calendar of a seed.
  package func calendar(seed: Int) -> OperatorCalendar {
    OperatorCalendar(
      seed: 0xD1A6_0000 + UInt64(seed),
      customers: Self.customers,
      start: Self.start,
      months: Self.months,
      incidents: incidents(Self.onset(seed: seed))
    )
  }
}
