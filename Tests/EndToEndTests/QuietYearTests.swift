// SPDX-License-Identifier: Apache-2.0
import Foundation
import Postgres
import TestKit
import Testing

/// Years in which nothing happens but the seasons, through the whole loop.
@Suite(.enabled(if: ScratchDatabase.isAvailable, "\(ScratchDatabase.reason)"))
struct QuietYearTests {
  /// What fifteen months, the first three of them the reference, brought.
  private struct Year {
    /// What checks told of drift and decay.
    var findings: [String] = []
    /// Alerts that began to fire and are told, those that only inform left out.
    var alerts: [String] = []
    var jobs = 0
  }

  private static func year(seed: Int) async throws -> Year {
    var year = Year()
    try await ScratchDatabase.with { connection, dsn in
      try await Program.withFolder { folder in
        let calendar = folder.appendingPathComponent("quiet.yaml")
        try "seed: \(seed)\ncustomers: 4000\nstart: 2025-01-01\nmonths: 15\n"
          .write(to: calendar, atomically: true, encoding: .utf8)
        let outcome = try await Program(in: folder, dsn: dsn).run(
          ["demo", "--calendar", calendar.path]
        )
        // 70 where a decay was told, which then is in the alerts.
        #expect([0, 70].contains(outcome.status), "\(outcome.errors)")
        #expect(outcome.output.contains("\nnothing   2025-01-01"))
        // What a check tells is a line of its own, at two spaces.
        let lines = outcome.output.split(separator: "\n").map(String.init)
        #expect(lines.contains { $0.hasPrefix("  advice: nothing to do.") })
        year.findings = lines.filter { $0.hasPrefix("  drift: ") || $0.hasPrefix("  decay: ") }
        // What the end of the log tells, after the last month, is no false alert.
        let rows = try await connection.query(
          """
          select concat_ws(' ', t.at::date, a.rule, a.subject, t.reason)
          from plumbline.alert_transition t join plumbline.alert a using (alert_id)
          where t.to_state = 'firing' and a.severity <> 'info' and t.at < '2026-04-01'
          """,
          name: "test"
        )
        year.alerts = try rows.values()
        let jobs = try await connection.query(
          "select count(*) from plumbline.retraining_job",
          name: "test"
        )
        year.jobs = try jobs.value()
      }
    }
    return year
  }

  @Test(.timeLimit(.minutes(10)))
  func `quiet years stay within the budget of false alerts`() async throws {
    let seeds = 1...3
    let years = try await withThrowingTaskGroup(of: Year.self) { group in
      for seed in seeds { group.addTask { try await Self.year(seed: seed) } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    // 0.1 a month are accepted, of twelve months each.
    let budget = Int(0.1 * 12 * Double(seeds.count))
    for told in [years.flatMap(\.findings), years.flatMap(\.alerts)] {
      #expect(told.count <= budget, "\(told.joined(separator: "\n"))")
    }
    // Nothing is trained but for a false alert of decay, and then by the gate's leave.
    let decays = years.flatMap(\.findings).count { $0.hasPrefix("  decay: ") }
    let jobs = years.reduce(0) { $0 + $1.jobs }
    #expect(jobs <= decays, "\(jobs) jobs of \(decays) decays")
  }
}
