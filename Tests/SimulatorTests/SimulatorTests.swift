// SPDX-License-Identifier: Apache-2.0
import Foundation
import Profiles
import Simulator
import Statistics
import TestKit
import Testing

/// An operator's rows, gathered.
struct OperatorRows {
  var records: [CustomerRecord] = []
  /// By month.
  var predictions: [[ScoredCustomer]] = []
  var outcomes: [OutcomeReport] = []
  var members: [CampaignMember] = []
  var last: SimulatedOperator

  init(_ calendar: OperatorCalendar) {
    var simulated = SimulatedOperator(calendar)
    records = simulated.records(0..<simulated.slotCount)
    for _ in 0..<calendar.months {
      simulated.advance()
      records += simulated.records(0..<simulated.slotCount)
      predictions.append(
        SimulatedOperator.scoringDays.flatMap { simulated.predictions(onDay: $0) }
      )
      outcomes += (1...31).flatMap { simulated.outcomes(ofDay: $0) }
      members += simulated.members(0..<simulated.assignmentCount)
    }
    for _ in 0..<SimulatedOperator.monthsAfter {
      simulated.advance()
      outcomes += (1...31).flatMap { simulated.outcomes(ofDay: $0) }
    }
    last = simulated
  }

  /// When each customer left for good, by the reports that were not taken back.
  var departures: [String: Instant] {
    var left: [String: Instant] = [:]
    for report in outcomes.sorted(by: { $0.time < $1.time }) {
      left[report.customer] = report.hasChurned ? report.time : nil
    }
    return left
  }

  /// A text that differs where any row does.
  var digest: UInt64 {
    var text = "\(records)"
    for month in predictions { text += "\(month)" }
    text += "\(outcomes)\(members)"
    return ByteHash.of(text)
  }
}

@Suite struct SimulatorTests {
  static func day(_ text: String) throws -> CivilDate {
    let parts = text.split(separator: "-").compactMap { Int($0) }
    return try #require(CivilDate(year: parts[0], month: parts[1], day: parts[2]))
  }

  static func calendar(_ customers: Int, months: Int, _ incidents: [Incident] = []) throws
    -> OperatorCalendar
  {
    OperatorCalendar(
      customers: customers,
      start: try day("2025-01-01"),
      months: months,
      incidents: incidents
    )
  }

  /// Twelve months and one in which nothing happens.
  static let quiet = Task { OperatorRows(try calendar(12_000, months: 15)) }

  /// The standard error of a share.
  static func error(_ share: Double, _ count: Int) -> Double {
    (share * (1 - share) / Double(count)).squareRoot()
  }

  @Test func `the same calendar gives the same rows, another seed other ones`() throws {
    var calendar = OperatorCalendar.eventful(customers: 1000, start: try Self.day("2025-01-01"))
    calendar.months = 14
    let first = OperatorRows(calendar)
    #expect(OperatorRows(calendar).digest == first.digest)
    calendar.seed += 1
    #expect(OperatorRows(calendar).digest != first.digest)
  }

  @Test func `living customers are as the figures say`() async throws {
    let rows = try await Self.quiet.value
    let month = rows.predictions[6]
    func shares(_ key: (ScoredCustomer) -> String) -> [String: Double] {
      Dictionary(grouping: month, by: key).mapValues { Double($0.count) / Double(month.count) }
    }
    // Sampling, and what the truth adds to the hazards that the mix was made for.
    for (kind, share) in ["Fibre optic": 0.440, "DSL": 0.344, "None": 0.216] {
      #expect(abs((shares(\.features.internetName)[kind] ?? 0) - share) < 0.03, "\(kind)")
    }
    for (kind, share) in ["Month-to-month": 0.550, "One year": 0.209, "Two year": 0.241] {
      #expect(abs((shares(\.features.contractName)[kind] ?? 0) - share) < 0.03, "\(kind)")
    }
    for (kind, share) in ["Electronic check": 0.336, "Mailed check": 0.229] {
      #expect(abs((shares(\.features.paymentName)[kind] ?? 0) - share) < 0.03, "\(kind)")
    }
    let tenure = month.reduce(0) { $0 + $1.features.tenureMonths } / month.count
    #expect((30...45).contains(tenure), "\(tenure)")
  }

  @Test func `three in a hundred leave in a month, and every report can be told apart`()
    async throws
  {
    let rows = try await Self.quiet.value
    let left = rows.departures.count
    let months = rows.predictions.count + SimulatedOperator.monthsAfter
    let share = Double(left) / Double(months) / 12_000
    #expect((0.025...0.04).contains(share), "\(share)")
    let mistakes = rows.outcomes.filter { !$0.hasChurned }.count
    let expected = 0.0005 * 12_000 * Double(months)
    #expect(abs(Double(mistakes) - expected) < 4 * expected.squareRoot())
    let late = rows.outcomes.count { $0.time > Instant(rows.last.calendar.end) ?? $0.time }
    #expect(late > 0)
  }

  /// Labels of predictions of a month, as a monitor counts them.
  static func labels(_ rows: OperatorRows, _ predictions: [ScoredCustomer]) -> [Bool] {
    let left = rows.departures
    let horizon = FixedDuration(
      microseconds: Int64(SimulatedOperator.horizonDays) * 86_400_000_000
    )
    return predictions.map { row in
      left[row.customer].map { $0 > row.time && $0 <= row.time.advanced(by: horizon) } ?? false
    }
  }

  @Test func `the model ranks, and is calibrated at the start`() async throws {
    let rows = try await Self.quiet.value
    let month = Array(rows.predictions[0...2].joined())
    let labels = Self.labels(rows, month)
    let observed = Double(labels.count { $0 })
    let expected = month.reduce(0) { $0 + $1.score }
    // Neighbours leave together, so the spread is larger than that of independent customers.
    #expect(abs(observed - expected) < 5 * observed.squareRoot(), "\(observed), \(expected)")
    let positives = zip(month, labels).filter(\.1).map(\.0.score)
    let negatives = zip(month, labels).filter { !$1 }.map(\.0.score).sorted()
    let below = positives.reduce(0) { sum, score in
      sum + (negatives.firstIndex { $0 >= score } ?? negatives.count)
    }
    let auc = Double(below) / Double(positives.count * negatives.count)
    #expect((0.72...0.85).contains(auc), "\(auc)")
  }

  /// The largest distance of two empirical distributions, times the root of the effective size.
  static func kolmogorov(_ first: [Double], _ second: [Double]) -> Double {
    let (first, second) = (first.sorted(), second.sorted())
    var (i, j, largest) = (0, 0, 0.0)
    while i < first.count, j < second.count {
      let value = min(first[i], second[j])
      while i < first.count, first[i] <= value { i += 1 }
      while j < second.count, second[j] <= value { j += 1 }
      largest = max(
        largest,
        abs(Double(i) / Double(first.count) - Double(j) / Double(second.count))
      )
    }
    let (n, m) = (Double(first.count), Double(second.count))
    return largest * (n * m / (n + m)).squareRoot()
  }

  static let numbers: [(String, @Sendable (Features) -> Double?)] = [
    ("tenure", { Double($0.tenureMonths) }), ("charges", \.monthlyCharges),
    ("gigabytes", \.gigabytes), ("change", \.dataChange), ("calls", { $0.callMinutes }),
    ("support", { Double($0.supportContacts) }), ("complaints", { Double($0.complaints) }),
    ("late", { Double($0.latePayments) }), ("overage", { $0.overage }),
    ("contract", { Double($0.contract) }), ("internet", { Double($0.internet) }),
    ("payment", { Double($0.payment) }), ("region", { Double($0.region) }),
    ("senior", { $0.isSenior ? 1 : 0 }), ("flex", { $0.hasFlexTariff ? 1 : 0 }),
  ]

  /// A year apart, so that the season is the same.
  @Test func `a quiet year is quiet in the data`() async throws {
    let rows = try await Self.quiet.value
    for month in 0...2 {
      let (before, after) = (rows.predictions[month], rows.predictions[month + 12])
      for (name, value) in Self.numbers {
        let distance = Self.kolmogorov(
          before.compactMap { value($0.features) },
          after.compactMap { value($0.features) }
        )
        // The chance of a larger one is 1e-4; of 45 looks one in two hundred would be.
        #expect(distance < 2.225, "\(name), month \(month): \(distance)")
      }
      let scores = Self.kolmogorov(before.map(\.score), after.map(\.score))
      #expect(scores < 2.225, "score, month \(month): \(scores)")
    }
  }
}
