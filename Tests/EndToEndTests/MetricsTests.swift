// SPDX-License-Identifier: Apache-2.0
import Foundation
import Service
import TestKit
import Testing

/// What Prometheus scrapes and judges.
@Suite(
  .enabled(if: ScratchDatabase.isAvailable, "\(ScratchDatabase.reason)"),
  .enabled(if: PrivatePrometheus.isAvailable, "\(PrivatePrometheus.reason)")
)
struct MetricsTests {
  private func with(_ body: (Harness, Program, URL) async throws -> Void) async throws {
    try await Program.withFolder { folder in
      try await Harness.with { harness in
        try await AlertTests.makeLiveTables(harness)
        try AlertTests.liveConfiguration().write(
          to: folder.appendingPathComponent("plumbline.yaml"),
          atomically: true,
          encoding: .utf8
        )
        let program = Program(in: folder, dsn: harness.dsn)
        let check = try await program.run(["check"])
        #expect(check.status == 0, "\(check.errors)")
        try await body(harness, program, folder)
      }
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `promtool finds nothing to say against the metrics, whatever names hold`() async throws {
    try await with { harness, program, folder in
      // Names with all that must be escaped.
      try await harness.sql(
        #"""
        update plumbline.alert set subject = 'a"b\c' || e'\n' || 'd' where rule = 'OutOfRange';
        update plumbline.finding set subject = 'a"b\c' || e'\n' || 'd' where subject = 'calls'
        """#
      )
      let metrics = try await program.run(["metrics"])
      #expect(metrics.status == 0, "\(metrics.errors)")
      let (status, words) = try PrivatePrometheus.tool(["check", "metrics"], input: metrics.output)
      #expect(status == 0, "\(words)")
      let lines = metrics.output.split(separator: "\n")
      #expect(
        lines.contains {
          $0.hasPrefix("plumbline_alert_firing{") && $0.contains(#"subject="a\"b\\c\nd""#)
        }
      )
      #expect(
        lines.contains { $0.hasPrefix("plumbline_check_last_timestamp_seconds{model=\"churn\"}") }
      )
      #expect(
        lines.contains {
          $0.hasPrefix(
            #"plumbline_reading{model="churn",version="v1",check="psi",subject="amount",window="7d"}"#
          )
        }
      )
      // Drift needs no label; what labels say is provisional until they are final.
      let mature = lines.filter { $0.hasPrefix("plumbline_reading_mature{") }
      #expect(mature.contains { $0.contains(#"check="psi""#) && $0.hasSuffix(" 1.0") })
      #expect(mature.count == lines.count { $0.hasPrefix("plumbline_reading{") })
      #expect(
        lines.contains(#"plumbline_alerts{model="churn",state="firing",severity="warning"} 1.0"#)
      )
      // Written as a whole.
      let file = try await program.run(["metrics", "-o", "plumbline.prom"])
      #expect(file.status == 0)
      let text = try String(
        contentsOf: folder.appendingPathComponent("plumbline.prom"),
        encoding: .utf8
      )
      #expect(text == metrics.output)
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `the exported rules pass promtool with their tests, and a real Prometheus fires by them`()
    async throws
  {
    try await with { harness, program, folder in
      let export = try await program.run(["rules", "export", "--prometheus", "-o", "prom"])
      #expect(export.status == 0, "\(export.errors)")
      let rules = folder.appendingPathComponent("prom/plumbline.rules.yml").path
      let tests = folder.appendingPathComponent("prom/plumbline.rules.test.yml").path
      let (checked, words) = try PrivatePrometheus.tool(["check", "rules", rules])
      #expect(checked == 0 && words.contains("SUCCESS"), "\(words)")
      let (tested, found) = try PrivatePrometheus.tool(["test", "rules", tests])
      #expect(tested == 0, "\(found)")
      let metrics = try await program.run(["metrics"]).output
      let server = try StubServer { _ in
        .answer(200, headers: ["Content-Type": "text/plain; version=0.0.4"], body: metrics)
      }
      defer { server.stop() }
      let prometheus = try PrivatePrometheus.make(in: folder, scraping: server.port, rules: rules)
      defer { prometheus.kill() }
      try await prometheus.start()
      var firing: Set<String> = []
      for _ in 0..<60 where !firing.contains("OutOfRange") {
        try await Task.sleep(for: .milliseconds(500))
        let data = try await prometheus.get("/api/v1/alerts") ?? Data()
        let answer = try JSONSerialization.jsonObject(with: data) as? [String: Any]
        let alerts = (answer?["data"] as? [String: Any])?["alerts"] as? [[String: Any]] ?? []
        firing = Set(
          alerts.filter { $0["state"] as? String == "firing" }
            .compactMap { ($0["labels"] as? [String: String])?["alertname"] }
        )
      }
      #expect(firing == ["OutOfRange"])
    }
  }
}
