// SPDX-License-Identifier: Apache-2.0
import Checks
import Evaluation
import Foundation
import Profiles
import Reports
import Service
import Settings
import TestKit
import Testing

/// Small inputs made from public reports of what monitors get wrong, with the right answers.
@Suite(
  .enabled(if: ScratchDatabase.isAvailable, "\(ScratchDatabase.reason)"),
  .enabled(
    if: SharedData.has("../cases"),
    "the cases are not here: they lie beside the real logs"
  )
)
struct CaseTests {
  private func with(
    _ name: String,
    _ body: (Harness, _ yaml: String) async throws -> Void
  ) async throws {
    func text(_ file: String) throws -> String {
      try String(
        contentsOf: SharedData.folder.appendingPathComponent("../cases/\(name)/\(file)"),
        encoding: .utf8
      )
    }
    try await Harness.with { harness in
      try await harness.sql(try text("setup.sql"))
      try await body(harness, try text("plumbline.yaml"))
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `a no before the horizon is not final`() async throws {
    try await with("01-interim-no") { harness, yaml in
      _ = try await harness.check(yaml, asOf: "2026-08-01")
      let models = try await harness.report(yaml, from: "2026-06-01", to: "2026-08-01")
      let windows = models.flatMap(\.windows)
      let horizon = FixedDuration(days: 30)
      let asOf = try #require(Instant("2026-08-01"))
      for window in windows {
        #expect(window.isMature == (window.range.to.advanced(by: horizon) <= asOf))
        guard window.isMature else { continue }
        let prevalence = try #require(window.finding(.prevalence, "outcome")?.reading.value)
        #expect(abs(prevalence - 0.16) < 0.03)
      }
      #expect(windows.contains(where: \.isMature) && !windows.allSatisfy(\.isMature))
      #expect(models.allSatisfy { $0.advice?.action ?? .nothing == .nothing })
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `labels at exactly the horizon are evaluated for decay`() async throws {
    try await with("02-label-at-exactly-the-horizon") { harness, yaml in
      var asOf = try #require(Instant("2026-03-02"))
      let last = try #require(Instant("2026-05-04"))
      var (evaluated, onlyClass) = (0, 0)
      while asOf <= last {
        let models = try await harness.check(yaml, asOf: asOf.description)
        for check in [CheckName.recallDecay, .calibrationDecay, .labelFeed] {
          let subject = check == .labelFeed ? "outcome" : "score"
          let findings = models.flatMap(\.windows).compactMap { $0.finding(check, subject) }
          #expect(!findings.contains { $0.verdict == .noReference }, "\(asOf) \(check.rawValue)")
          evaluated += findings.count { $0.reading.value != nil }
        }
        let onlyChurners = models.flatMap(\.windows).first {
          $0.range.from == Instant("2026-03-09") && $0.isMature
        }
        // A week of one class has no ranking.
        if let area = onlyChurners?.finding(.aucPR, "score") {
          #expect(area.reading.value == nil)
          onlyClass += 1
        }
        if asOf.description.hasPrefix("2026-04-06") {
          // The week's outcomes say no to nearly all.
          let advice = try #require(models.first?.advice)
          #expect(advice.action == .fixLabels, "\(advice)")
        }
        asOf = asOf.advanced(by: FixedDuration(days: 7))
      }
      #expect(evaluated > 20 && onlyClass > 0, "\(evaluated), \(onlyClass)")
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `while nobody is scored the feed is to be fixed`() async throws {
    try await with("10-advice-while-feed-stopped") { harness, yaml in
      var advised: [String: Advice.Action] = [:]
      for day in 9...30 {
        let date = "2026-10-\(day < 10 ? "0" : "")\(day)"
        let models = try await harness.check(yaml, asOf: "\(date)T06:00:00Z")
        advised[date] = models.first?.advice?.action
      }
      for day in 16...20 { #expect(advised["2026-10-\(day)"] == .fixData, "\(advised)") }
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `scores in per cent stop the evaluation, and clocks are no features`() async throws {
    try await with("05-score-in-per-cent") { harness, yaml in
      let models = try await harness.check(yaml, asOf: "2026-10-20")
      #expect(models.flatMap(\.windows).flatMap(\.findings).isEmpty)
      #expect(models.flatMap(\.issues).contains { $0.message.contains("per cent") })
      let (settings, _) = try SettingsFile.read(text: yaml, file: "test.yaml")
      let now = try #require(Instant("2026-10-20"))
      let lines = await Preflight(harness.runtime()).examine(settings, now: now)
      #expect(lines.contains { $0.level == .fail && $0.text.contains("per cent") })
      for column in ["prediction_timestamp_utc", "created_at", "batch_id"] {
        #expect(lines.contains { $0.text.contains("column \(column) is left out") }, "\(column)")
      }
    }
  }
}
