// SPDX-License-Identifier: Apache-2.0
import Foundation
import Service
import Postgres
import Profiles
import Settings
import Store
import TestKit
import Testing

/// From the change of an alert's state to whoever is told.
@Suite(.enabled(if: ScratchDatabase.isAvailable, "\(ScratchDatabase.reason)"))
struct DeliveryTests {
  /// A model with a firing alert on each of its features, and channels.
  private func with(
    _ alerting: String,
    _ body: (Harness, Program, URL) async throws -> Void
  ) async throws {
    try await Program.withFolder { folder in
      try await Harness.with { harness in
        try await AlertTests.makeLiveTables(harness)
        try (AlertTests.liveConfiguration() + "\nalerting:\n" + alerting).write(
          to: folder.appendingPathComponent("plumbline.yaml"),
          atomically: true,
          encoding: .utf8
        )
        try await body(harness, Program(in: folder, dsn: harness.dsn), folder)
      }
    }
  }

  private func deliveries(_ harness: Harness) async throws -> [String] {
    let rows = try await harness.connection.query(
      """
      select concat_ws(' ', d.channel, d.status, d.notice->'labels'->>'alertname', d.state, d.attempts)
      from plumbline.delivery d order by delivery_id
      """,
      name: "test"
    )
    return try rows.values()
  }

  /// Lets everything that waits be due now.
  private func hurry(_ harness: Harness) async throws {
    try await harness.sql(
      """
      update plumbline.delivery set next_at = now(), lease_until = null where state = 'queued';
      update plumbline.channel set open_until = null
      """
    )
  }

  /// The alerts that an Alertmanager knows, as JSON.
  private static func alerts(_ manager: PrivateService) async throws -> [[String: Any]] {
    guard let data = try await manager.get("/api/v2/alerts") else { return [] }
    return try JSONSerialization.jsonObject(with: data) as? [[String: Any]] ?? []
  }

  private static func alert(_ request: StubServer.Request) -> String {
    let body = request.json as? [String: Any]
    let labels = (body?["alerts"] as? [[String: Any]])?.first?["labels"] as? [String: String]
    return labels?["alertname"] ?? ""
  }

  @Test(.timeLimit(.minutes(5)))
  func `each beginning and each end is told once, in order, whatever the receiver answers`()
    async throws
  {
    let server = try StubServer { _ in .answer(500) }
    defer { server.stop() }
    try await with("  channels: [{ name: hook, webhook: '\(server.address)', timeout: 1s }]") {
      harness,
      program,
      _ in
      let check = try await program.run(["check"])
      #expect(check.status == 0, "what waits is no failure of the check: \(check.errors)")
      #expect(check.errors.contains("hook: HTTP 500"))
      #expect(try await deliveries(harness) == ["hook firing OutOfRange queued 1"])
      for reply in [StubServer.Reply.answer(429, headers: ["Retry-After": "900"]), .half, .slow(3)]
      {
        server.answer { _ in reply }
        try await hurry(harness)
        let pass = try await program.run(["alerts", "deliver"])
        #expect(pass.status == 70, "\(pass.errors)")
      }
      let attempts = try await harness.connection.query(
        "select count(*) from plumbline.delivery_attempt where not is_delivered",
        name: "test"
      ).value(as: Int.self)
      #expect(attempts == 4, "every attempt is recorded")
      // The alert ends while its beginning is still to be told.
      try await harness.sql(
        "update predictions set amount = amount - 900 where predicted_at > now() - interval '20 days'"
      )
      let again = try await program.run(["check"])
      #expect(again.status == 0, "\(again.errors)")
      server.answer { _ in .answer(200) }
      try await hurry(harness)
      let before = server.requests.count
      let pass = try await program.run(["alerts", "deliver"])
      #expect(pass.status == 0 && pass.errors.contains("delivered 2"), "\(pass.errors)")
      let told = server.requests.dropFirst(before)
      #expect(
        told.compactMap { ($0.json as? [String: Any])?["status"] as? String } == [
          "firing", "resolved",
        ]
      )
      #expect(Set(server.requests.compactMap { $0.headers["idempotency-key"] }).count == 2)
      let idle = try await program.run(["alerts", "deliver"])
      #expect(idle.status == 0 && server.requests.count == before + 2, "nothing is told twice")
      let channels = try await program.run(["alerts", "channels"])
      #expect(channels.output.contains("hook: 2 delivered, 0 waiting"), "\(channels.output)")
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func
    `a receiver that asks to wait is left alone for that long, and one that fails again and again too`()
    async throws
  {
    let server = try StubServer { _ in .answer(429, headers: ["Retry-After": "900"]) }
    defer { server.stop() }
    try await with("  channels: [{ name: hook, webhook: '\(server.address)', timeout: 1s }]") {
      harness,
      program,
      _ in
      _ = try await program.run(["check"])
      let rows = try await harness.connection.query(
        "select extract(epoch from next_at - now())::float8 from plumbline.delivery",
        name: "test"
      )
      #expect(try rows.values(as: Double.self)[0] > 800)
      server.answer { _ in .answer(500) }
      for _ in 0..<4 {
        try await harness.sql("update plumbline.delivery set next_at = now()")
        _ = try await program.run(["alerts", "deliver"])
      }
      let count = server.requests.count
      #expect(count == 5)
      // The circuit is open: nothing is tried, and that is said.
      try await harness.sql("update plumbline.delivery set next_at = now()")
      let pass = try await program.run(["alerts", "deliver"])
      #expect(pass.status == 70 && server.requests.count == count)
      let channels = try await program.run(["alerts", "channels"])
      #expect(channels.output.contains("failed 5 times in a row: HTTP 500; left alone"))
      // What cannot be told for a day is given up, and counted.
      try await harness.sql(
        "update plumbline.delivery set created_at = now() - interval '2 days', lease_until = null"
      )
      let late = try await program.run(["alerts", "deliver"])
      #expect(late.errors.contains("1 given up"), "\(late.errors)")
    }
  }

  @Test(.timeLimit(.minutes(5)), arguments: ["alerting", "recorded", "notified"])
  func `killed between the change and its telling, it is told after the restart under the same key`(
    _ point: String
  )
    async throws
  {
    let server = try StubServer()
    defer { server.stop() }
    try await with("  channels: [{ name: hook, webhook: '\(server.address)', timeout: 1s }]") {
      harness,
      program,
      _ in
      let killed = try await program.run(["check"], environment: ["PLUMBLINE_FAILPOINT": point])
      #expect(killed.wasKilled, "\(killed.errors)")
      #expect(server.requests.count == (point == "notified" ? 1 : 0))
      // Whoever held it is gone; its lease ends.
      try await harness.sql("update plumbline.delivery set lease_until = null")
      let again = try await program.run(["check"])
      #expect(again.status == 0, "\(again.errors)")
      let keys = server.requests.compactMap { $0.headers["idempotency-key"] }
      #expect(keys.count == (point == "notified" ? 2 : 1) && Set(keys).count == 1)
      let attempts = point == "notified" ? 2 : 1
      #expect(try await deliveries(harness) == ["hook firing OutOfRange delivered \(attempts)"])
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `many who deliver at once tell everything once`() async throws {
    let server = try StubServer()
    defer { server.stop() }
    try await with("  channels: [{ name: hook, webhook: '\(server.address)', timeout: 2s }]") {
      harness,
      program,
      _ in
      _ = try await program.run(["check"])
      // A hundred more to tell.
      try await harness.sql(
        """
        insert into plumbline.delivery (model_id, channel, status, severity, key, notice)
        select model_id, channel, status, severity, 'k' || i,
          jsonb_set(notice, '{key}', to_jsonb('k' || i)) from plumbline.delivery, generate_series(1, 100) i
        """
      )
      let before = server.requests.count
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<4 {
          group.addTask {
            let pass = try await program.run(["alerts", "deliver"])
            #expect(pass.status == 0, "\(pass.errors)")
          }
        }
        try await group.waitForAll()
      }
      let keys = server.requests.dropFirst(before).compactMap { $0.headers["idempotency-key"] }
      #expect(keys.count == 100 && Set(keys).count == 100)
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func
    `silences, severities and the budget keep notices back, and what still fires is told afterwards`()
    async throws
  {
    let server = try StubServer()
    defer { server.stop() }
    let channels = """
        budget: { alerts: 1, per: 30d }
        channels:
          - { name: all, webhook: '\(server.address)/all', timeout: 2s }
          - { name: grave, webhook: '\(server.address)/grave', severity: critical, timeout: 2s }
      """
    try await with(channels) { harness, program, _ in
      let silence = try await program.run([
        "alerts", "silence", "--rule", "OutOfRange", "--for", "1h", "--author", "a", "--reason",
        "r",
      ])
      #expect(silence.status == 0, "\(silence.errors)")
      _ = try await program.run(["check"])
      #expect(server.requests.isEmpty)
      _ = try await program.run(["alerts", "unsilence", "1"])
      // Another alert of the same model fires first and takes the budget.
      try await harness.sql(
        "update predictions set plan = 'z' || plan where predicted_at > now() - interval '20 days'"
      )
      let check = try await program.run(["check"])
      #expect(check.status == 0, "\(check.errors)")
      let told = server.requests.filter { $0.path == "/all" }.map(Self.alert)
      #expect(told.contains("AlertBudgetSpent") && told.count == 2, "\(told)")
      #expect(!server.requests.contains { $0.path == "/grave" })
      // The month is over.
      try await harness.sql(
        "update plumbline.delivery set created_at = created_at - interval '40 days'"
      )
      _ = try await program.run(["alerts", "deliver"])
      let rest = Set(server.requests.filter { $0.path == "/all" }.map(Self.alert))
      #expect(rest.isSuperset(of: ["OutOfRange", "NewValues", "AlertBudgetSpent"]), "\(rest)")
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `many lines of a log written at once are all there`() async throws {
    try await with("  channels: [{ name: file, log: alerts.log }]") { harness, program, folder in
      _ = try await program.run(["check"])
      try await harness.sql(
        """
        insert into plumbline.delivery (model_id, channel, status, severity, key, notice)
        select model_id, channel, status, severity, 'k' || i,
          jsonb_set(notice, '{key}', to_jsonb('k' || i)) from plumbline.delivery, generate_series(1, 60) i
        """
      )
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<3 { group.addTask { _ = try await program.run(["alerts", "deliver"]) } }
        try await group.waitForAll()
      }
      let text = try String(
        contentsOf: folder.appendingPathComponent("alerts.log"),
        encoding: .utf8
      )
      let lines = text.split(separator: "\n")
      #expect(lines.count == 61 && lines.allSatisfy { $0.hasPrefix("{") && $0.hasSuffix("}") })
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `what was never tried is not given up, and an end is told though its rule has become quiet`()
    async throws
  {
    let server = try StubServer()
    defer { server.stop() }
    try await with(
      "  channels: [{ name: hook, webhook: '\(server.address)', severity: warning, timeout: 1s }]"
    ) { harness, program, folder in
      let killed = try await program.run(
        ["check"],
        environment: ["PLUMBLINE_FAILPOINT": "recorded"]
      )
      #expect(killed.wasKilled && server.requests.isEmpty)
      try await harness.sql("update plumbline.delivery set created_at = now() - interval '3 days'")
      _ = try await program.run(["alerts", "deliver"])
      #expect(server.requests.map(Self.alert) == ["OutOfRange"])
      // The rule only informs by now.
      let rules = try String(
        contentsOf: Golden.root.appendingPathComponent("alerts/churn.rules.yaml"),
        encoding: .utf8
      )
      try rules.replacing("severity: warning", with: "severity: info").write(
        to: folder.appendingPathComponent("quiet.rules.yaml"),
        atomically: true,
        encoding: .utf8
      )
      let file = folder.appendingPathComponent("plumbline.yaml")
      let settings = try String(contentsOf: file, encoding: .utf8)
      try (settings + "\nrules: [quiet.rules.yaml]\n").write(
        to: file,
        atomically: true,
        encoding: .utf8
      )
      try await harness.sql(
        "update predictions set amount = amount - 900 where predicted_at > now() - interval '20 days'"
      )
      let check = try await program.run(["check"])
      #expect(check.status == 0, "\(check.errors)")
      let statuses = server.requests.compactMap {
        ($0.json as? [String: Any])?["status"] as? String
      }
      #expect(statuses == ["firing", "resolved"])
    }
  }

  @Test(
    .timeLimit(.minutes(5)),
    .enabled(if: PrivateAlertmanager.isAvailable, "\(PrivateAlertmanager.reason)")
  )
  func
    `a real Alertmanager: told, grouped, repeated, restarted without a false end, silenced, ended`()
    async throws
  {
    let hook = try StubServer()
    defer { hook.stop() }
    try await Program.withFolder { place in
      let manager = try PrivateAlertmanager.make(in: place, telling: hook.address)
      defer { manager.kill() }
      try await manager.start()
      let alerting = """
          environment: test
          link: "https://plumbline.example/alerts/{{number}}"
          interval: 5s
          channels: [{ name: am, alertmanager: '\(manager.address)' }]
        """
      try await with(alerting) { harness, program, _ in
        try await harness.sql(
          "update predictions set plan = 'z' || plan where predicted_at > now() - interval '20 days'"
        )
        func names() async throws -> [String] {
          try await Self.alerts(manager).compactMap {
            ($0["labels"] as? [String: String])?["alertname"]
          }.sorted()
        }
        func states() async throws -> Set<String> {
          Set(
            try await Self.alerts(manager).compactMap { alert in
              let name = (alert["labels"] as? [String: String])?["alertname"] ?? ""
              return "\(name) \((alert["status"] as? [String: Any])?["state"] as? String ?? "")"
            }
          )
        }
        let check = try await program.run(["check"])
        #expect(check.status == 0 && !check.errors.contains("am:"), "\(check.errors)")
        #expect(try await names() == ["NewValues", "OutOfRange", "PlumblineWatchdog"])
        let known = try #require(
          try await Self.alerts(manager).first {
            ($0["labels"] as? [String: String])?["alertname"] == "OutOfRange"
          }
        )
        let labels = try #require(known["labels"] as? [String: String])
        #expect(labels["env"] == "test" && labels["subject"] == "amount" && labels["value"] == nil)
        #expect((known["generatorURL"] as? String)?.contains("plumbline.example/alerts/") ?? false)
        // Repeated it is the same alert: same fingerprint, earliest start, and no second call.
        for _ in 0..<3 {
          let pass = try await program.run(["alerts", "deliver"])
          #expect(pass.status == 0, "\(pass.errors)")
        }
        try await Task.sleep(for: .seconds(3))
        let repeated = try await Self.alerts(manager).first {
          ($0["labels"] as? [String: String])?["alertname"] == "OutOfRange"
        }
        #expect(repeated?["fingerprint"] as? String == known["fingerprint"] as? String)
        #expect(repeated?["startsAt"] as? String == known["startsAt"] as? String)
        let calls = hook.requests.filter { Self.alert($0) == "OutOfRange" }
        #expect(calls.count == 1)
        // It forgets everything when it restarts; the next pass tells it again, and nobody hears of
        // an end.
        manager.kill()
        let lost = try await program.run(["alerts", "deliver"])
        #expect(lost.status == 70 && lost.errors.contains("am: no connection could be made"))
        try await manager.start()
        #expect(try await names().isEmpty)
        _ = try await program.run(["alerts", "deliver"])
        #expect(try await names() == ["NewValues", "OutOfRange", "PlumblineWatchdog"])
        try await Task.sleep(for: .seconds(3))
        #expect(!hook.requests.contains { $0.body.contains("\"status\":\"resolved\"") })
        // Our silence is its silence, and ends with ours.
        _ = try await program.run([
          "alerts", "silence", "--rule", "OutOfRange", "--for", "1h", "--author", "a", "--reason",
          "r",
        ])
        _ = try await program.run(["alerts", "deliver"])
        #expect(try await states().contains("OutOfRange suppressed"))
        _ = try await program.run(["alerts", "unsilence", "1"])
        _ = try await program.run(["alerts", "deliver"])
        #expect(try await states().contains("OutOfRange active"))
        // The end.
        try await harness.sql(
          "update predictions set amount = amount - 900 where predicted_at > now() - interval '20 days'"
        )
        _ = try await program.run(["check"])
        #expect(try await names() == ["NewValues", "PlumblineWatchdog"])
        for _ in 0..<40 where !hook.requests.contains(where: { $0.body.contains("resolved") }) {
          try await Task.sleep(for: .milliseconds(250))
        }
        let end = try #require(hook.requests.last { $0.body.contains("\"status\":\"resolved\"") })
        #expect(Self.alert(end) == "OutOfRange")
        // Nobody renews: what fires ends by its lease of four intervals, the dead man's switch too.
        for _ in 0..<30 where try await !names().isEmpty { try await Task.sleep(for: .seconds(1)) }
        #expect(try await names().isEmpty)
      }
    }
  }
}
