// SPDX-License-Identifier: Apache-2.0
import Foundation
import Profiles
import Settings
import Simulator
import TestKit
import Testing

@Suite struct CalendarTests {
  @Test func `a calendar is read`() throws {
    let text = """
      customers: 8_000
      start: 2025-01-01
      months: 14
      seed: 11
      challenger_month: 9
      incidents:
        - { kind: price_rise, from: 2025-06-01, size: 12% }
        - { kind: billing_null, from: 2025-08-03, until: 2025-08-20, size: 40% }
        - { kind: competitor_offer, from: 2025-12-01 }
      campaign: { name: retention-autumn, month: 2025-10-01, hold_out: 30% }
      """
    let calendar = try OperatorCalendar.read(text: text, file: "calendar.yaml")
    #expect(calendar.customers == 8000)
    #expect(calendar.months == 14)
    #expect(calendar.seed == 11)
    #expect(calendar.challengerMonth == 9)
    #expect(calendar.incidents.map(\.size) == [0.12, 0.4, Incident.Kind.competitorOffer.usualSize])
    #expect(calendar.incidents[1].until?.description == "2025-08-20")
    #expect(calendar.campaign?.holdOut == 0.3)
    #expect(calendar.end.description == "2026-03-01")
  }

  private func faults(_ text: String) throws -> [String] {
    do {
      _ = try OperatorCalendar.read(text: text, file: "calendar.yaml")
      return []
    } catch let error as ConfigErrors { return error.errors.map(\.description) }
  }

  @Test func `all faults of a calendar are told, each with its line`() throws {
    let found = try faults(
      """
      customers: 8
      start: 2025-01-02
      months: 14
      """
    )
    #expect(found.count == 2)
    let head = "customers: 5000\nstart: 2025-01-01\nmonths: 14\nincidents:\n"
    let cases = [
      "  - { kind: price_raise, from: 2025-06-01 }": "did you mean 'price_rise'?",
      "  - { kind: price_rise, from: 2024-06-01 }": "is not between 2025-01-01 and 2026-03-01",
      "  - { kind: price_rise, from: 2025-06-31 }": "expected a date",
      "  - { kind: price_rise, from: 2025-06-01, until: 2025-05-01 }": "ends before it begins",
      "  - { kind: label_feed_stops, from: 2025-06-01 }": "needs 'until'",
      "  - { kind: price_rise, from: 2025-06-01, size: 700% }": "a size between",
      "  - { kind: price_rise, when: 2025-06-01 }": "unknown key 'when'",
      "  - { kind: price_rise, from: 2025-06-01 }\n  - { kind: price_rise, from: 2025-07-01 }":
        "overlap",
    ]
    for (text, reason) in cases {
      let found = try faults(head + text)
      #expect(found.contains { $0.contains(reason) }, "\(text): \(found)")
    }
    #expect(throws: ConfigErrors.self) { try OperatorCalendar.read(path: "/nowhere/calendar.yaml") }
  }

  @Test func `in the calendar that comes along ten things happen, each once`() throws {
    let start = try #require(CivilDate(year: 2025, month: 1, day: 1))
    let calendar = OperatorCalendar.eventful(start: start)
    #expect(Set(calendar.incidents.map(\.kind)).count == 10)
    #expect(calendar.incidents.count == 10)
    let last = calendar.incidents.map(\.from.dayNumber).max() ?? 0
    #expect(last < calendar.end.dayNumber)
    #expect(
      calendar.incidents.allSatisfy { $0.from.dayNumber >= start.firstOfMonth(plus: 4).dayNumber }
    )
  }
}

/// The operator's customers beside those of the public table that its figures come from.
@Suite(
  .enabled(if: SharedData.has("telco_churn/Telco-Customer-Churn.csv"), "\(SharedData.reason)")
)
struct AnchorTests {
  @Test func `living customers are as those of the table`() async throws {
    let file = SharedData.folder.appendingPathComponent("telco_churn/Telco-Customer-Churn.csv")
    let lines = try String(contentsOf: file, encoding: .utf8).split(whereSeparator: \.isNewline)
    let names = lines[0].split(separator: ",")
    let table = lines.dropFirst().map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    let month = try await SimulatorTests.quiet.value.predictions[3]
    func column(_ name: String) throws -> [String] {
      let index = try #require(names.firstIndex { $0 == name })
      return table.map { String($0[index]) }
    }
    func share(_ values: [String], _ kind: String) -> Double {
      Double(values.count { $0 == kind }) / Double(values.count)
    }
    let pairs: [(String, [String: String], (Features) -> String)] = [
      (
        "InternetService", ["Fiber optic": "Fibre optic", "DSL": "DSL", "No": "None"],
        \.internetName
      ),
      (
        "Contract",
        ["Month-to-month": "Month-to-month", "One year": "One year", "Two year": "Two year"],
        \.contractName
      ),
      (
        "PaymentMethod",
        ["Electronic check": "Electronic check", "Mailed check": "Mailed check"], \.paymentName
      ),
    ]
    for (name, kinds, ours) in pairs {
      let mine = month.map { ours($0.features) }
      for (theirs, kind) in kinds {
        let difference = share(mine, kind) - share(try column(name), theirs)
        #expect(abs(difference) < 0.03, "\(name) \(kind): \(difference)")
      }
    }
    let internet = try column("InternetService")
    let charges = try column("MonthlyCharges")
    for (theirs, kind) in ["Fiber optic": "Fibre optic", "DSL": "DSL", "No": "None"] {
      let real = zip(internet, charges).filter { $0.0 == theirs }.compactMap { Double($0.1) }
      let mine = month.filter { $0.features.internetName == kind }
        .compactMap(\.features.monthlyCharges)
      let difference = IncidentTests.mean(mine) - IncidentTests.mean(real)
      #expect(abs(difference) < 0.03 * IncidentTests.mean(real), "\(kind): \(difference)")
    }
  }
}
