// SPDX-License-Identifier: Apache-2.0
package import Profiles

/// What a simulated operator is, and what happens to it when.
package struct OperatorCalendar: Sendable, Hashable {
  package var seed: UInt64
  /// Customers at the start.
  package var customers: Int
  /// The first of the first month.
  package var start: CivilDate
  package var months: Int
  package var incidents: [Incident]
  package var campaign: Campaign?
  /// The month from which on a second model version scores too, counted from 0; nil for none.
  package var challengerMonth: Int?

  package init(
    seed: UInt64 = 20_250_101,
    customers: Int,
    start: CivilDate,
    months: Int,
    incidents: [Incident] = [],
    campaign: Campaign? = nil,
    challengerMonth: Int? = nil
  ) {
    self.seed = seed
    self.customers = customers
    self.start = start
    self.months = months
    self.incidents = incidents
    self.campaign = campaign
    self.challengerMonth = challengerMonth
  }

  /// How many customers an operator may have: fewer teach a model nothing, more do not fit 32 bits.
  package static let customerRange = 1000...4_000_000_000

  /// The day after the last.
  package var end: CivilDate { start.firstOfMonth(plus: months) }

  /// Nineteen months in which ten things happen, each once, after a reference of four quiet months.
  ///
  /// - `start`: The first of a month.
  package static func eventful(
    customers: Int = 6000,
    start: CivilDate,
    seed: UInt64 = 20_250_102
  ) -> OperatorCalendar {
    func day(_ month: Int, _ day: Int = 1) -> CivilDate {
      CivilDate(dayNumber: start.firstOfMonth(plus: month).dayNumber + day - 1)
    }
    return OperatorCalendar(
      seed: seed,
      customers: customers,
      start: start,
      months: 19,
      incidents: [
        Incident(.billingNull, from: day(4), until: day(4, 22)),
        Incident(.scoreRescaled, from: day(5), until: day(6), size: 0.35),
        Incident(.priceRise, from: day(6)),
        Incident(.regionGrowth, from: day(6)),
        Incident(.unitsChanged, from: day(7), until: day(7, 21)),
        Incident(.labelFeedStops, from: day(7, 9), until: day(7, 23)),
        Incident(.duplicatedUpload, from: day(7, 15), until: day(7, 16)),
        Incident(.newTariff, from: day(8)),
        Incident(.labelFeedNegative, from: day(8, 10), until: day(8, 24)),
        Incident(.competitorOffer, from: day(9)),
      ],
      campaign: Campaign(name: "retention-spring", month: day(16))
    )
  }

  func incident(_ kind: Incident.Kind, on day: Int) -> Incident? {
    incidents.first { $0.kind == kind && $0.holds(on: day) }
  }
}
