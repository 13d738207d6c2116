// SPDX-License-Identifier: Apache-2.0
package import Postgres
import Profiles
package import Simulator

/// The tables of a simulated operator, and how they are filled: month by month, by binary COPY.
package struct OperatorTables: Sendable {
  private let connection: Connection

  package init(_ connection: Connection) { self.connection = connection }

  /// Customers whose rows are made in one piece.
  private static let piece = 20_000

  /// Lets all of an operator's months pass and stores their rows.
  ///
  /// - `onMonth`: Receives the predictions stored so far, after each month.
  /// - Returns: The number of predictions.
  package func fill(_ calendar: OperatorCalendar, onMonth: (Int) -> Void) async throws -> Int {
    var simulated = try await begin(calendar, isIndexed: false)
    var rows = 0
    for _ in 0..<calendar.months {
      simulated.advance()
      try await beginMonth(simulated)
      rows += try await storePredictions(simulated, days: SimulatedOperator.scoringDays)
      try await storeAllOutcomes(simulated)
      try await endMonth(simulated)
      onMonth(rows)
    }
    try await storeTruth(simulated)
    for _ in 0..<SimulatedOperator.monthsAfter {
      simulated.advance()
      try await storeAllOutcomes(simulated)
    }
    try await connection.executeScript(OperatorSQL.indexes, name: "operator_indexes")
    try await analyze()
    return rows
  }

  /// Makes the tables, and an operator on the day before its first month.
  ///
  /// - `isIndexed`: Whether to make the indexes now; a bulk load is faster without.
  package func begin(_ calendar: OperatorCalendar, isIndexed: Bool) async throws
    -> SimulatedOperator
  {
    try await connection.executeScript(
      OperatorSQL.tables + (isIndexed ? OperatorSQL.indexes : ""),
      name: "operator_tables"
    )
    let simulated = SimulatedOperator(calendar)
    try await storeRecords(simulated)
    return simulated
  }

  /// Stores what is known on the first day of a month: who came, and whom a campaign picked.
  package func beginMonth(_ simulated: SimulatedOperator) async throws {
    try await storeRecords(simulated)
    guard simulated.assignmentCount > 0, let name = simulated.calendar.campaign?.name else {
      return
    }
    try await copy("campaign_members", pieces(simulated.assignmentCount)) { range in
      simulated.members(range).map {
        [
          .text(name), .text($0.customer), .text($0.isTreated ? "treatment" : "control"),
          .text($0.tier.name), .timestamp($0.assigned.microseconds),
        ]
      }
    }
    try await copy("campaign_contacts", pieces(simulated.assignmentCount)) { range in
      simulated.members(range).compactMap { member in
        member.contacted.map {
          let cost = Campaign.contactCost + (member.tookOffer ? Campaign.offerCost : 0)
          return [
            .text(name), .text(member.customer), .timestamp($0.microseconds),
            .bool(member.tookOffer), .double(cost),
          ]
        }
      }
    }
  }

  /// Stores what is known at the end of a month: what customers did.
  package func endMonth(_ simulated: SimulatedOperator) async throws {
    let date = simulated.firstDate
    try await copy("usage_monthly", pieces(simulated.slotCount)) { range in
      simulated.usages(range).map { Self.row($0.customer, month: date, usage: $0.usage) }
    }
  }

  /// Lets the server's planner know what is there.
  package func analyze() async throws {
    try await connection.executeScript(OperatorSQL.analysis, name: "operator_analysis")
  }

  /// Stores the predictions of some days of the month and returns their number.
  @discardableResult
  package func storePredictions(
    _ simulated: SimulatedOperator,
    days: ClosedRange<Int>
  ) async throws -> Int {
    try await copy("predictions", Array(days)) { day in
      simulated.predictions(onDay: day).map(Self.row)
    }
  }

  /// Stores reports on outcomes.
  package func storeOutcomes(_ reports: [OutcomeReport]) async throws {
    try await copy("outcomes", [reports]) { $0.map(Self.row) }
  }

  private func storeAllOutcomes(_ simulated: SimulatedOperator) async throws {
    try await copy("outcomes", Array(1...31)) { simulated.outcomes(ofDay: $0).map(Self.row) }
  }

  private func storeRecords(_ simulated: SimulatedOperator) async throws {
    try await copy("customers", pieces(simulated.slotCount)) { range in
      simulated.records(range).map {
        [
          .text($0.customer), .date($0.since.dayNumber), .text($0.region), .text($0.internet),
          .text($0.contract), .text($0.payment), .bool($0.isSenior), .bool($0.hasPartner),
          .bool($0.hasDependents), .bool($0.isPaperless),
        ]
      }
    }
  }

  /// What is true, beside what a monitor may see.
  package func storeTruth(_ simulated: SimulatedOperator) async throws {
    try await copy("truth.incident", simulated.calendar.incidents) {
      [
        [
          .text($0.kind.rawValue), .date($0.from.dayNumber),
          $0.until.map { .date($0.dayNumber) } ?? .null, .double($0.size), .text($0.kind.unit),
          .text($0.kind.truth),
        ]
      ]
    }
    guard let name = simulated.calendar.campaign?.name else { return }
    try await copy("truth.campaign_effect", Campaign.Tier.allCases) { tier in
      simulated.campaignTruth.tiers[tier].map {
        [
          [
            .text(name), .text(tier.name), .int($0.reached), .double($0.leaversWithout),
            .double($0.leaversWith),
          ]
        ]
      } ?? []
    }
  }

  @discardableResult
  private func copy<Piece: Sendable>(
    _ table: String,
    _ pieces: [Piece],
    rows: @escaping @Sendable (Piece) throws -> [[Parameter]]
  ) async throws -> Int {
    let name = table.contains(".") ? table : "crm.\(table)"
    return try await connection.copyIn(
      "copy \(name) from stdin (format binary)",
      name: "operator_\(table)",
      from: CopyBatches(pieces) { piece in
        var bytes: [UInt8] = []
        for row in try rows(piece) { CopyRow.append(row, to: &bytes) }
        return bytes
      }
    )
  }

  private func pieces(_ count: Int) -> [Range<Int>] {
    stride(from: 0, to: count, by: Self.piece).map { $0..<min($0 + Self.piece, count) }
  }

  private static func row(_ report: OutcomeReport) -> [Parameter] {
    [
      .text(report.customer), .timestamp(report.time.microseconds), .bool(report.hasChurned),
    ]
  }

  private static func row(_ customer: String, month: CivilDate, usage: Usage) -> [Parameter] {
    [
      .text(customer), .date(month.dayNumber), .optional(rounded(usage.gigabytes, 100)),
      .double(rounded(usage.callMinutes, 10)), .int32(usage.supportContacts),
      .int32(usage.complaints), .int32(usage.latePayments), .double(rounded(usage.overage, 100)),
    ]
  }

  private static func row(_ row: ScoredCustomer) -> [Parameter] {
    let features = row.features
    return [
      .text(row.identifier), .text(row.customer), .text(row.version),
      .timestamp(row.time.microseconds), .double(row.score), .int32(features.tenureMonths),
      .text(features.contractName), .text(features.internetName), .text(features.paymentName),
      .text(features.tariffName), .text(features.regionName), .bool(features.isSenior),
      .bool(features.isPaperless), .optional(rounded(features.monthlyCharges, 100)),
      .optional(rounded(features.gigabytes, 100)), .optional(rounded(features.dataChange, 1000)),
      .double(rounded(features.callMinutes, 10)), .int32(features.supportContacts),
      .int32(features.complaints), .int32(features.latePayments),
      .double(rounded(features.overage, 100)),
    ]
  }

  private static func rounded(_ value: Double, _ unit: Double) -> Double {
    (value * unit).rounded() / unit
  }

  private static func rounded(_ value: Double?, _ unit: Double) -> Double? {
    value.map { rounded($0, unit) }
  }
}
