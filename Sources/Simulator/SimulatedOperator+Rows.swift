// SPDX-License-Identifier: Apache-2.0
import Glibc
package import Profiles
import Statistics
import TabularModels

/// One prediction as it is logged.
package struct ScoredCustomer: Sendable {
  package var identifier: String
  package var customer: String
  package var version: String
  package var time: Instant
  package var score: Double
  package var features: Features
}

/// One report that a customer left, or that an earlier report was a mistake.
package struct OutcomeReport: Sendable {
  package var customer: String
  package var time: Instant
  package var hasChurned: Bool
}

/// A customer's master data.
package struct CustomerRecord: Sendable {
  package var customer: String
  package var since: CivilDate
  package var internet: String
  package var contract: String
  package var payment: String
  package var region: String
  package var isSenior: Bool
  package var hasPartner: Bool
  package var hasDependents: Bool
  package var isPaperless: Bool
}

/// The rows of the present month, made part by part.
extension SimulatedOperator {
  /// Days of a month on which customers are scored: one twenty-eighth of them on each.
  package static let scoringDays = 1...28
  /// The share of reports that come days late, and of customers of whom one is made by mistake.
  private static let lateShare = 0.05
  private static let mistakeShare = 0.0005

  static func instant(_ day: Int, _ days: Double) -> Instant {
    Instant(microseconds: Int64(day) * 86_400_000_000 + Int64(days * 86_400) * 1_000_000)
  }

  func customer(_ slot: Int, _ generation: UInt16) -> String { "c\(slot)-\(generation)" }

  /// Whether a customer is there on a day of this month, from 1, and was before it began.
  private func isThere(_ slot: Int, _ day: Int) -> Bool {
    slots[slot].acquired < month && (slots[slot].leaving == 0 || Int(slots[slot].leaving) > day)
  }

  /// Returns the predictions of one day of this month, in order of time.
  ///
  /// - `day`: From 1 to 28.
  /// - Complexity: O(customers / 28).
  package func predictions(onDay day: Int) -> [ScoredCustomer] {
    let number = firstDay(month) + day - 1
    let there = stride(from: day - 1, to: slots.count, by: 28).filter { isThere($0, day) }
    let used = models.prefix(challenges ? 2 : 1)
    let upload = calendar.incident(.duplicatedUpload, on: number)
    let gap = calendar.incident(.logStops, on: number)
    var rows: [ScoredCustomer] = []
    for (place, slot) in there.enumerated() {
      let persona = persona(slot)
      var random = SplitMix64(seed: SplitMix64.mixed(usageKey(slot, month) ^ 0x5C0E))
      let seen = asRead(features(slot, persona, onDay: number), onDay: number, &random)
      // Scored at night, from two to five.
      let time = Self.instant(number, (2 + 3 * Double(place) / Double(there.count)) / 24)
      let scores = scores(seen, used, onDay: number)
      for (name, version, score) in scores {
        let row = ScoredCustomer(
          identifier: "\(month)-\(slot)-\(slots[slot].generation)-\(name)",
          customer: customer(slot, slots[slot].generation),
          version: version,
          time: time,
          score: score,
          features: seen
        )
        if let gap, random.chance(gap.size) { continue }
        rows.append(row)
        if let upload, random.chance(upload.size) { rows.append(row) }
      }
    }
    if let fading = calendar.incident(.rankingFades, on: number) {
      exchangeScores(&rows, share: fading.size, day: number)
    }
    return rows
  }

  /// Lets scores of some predictions change hands, each version's among themselves.
  private func exchangeScores(_ rows: inout [ScoredCustomer], share: Double, day: Int) {
    var random = SplitMix64(
      seed: SplitMix64.mixed(calendar.seed ^ SplitMix64.mixed(UInt64(bitPattern: Int64(day))))
    )
    for version in Set(rows.map(\.version)).sorted() {
      let chosen = rows.indices.filter { rows[$0].version == version && random.chance(share) }
      let scores = chosen.map { rows[$0].score }.shuffled(using: &random)
      for (index, score) in zip(chosen, scores) { rows[index].score = score }
    }
  }

  /// The scores that a customer gets on a day, with the end of the prediction's name and the
  /// version.
  private func scores(
    _ features: Features,
    _ used: ArraySlice<(version: String, model: LogisticRegression)>,
    onDay day: Int
  ) -> [(name: String, version: String, score: Double)] {
    var scores: [(String, String, Double)] = []
    var served = 0.0
    for (index, (version, model)) in used.enumerated() {
      var score = model.probability(features.inputs)
      if index == 0 {
        if let change = calendar.incident(.scoreRescaled, on: day) {
          score = min(1, score * change.size)
        }
        served = score
      }
      if day < retired[version] ?? .max { scores.append(("\(index + 1)", version, score)) }
    }
    for model in adopted where model.from <= day && day < retired[model.version] ?? .max {
      scores.append((model.version, model.version, model.score(features, served)))
    }
    return scores
  }

  /// Whether the second model scores too.
  private var challenges: Bool { calendar.challengerMonth.map { month >= $0 } ?? false }

  /// What a model reads, after what happened on the way.
  private func asRead(
    _ features: Features,
    onDay day: Int,
    _ random: inout SplitMix64
  ) -> Features {
    var features = features
    if let gap = calendar.incident(.billingNull, on: day), random.chance(gap.size) {
      features.monthlyCharges = nil
    }
    if let change = calendar.incident(.unitsChanged, on: day) { features.overage *= change.size }
    if let change = calendar.incident(.codesRenamed, on: day), random.chance(change.size) {
      features.hasOtherCodes = true
    }
    if let fault = calendar.incident(.columnStuck, on: day), features.dataChange != nil,
      random.chance(fault.size)
    {
      features.dataChange = 1
    }
    return features
  }

  /// Returns the reports on what happened on one day of this month; most come within days of it.
  ///
  /// - `day`: From 1 to 31.
  /// - Complexity: O(customers).
  package func outcomes(ofDay day: Int) -> [OutcomeReport] {
    let number = firstDay(month) + day - 1
    var rows = mistakenReports(onDay: day, number: number)
    for slot in slots.indices where slots[slot].acquired < month {
      if Int(slots[slot].leaving) == day {
        guard !slots[slot].isQuiet else { continue }
        var random = SplitMix64(seed: SplitMix64.mixed(usageKey(slot, month) ^ 0x0DD5))
        let delay = -log(1 - random.uniform()) * (random.chance(Self.lateShare) ? 10 : 1)
        rows.append(
          report(
            slot: slot,
            number: number,
            delay: random.uniform() + delay,
            hasChurned: true,
            &random
          )
        )
      } else if slot % 31 + 1 == day, isThere(slot, day) {
        var random = SplitMix64(seed: SplitMix64.mixed(usageKey(slot, month) ^ 0x0AFE))
        guard random.chance(Self.mistakeShare) else { continue }
        rows.append(
          report(slot: slot, number: number, delay: random.uniform(), hasChurned: true, &random)
        )
        rows.append(
          report(
            slot: slot,
            number: number,
            delay: 3 + 11 * random.uniform(),
            hasChurned: false,
            &random
          )
        )
      }
    }
    return rows
  }

  /// What a file says that reports customers as churned who stayed.
  private func mistakenReports(onDay day: Int, number: Int) -> [OutcomeReport] {
    guard let wrong = calendar.incident(.labelFeedPositive, on: number) else { return [] }
    return slots.indices.filter { isThere($0, day) }.compactMap { slot in
      var random = SplitMix64(seed: SplitMix64.mixed(usageKey(slot, month) ^ UInt64(day) << 8))
      guard random.chance(wrong.size) else { return nil }
      return OutcomeReport(
        customer: customer(slot, slots[slot].generation),
        time: Self.instant(number, random.uniform()),
        hasChurned: true
      )
    }
  }

  private func report(
    slot: Int,
    number: Int,
    delay: Double,
    hasChurned: Bool,
    _ random: inout SplitMix64
  ) -> OutcomeReport {
    var time = Self.instant(number, delay)
    var says = hasChurned
    let day = number + Int(delay)
    if let stop = calendar.incident(.labelFeedStops, on: day), let end = stop.until,
      random.chance(stop.size)
    {
      time = Self.instant(end.dayNumber, random.uniform() * 0.3)
    }
    if let wrong = calendar.incident(.labelFeedNegative, on: day), random.chance(wrong.size) {
      says = false
    }
    return OutcomeReport(
      customer: customer(slot, slots[slot].generation),
      time: time,
      hasChurned: says
    )
  }

  /// The number of places for customers, which `records` and `usages` are asked for in parts of.
  package var slotCount: Int { slots.count }

  /// Returns the master data of customers in some places: all who are there before the first month,
  /// those who came this month after that.
  package func records(_ range: Range<Int>) -> [CustomerRecord] {
    range.filter { month < 0 ? slots[$0].acquired <= month : Int(slots[$0].acquired) == month }
      .map { slot in
        let persona = persona(slot)
        return CustomerRecord(
          customer: customer(slot, slots[slot].generation),
          since: calendar.start.firstOfMonth(plus: Int(slots[slot].acquired)),
          internet: OperatorFigures.internets[persona.internet],
          contract: OperatorFigures.contracts[persona.contract],
          payment: OperatorFigures.payments[persona.payment],
          region: OperatorFigures.regions[persona.region],
          isSenior: persona.isSenior,
          hasPartner: persona.hasPartner,
          hasDependents: persona.hasDependents,
          isPaperless: persona.isPaperless
        )
      }
  }

  /// Returns the usage of this month of customers in some places.
  package func usages(_ range: Range<Int>) -> [(customer: String, usage: Usage)] {
    range.filter { Int(slots[$0].acquired) <= month }.map { slot in
      (customer(slot, slots[slot].generation), usage(slot, persona(slot), inMonth: month))
    }
  }

  /// The first day of this month.
  package var firstDate: CivilDate { calendar.start.firstOfMonth(plus: month) }
}

extension Features {
  package var contractName: String {
    hasOtherCodes ? OperatorFigures.otherCodes[contract] : OperatorFigures.contracts[contract]
  }
  package var internetName: String { OperatorFigures.internets[internet] }
  package var paymentName: String { OperatorFigures.payments[payment] }
  package var regionName: String { OperatorFigures.regions[region] }
  package var tariffName: String {
    hasFlexTariff ? "Flex" : ["Fibre", "Classic", "Voice"][internet]
  }
}
