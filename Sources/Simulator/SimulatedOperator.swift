// SPDX-License-Identifier: Apache-2.0
import Glibc
import Profiles
import Statistics
package import TabularModels

/// A telecom operator whose truth is known: customers who come, live and leave, a model that scores
/// them each month, and incidents with a date and a size.
///
/// Months pass one after the other by `advance`; the rows of the present month are then made part
/// by part, each from the seed, so that memory does not grow with rows: eight bytes are kept for
/// each customer. Same calendar, same rows.
package struct SimulatedOperator: Sendable {
  package let calendar: OperatorCalendar
  /// The month that was made last, counted from 0; negative for the years before the start.
  package private(set) var month: Int
  /// The champion, then the one that also scores from `challengerMonth` on.
  package private(set) var models: [(version: String, model: LogisticRegression)] = []
  /// What the campaign has changed so far, as expected numbers of leavers.
  package private(set) var campaignTruth = CampaignTruth()

  /// Models that were made elsewhere and score too, in order of when they began.
  var adopted: [AdoptedModel] = []
  /// The day from which on a model does not score any more, by version.
  var retired: [String: Int] = [:]
  /// The version by whose scores the campaign picks.
  package internal(set) var activeVersion = SimulatedOperator.champion

  private let mix = CustomerMix()
  private let regularSlots: Int
  /// A place for one customer at a time; who leaves is followed by somebody new.
  var slots: [Slot]
  /// Who was assigned by the campaign, in the month of it.
  var assignments: [Assignment] = []
  /// Leavers of the last month and of this one, by block of neighbours.
  private var neighbours: [UInt8]
  private var leavers: [UInt8]
  private var training = TrainingSet()

  struct Slot: Sendable {
    var generation: UInt16 = 0
    /// The month in which the customer came; `never` before a growing region has its customers.
    var acquired: Int16 = 0
    /// The day of the month on which the customer leaves; 0 for none.
    var leaving: UInt8 = 0
    /// Whether the customer goes for a reason that is no churn.
    var isQuiet = false
    /// The tier of a customer whom the campaign has reached, from 1; 0 for others.
    var reached: UInt8 = 0
  }

  private static let never = Int16.max
  private static let yearsBefore = 30
  /// Months before the start in which behaviour is simulated in full: the first model learns from
  /// them.
  private static let monthsBefore = 6
  private static let blockSize = 40
  /// Days after a prediction in which a customer counts as a churner.
  package static let horizonDays = 60
  /// The versions of the champion and of the model that joins it.
  package static let champion = "lr-1"
  package static let challenger = "lr-2"
  /// Months after the last one in which outcomes still come.
  package static let monthsAfter = 3
  private static let trainingRows = 60_000

  /// An operator on the day before its first month, with a model fitted to the months before.
  package init(_ calendar: OperatorCalendar) {
    precondition(calendar.customers > 0 && calendar.start.day == 1)
    self.calendar = calendar
    regularSlots = calendar.customers
    let growth = calendar.incidents.first { $0.kind == .regionGrowth }.map {
      $0.size * Double(calendar.customers) * OperatorFigures.regionShares[OperatorFigures.harbour]
    }
    let count = regularSlots + Int(growth ?? 0)
    slots = Array(repeating: Slot(), count: count)
    neighbours = Array(repeating: 0, count: count / Self.blockSize + 1)
    leavers = neighbours
    month = -Self.monthsBefore - 1
    for slot in slots.indices { live(slot) }
    while month < -1 { advance() }
    precondition(models.count == 1, "months in which nobody leaves teach nothing")
  }

  // MARK: Customers

  func key(_ slot: Int, _ generation: UInt16) -> UInt64 {
    SplitMix64.mixed(
      calendar.seed &+ SplitMix64.mixed(UInt64(slot) << 16 | UInt64(generation))
    )
  }

  private func region(of slot: Int) -> Int {
    guard slot < regularSlots else { return OperatorFigures.harbour }
    // Neighbours live in one region.
    var random = SplitMix64(
      seed: SplitMix64.mixed(calendar.seed ^ UInt64(slot / Self.blockSize) &* 0x9E37_79B9)
    )
    var rest = random.uniform()
    for (index, share) in OperatorFigures.regionShares.enumerated() {
      if rest < share { return index }
      rest -= share
    }
    return OperatorFigures.harbour
  }

  func persona(_ slot: Int) -> Persona {
    Persona(key: key(slot, slots[slot].generation), region: region(of: slot), mix)
  }

  /// Lets customers of a slot follow one another for thirty years before the start, so that its
  /// first one has been there as long as is usual.
  private mutating func live(_ slot: Int) {
    guard slot < regularSlots else {
      slots[slot].acquired = Self.never
      return
    }
    var random = SplitMix64(seed: key(slot, .max))
    var now = -12 * Self.yearsBefore
    while true {
      slots[slot].acquired = Int16(now)
      let persona = persona(slot)
      // The hazard is higher in the first months only: time to leave by inversion, in two parts.
      let drawn = -log(1 - random.uniform())
      let quiet = OperatorFigures.quietHazard
      let early = exp(Truth.logHazard(before: persona, tenure: 0)) + quiet
      let late = exp(Truth.logHazard(before: persona, tenure: 99)) + quiet
      let first = Double(Truth.newcomerMonths)
      let months = drawn < early * first ? drawn / early : first + (drawn - early * first) / late
      // Nobody leaves in the first month, and the next one comes on the first of a month.
      now += Int(months) + 2
      if now > -Self.monthsBefore { return }
      slots[slot].generation &+= 1
    }
  }

  // MARK: Time

  /// The first day of a month, by day number.
  func firstDay(_ month: Int) -> Int {
    calendar.start.firstOfMonth(plus: month).dayNumber
  }

  private func monthOfYear(_ month: Int) -> Int {
    calendar.start.firstOfMonth(plus: month).month - 1
  }

  /// Makes the next month: who leaves on which day.
  ///
  /// - Complexity: O(customers).
  package mutating func advance() {
    month += 1
    if let campaign = calendar.campaign, firstDay(month) == campaign.month.dayNumber { assign() }
    swap(&neighbours, &leavers)
    for index in leavers.indices { leavers[index] = 0 }
    let first = firstDay(month)
    let days = MonthDays(
      first: first,
      count: firstDay(month + 1) - first,
      monthOfYear: monthOfYear(month),
      calendar
    )
    for index in slots.indices {
      arrive(index, days)
      guard slots[index].acquired < month else { continue }
      leave(index, days)
    }
    let slots = slots
    training.resolve(first: first) { slot, generation in
      slots[slot].generation == generation && !slots[slot].isQuiet ? slots[slot].leaving : nil
    }
    learn()
  }

  /// Gathers what the next model learns from, five to three months before it is in use, and fits it
  /// on the day before.
  private mutating func learn() {
    for (start, version) in [(0, "lr-1")] + (calendar.challengerMonth.map { [($0, "lr-2")] } ?? [])
    {
      if (start - 5)...(start - 3) ~= month { gather() }
      if month == start - 1, let model = training.fit() { self.models.append((version, model)) }
    }
  }

  private mutating func gather() {
    let step = max(1, slots.count * 3 / Self.trainingRows)
    for slot in stride(from: abs(month) % step, to: slots.count, by: step) {
      let day = slot % 28 + 1
      guard slots[slot].acquired < month,
        slots[slot].leaving == 0 || Int(slots[slot].leaving) > day
      else { continue }
      let number = firstDay(month) + day - 1
      training.add(
        slot: slot,
        generation: slots[slot].generation,
        day: number,
        inputs: features(slot, persona(slot), onDay: number).inputs
      )
      // The day is in the month whose leavers are known already.
      if slots[slot].leaving > 0 {
        training.resolveLast(first: firstDay(month), slots[slot].leaving)
      }
    }
  }

  /// Who has left is followed by somebody new; a growing region gets its customers over three
  /// months.
  private mutating func arrive(_ index: Int, _ days: MonthDays) {
    if slots[index].leaving > 0 {
      slots[index] = Slot(generation: slots[index].generation &+ 1, acquired: Int16(month))
    } else if slots[index].acquired == Self.never,
      let growth = calendar.incidents.first(where: { $0.kind == .regionGrowth }),
      days.first >= growth.from.firstOfMonth(plus: index % 3).dayNumber
    {
      slots[index].acquired = Int16(month)
    }
  }

  private mutating func leave(_ index: Int, _ days: MonthDays) {
    let persona = persona(index)
    let features = features(index, persona, onDay: days.first)
    let block = index / Self.blockSize
    let usual = Truth.logHazard(
      persona,
      features,
      neighbours: Int(neighbours[block]),
      monthOfYear: days.monthOfYear
    )
    let tier = reachedTier(index)
    let treated = tier?.effect ?? 0
    var random = SplitMix64(seed: SplitMix64.mixed(usageKey(index, month) ^ 0xD1CE))
    let drawn = -log(1 - random.uniform())
    let rate = exp(usual + treated) / MonthDays.usualWeight
    let isWooed = persona.internet == 0 && persona.contract > 0
    slots[index].leaving = days.day(when: drawn, rate: rate, isWooed: isWooed)
    let quiet = days.day(
      when: -log(1 - random.uniform()),
      rate: OperatorFigures.quietHazard / MonthDays.usualWeight,
      isWooed: false
    )
    if quiet > 0, slots[index].leaving == 0 || quiet < slots[index].leaving {
      (slots[index].leaving, slots[index].isQuiet) = (quiet, true)
    }
    if slots[index].leaving > 0, !slots[index].isQuiet {
      leavers[block] = min(leavers[block], 254) + 1
    }
    guard let tier, let campaign = calendar.campaign else { return }
    let total = days.total(isWooed: isWooed) / MonthDays.usualWeight
    campaignTruth.add(
      tier,
      without: 1 - exp(-exp(usual) * total),
      with: 1 - exp(-exp(usual + treated) * total),
      isFirst: month == campaignMonth(campaign)
    )
  }

  func usageKey(_ slot: Int, _ month: Int) -> UInt64 {
    SplitMix64.mixed(
      key(slot, slots[slot].generation) &+ UInt64(bitPattern: Int64(month)) &* 0x9E37
    )
  }

  /// A customer's usage in a month.
  func usage(_ slot: Int, _ persona: Persona, inMonth month: Int) -> Usage {
    Usage(persona, key: usageKey(slot, month), monthOfYear: monthOfYear(month))
  }

  /// What is known of a customer on a day of this month.
  func features(_ slot: Int, _ persona: Persona, onDay day: Int) -> Features {
    let tenure = month - Int(slots[slot].acquired)
    let known = (1...max(1, min(3, tenure))).map { usage(slot, persona, inMonth: month - $0) }
    return Features(
      persona,
      tenure: tenure,
      charges: charges(persona, onDay: day),
      hasFlex: hasFlex(persona, onDay: day),
      usage: known
    )
  }

  /// The bill in euro.
  private func charges(_ persona: Persona, onDay day: Int) -> Double {
    calendar.incidents.reduce(persona.charge) {
      $1.kind == .priceRise && $1.holds(on: day) ? $0 * (1 + $1.size) : $0
    }
  }

  private func hasFlex(_ persona: Persona, onDay day: Int) -> Bool {
    guard let tariff = calendar.incident(.newTariff, on: day) else { return false }
    let ramp = min(1, Double(day - tariff.from.dayNumber + 1) / 90)
    return persona.tariffDraw < tariff.size * ramp
  }
}
