// SPDX-License-Identifier: Apache-2.0
import Foundation
import Profiles
import Simulator
import Testing

/// Each incident is as large as its calendar says, within sampling error.
@Suite struct IncidentTests {
  static let customers = 12_000

  static func rows(_ kind: Incident.Kind, _ from: String, _ until: String?, _ size: Double)
    throws -> OperatorRows
  {
    let until = try until.map { try SimulatorTests.day($0) }
    let incident = Incident(kind, from: try SimulatorTests.day(from), until: until, size: size)
    return OperatorRows(try SimulatorTests.calendar(customers, months: 5, [incident]))
  }

  static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

  @Test func `a price rise moves bills by its size`() throws {
    let rows = try Self.rows(.priceRise, "2025-03-01", nil, 0.1)
    var bills: [String: [Double]] = [:]
    for month in [1, 2] {
      for row in rows.predictions[month] {
        bills[row.customer, default: []].append(try #require(row.features.monthlyCharges))
      }
    }
    for pair in bills.values where pair.count == 2 { #expect(abs(pair[1] / pair[0] - 1.1) < 1e-9) }
  }

  @Test func `a gap in billing has its share and its end`() throws {
    let rows = try Self.rows(.billingNull, "2025-02-05", "2025-02-15", 0.4)
    let inside = rows.predictions[1].filter { (5..<15).contains(Self.dayOfMonth($0)) }
    let outside = rows.predictions[1].filter { !(5..<15).contains(Self.dayOfMonth($0)) }
    let share = Self.mean(inside.map { $0.features.monthlyCharges == nil ? 1 : 0 })
    #expect(abs(share - 0.4) < 4 * SimulatorTests.error(0.4, inside.count))
    #expect(outside.allSatisfy { $0.features.monthlyCharges != nil })
  }

  static func dayOfMonth(_ row: ScoredCustomer) -> Int {
    Int(row.time.description.dropFirst(8).prefix(2)) ?? 0
  }

  @Test func `the new tariff reaches its share in three months`() throws {
    let rows = try Self.rows(.newTariff, "2025-02-01", nil, 0.25)
    #expect(rows.predictions[0].allSatisfy { $0.features.tariffName != "Flex" })
    let last = rows.predictions[4]
    let share = Self.mean(last.map { $0.features.tariffName == "Flex" ? 1 : 0 })
    #expect(abs(share - 0.25) < 4 * SimulatorTests.error(0.25, last.count))
  }

  @Test func `units are off by the factor, and scores are rescaled by theirs`() throws {
    let plain = OperatorRows(try SimulatorTests.calendar(Self.customers, months: 5))
    let units = try Self.rows(.unitsChanged, "2025-03-01", "2025-04-01", 100)
    for (mine, other) in zip(units.predictions[2], plain.predictions[2]) {
      #expect(abs(mine.features.overage - other.features.overage * 100) < 1e-9)
    }
    let scores = try Self.rows(.scoreRescaled, "2025-03-01", "2025-04-01", 0.5)
    for (mine, other) in zip(scores.predictions[2], plain.predictions[2]) {
      #expect(mine.identifier == other.identifier)
      #expect(abs(mine.score - other.score * 0.5) < 1e-12)
    }
    #expect(scores.predictions[3].map(\.score) == plain.predictions[3].map(\.score))
  }

  @Test func `reports wait while the feed is stopped, and come at its end`() throws {
    let rows = try Self.rows(.labelFeedStops, "2025-03-05", "2025-03-19", 1)
    let (from, end) = (try #require(Instant("2025-03-05")), try #require(Instant("2025-03-19")))
    #expect(!rows.outcomes.contains { $0.time >= from && $0.time < end })
    let dayAfter = try #require(Instant("2025-03-20"))
    let burst = rows.outcomes.count { $0.time >= end && $0.time < dayAfter }
    let usual = rows.outcomes.count { $0.time < from } / 63
    #expect(burst > 8 * usual, "\(burst), \(usual)")
    let plain = OperatorRows(try SimulatorTests.calendar(Self.customers, months: 5))
    #expect(rows.outcomes.count == plain.outcomes.count)
  }

  @Test func `a feed gone wrong says that everybody stayed`() throws {
    let rows = try Self.rows(.labelFeedNegative, "2025-03-05", "2025-03-19", 1)
    let (from, end) = (try #require(Instant("2025-03-05")), try #require(Instant("2025-03-19")))
    let inside = rows.outcomes.filter { $0.time >= from && $0.time < end }
    #expect(inside.count > 50 && inside.allSatisfy { !$0.hasChurned })
    #expect(rows.outcomes.contains { $0.time >= end && $0.hasChurned })
  }

  @Test func `a region grows by its size and in three months`() throws {
    let rows = try Self.rows(.regionGrowth, "2025-02-01", nil, 1)
    func harbour(_ month: Int) -> Double {
      Double(rows.predictions[month].count { $0.features.regionName == "Harbour" })
    }
    #expect(abs(harbour(4) / harbour(0) - 2) < 0.12, "\(harbour(4) / harbour(0))")
  }

  @Test func `a day's predictions are there twice`() throws {
    let rows = try Self.rows(.duplicatedUpload, "2025-02-10", "2025-02-11", 1)
    let names = Dictionary(grouping: rows.predictions[1], by: \.identifier)
    for (_, same) in names {
      #expect(same.count == (Self.dayOfMonth(same[0]) == 10 ? 2 : 1))
    }
  }

  @Test func `codes, a stuck column and a gap in the log have their shares`() throws {
    let plain = OperatorRows(try SimulatorTests.calendar(Self.customers, months: 5))
    let all = plain.predictions[2].count
    let codes = try Self.rows(.codesRenamed, "2025-03-01", "2025-04-01", 0.4).predictions[2]
    let renamed = Self.mean(codes.map { $0.features.contractName.count <= 3 ? 1 : 0 })
    #expect(abs(renamed - 0.4) < 4 * SimulatorTests.error(0.4, all))
    let stuck = try Self.rows(.columnStuck, "2025-03-01", "2025-04-01", 1).predictions[2]
    #expect(stuck.allSatisfy { ($0.features.dataChange ?? 1) == 1 })
    // Without internet there is nothing to be stuck.
    #expect(stuck.contains { $0.features.dataChange == nil })
    let rows = try Self.rows(.logStops, "2025-03-01", "2025-04-01", 0.3)
    let left = Double(rows.predictions[2].count) / Double(all)
    #expect(abs(left - 0.7) < 4 * SimulatorTests.error(0.3, all))
    #expect(rows.predictions[3].count == plain.predictions[3].count)
  }

  @Test func `a file reports customers as churned who stayed`() throws {
    let rows = try Self.rows(.labelFeedPositive, "2025-03-10", "2025-03-11", 1)
    let (from, end) = (try #require(Instant("2025-03-10")), try #require(Instant("2025-03-11")))
    let inside = rows.outcomes.filter { $0.time >= from && $0.time < end && $0.hasChurned }
    #expect(Double(inside.count) > 0.9 * Double(Self.customers))
  }

  @Test func `churn rises by its factor, whoever the customer is`() throws {
    let plain = OperatorRows(try SimulatorTests.calendar(Self.customers, months: 5))
    let more = try Self.rows(.churnRises, "2025-03-01", "2025-04-01", 1.5)
    let (from, end) = (try #require(Instant("2025-03-05")), try #require(Instant("2025-04-01")))
    func churners(_ rows: OperatorRows) -> Double {
      Double(rows.outcomes.count { $0.time >= from && $0.time < end && $0.hasChurned })
    }
    let ratio = churners(more) / churners(plain)
    #expect(abs(ratio - 1.5) < 0.25, "\(ratio)")
  }

  @Test func `scores change hands and stay the same scores`() throws {
    let plain = OperatorRows(try SimulatorTests.calendar(Self.customers, months: 5))
    let rows = try Self.rows(.rankingFades, "2025-03-01", nil, 0.5)
    let (mine, other) = (rows.predictions[2], plain.predictions[2])
    #expect(mine.map(\.score).sorted() == other.map(\.score).sorted())
    let moved = Self.mean(zip(mine, other).map { $0.score == $1.score ? 0 : 1 })
    #expect(abs(moved - 0.5) < 0.03, "\(moved)")
  }

  /// The hazard of those whom the competitor woos rises by the factor, that of others does not.
  @Test func `a competitor's offer changes who leaves`() throws {
    let plain = OperatorRows(try SimulatorTests.calendar(40_000, months: 4))
    let day = try SimulatorTests.day("2025-03-01")
    let offer = OperatorRows(
      try SimulatorTests.calendar(
        40_000,
        months: 4,
        [Incident(.competitorOffer, from: day, size: 1.6)]
      )
    )
    func leavers(_ rows: OperatorRows, isWooed: Bool) -> Double {
      let wooed = Dictionary(
        rows.records.map {
          ($0.customer, $0.internet == "Fibre optic" && $0.contract != "Month-to-month")
        },
        uniquingKeysWith: { first, _ in first }
      )
      let start = Instant(day)
      return Double(
        rows.departures.count { wooed[$0.key] == isWooed && $0.value >= start ?? $0.value }
      )
    }
    let factor = leavers(offer, isWooed: true) / leavers(plain, isWooed: true)
    // Who has left cannot leave again, and neighbours of leavers leave: e^1.6 is 4.95.
    #expect((4.0...6.2).contains(factor), "\(factor)")
    let others = leavers(offer, isWooed: false) / leavers(plain, isWooed: false)
    #expect((0.95...1.15).contains(others), "\(others)")
  }

  @Test func `the campaign holds out its share, saves at high risk and drives away at low`() throws
  {
    var calendar = try SimulatorTests.calendar(60_000, months: 6)
    calendar.campaign = Campaign(
      name: "spring",
      month: try SimulatorTests.day("2025-03-01"),
      holdOut: 0.3
    )
    let rows = OperatorRows(calendar)
    let left = rows.departures
    let twice = Dictionary(grouping: rows.members, by: \.customer).filter { $0.value.count > 1 }
    #expect(!twice.isEmpty)
    for tier in Campaign.Tier.allCases {
      let mine = rows.members.filter { $0.tier == tier && twice[$0.customer] == nil }
      let control = mine.filter { !$0.isTreated }
      let share = Double(control.count) / Double(mine.count)
      #expect(abs(share - 0.3) < 4 * SimulatorTests.error(0.3, mine.count), "\(tier)")
      let truth = try #require(rows.last.campaignTruth.tiers[tier])
      let expected = truth.leaversWith / truth.leaversWithout
      switch tier {
      case .high: #expect((0.58...0.7).contains(expected), "\(expected)")
      case .middle: #expect(expected == 1)
      case .low: #expect((1.4...1.6).contains(expected), "\(expected)")
      }
      // What happened agrees with it: ninety days of those reached against those held out.
      let until = try #require(Instant("2025-06-01"))
      func rate(_ members: [CampaignMember]) -> (Double, Double) {
        let gone = members.count { left[$0.customer].map { $0 < until } ?? false }
        let rate = Double(gone) / Double(members.count)
        return (rate, SimulatorTests.error(rate, members.count))
      }
      let reached = rate(mine.filter { $0.contacted != nil })
      let held = rate(control)
      let difference = reached.0 - held.0 * expected
      let error = (reached.1 * reached.1 + held.1 * held.1).squareRoot()
      #expect(abs(difference) < 4 * error, "\(tier): \(reached), \(held), \(expected)")
    }
  }

  @Test func `a second model scores the same customers from its month on`() throws {
    var calendar = try SimulatorTests.calendar(2000, months: 8)
    calendar.challengerMonth = 6
    let rows = OperatorRows(calendar)
    #expect(Set(rows.predictions[5].map(\.version)) == ["lr-1"])
    let both = Dictionary(grouping: rows.predictions[6], by: \.customer)
    #expect(both.values.allSatisfy { Set($0.map(\.version)) == ["lr-1", "lr-2"] })
  }
}
