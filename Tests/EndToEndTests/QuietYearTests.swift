// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestKit
import Testing

/// A year in which nothing happens but the seasons, through the whole loop.
@Suite(.enabled(if: ScratchDatabase.isAvailable, "\(ScratchDatabase.reason)"))
struct QuietYearTests {
  /// 0.1 false alerts a month are accepted: over the twelve months of two operators, 2.4.
  private static let budget = 2

  @Test(.timeLimit(.minutes(5)))
  func `quiet years stay within the budget of false alerts, and no decay is told`() async throws {
    var alerts: [String] = []
    for seed in [1, 2] {
      try await ScratchDatabase.with { _, dsn in
        try await Program.withFolder { folder in
          let calendar = folder.appendingPathComponent("quiet.yaml")
          try "seed: \(seed)\ncustomers: 4000\nstart: 2025-01-01\nmonths: 15\n"
            .write(to: calendar, atomically: true, encoding: .utf8)
          let outcome = try await Program(in: folder, dsn: dsn).run(
            ["demo", "--calendar", calendar.path]
          )
          #expect(outcome.status == 0, "\(outcome.errors)")
          #expect(outcome.output.contains("nothing   2025-01-01"))
          // What a check tells is a line of its own, at two spaces.
          let lines = outcome.output.split(separator: "\n").map(String.init)
          #expect(lines.contains { $0.hasPrefix("  advice: nothing to do.") })
          alerts += lines.filter { line in
            ["drift: ", "decay: "].contains { line.hasPrefix("  " + $0) }
          }
        }
      }
    }
    #expect(alerts.count <= Self.budget, "\(alerts.joined(separator: "\n"))")
    #expect(!alerts.contains { $0.hasPrefix("  decay") }, "\(alerts.joined(separator: "\n"))")
  }
}
