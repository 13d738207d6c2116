// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestKit
import Testing

/// Years in which nothing happens but the seasons, through the whole loop.
@Suite(.enabled(if: ScratchDatabase.isAvailable, "\(ScratchDatabase.reason)"))
struct QuietYearTests {
  /// What the checks of fifteen months, the first three of them the reference, told of drift and decay.
  private static func alerts(seed: Int) async throws -> [String] {
    var alerts: [String] = []
    try await ScratchDatabase.with { _, dsn in
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
        alerts = lines.filter { $0.hasPrefix("  drift: ") || $0.hasPrefix("  decay: ") }
      }
    }
    return alerts
  }

  @Test(.timeLimit(.minutes(10)))
  func `quiet years stay within the budget of false alerts`() async throws {
    let seeds = 1...3
    let alerts = try await withThrowingTaskGroup(of: [String].self) { group in
      for seed in seeds { group.addTask { try await Self.alerts(seed: seed) } }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    // 0.1 a month are accepted, of twelve months each.
    let budget = Int(0.1 * 12 * Double(seeds.count))
    #expect(alerts.count <= budget, "\(alerts.joined(separator: "\n"))")
  }
}
