// SPDX-License-Identifier: Apache-2.0
import Foundation
import Postgres
import TestKit
import Testing

/// The process that goes on for ever.
@Suite(.enabled(if: ScratchDatabase.isAvailable, "\(ScratchDatabase.reason)"))
struct ServeTests {
  /// A model whose recall has decayed, a trainer that calls back, and a server over both.
  private func with(
    _ body: (Harness, PrivateService, StubServer) async throws -> Void
  ) async throws {
    let trainer = try StubServer { _ in .answer(202, body: "{}") }
    defer { trainer.stop() }
    try await Program.withFolder { folder in
      try await Harness.with { harness in
        try await AlertTests.makeLiveTables(harness)
        try await harness.sql(
          """
          update predictions set amount = amount - 900 where predicted_at > now() - interval '20 days';
          update predictions set score = ((hashtextextended(prediction_id, 9) % 1000 + 1000) % 1000 + 0.5) / 1000
          where predicted_at > now() - interval '45 days';
          """
        )
        let file = folder.appendingPathComponent("plumbline.yaml")
        let service = try PrivateService(
          Program.path("plumbline"),
          environment: [
            "PLUMBLINE_DSN": harness.dsn, "PLUMBLINE_TOKEN": "open sesame", "KEY": "we know",
          ],
          ready: "/readyz"
        ) { port in
          let retraining = """

                retraining:
                  trainer: webhook
                  webhook: \(trainer.address)/train
                  secret: { env: KEY }
                  callback: http://127.0.0.1:\(port)/hooks/jobs
                  min_labels: 10
            """
          try (AlertTests.liveConfiguration() + retraining).write(
            to: file,
            atomically: true,
            encoding: .utf8
          )
          return ["serve", "--config", file.path, "--port", "\(port)", "--every", "1s"]
        }
        defer { service.kill() }
        try await service.start()
        try await body(harness, service, trainer)
      }
    }
  }

  /// Waits until a query gives a text.
  private func wait(_ harness: Harness, _ query: String, for text: String) async throws {
    var found = ""
    for _ in 0..<600 {
      let rows = try await harness.connection.query(query, name: "test")
      found = try rows.values(as: String.self).first ?? ""
      if found == text { return }
      try await Task.sleep(for: .milliseconds(100))
    }
    Issue.record("\(query): \(found) where \(text) was expected")
  }

  @Test(.timeLimit(.minutes(5)))
  func `it checks, has a job trained by who calls back, and is scraped`() async throws {
    try await with { harness, service, trainer in
      #expect(
        try await service.get("/healthz").map { String(decoding: $0, as: UTF8.self) } == "ok\n"
      )
      try await wait(harness, "select state from plumbline.retraining_job", for: "running")
      let told = try #require(trainer.requests.first)
      #expect(told.headers["authorization"] == "Bearer we know")
      let order = try #require(told.json as? [String: Any])
      let callback = try #require((order["callback"] as? String).flatMap { URL(string: $0) })
      #expect(order["key"] as? String == told.headers["idempotency-key"])
      // Who does not know the address, or says nothing that is understood, changes nothing.
      let wrong =
        callback.deletingLastPathComponent().path + "/" + String(repeating: "0", count: 64)
      #expect(try await service.post(wrong, "{\"state\": \"failed\"}").status == 403)
      #expect(try await service.post("/hooks/jobs/99/abc", "{\"state\": \"failed\"}").status == 403)
      for garbage in ["<html>", "{}", "{\"state\": \"done\"}"] {
        let answer = try await service.post(callback.path, garbage)
        #expect(answer.status == 400 && answer.text.contains("'state' as one of queued, running"))
      }
      #expect(
        try await service.post(callback.path, String(repeating: "x", count: 2 << 20)).status == 413
      )
      #expect(try await service.post(callback.path, "{\"state\": \"running\"}").status == 202)
      let done = "{\"state\": \"succeeded\", \"version\": \"v2\", \"metrics\": {\"auc\": 0.8}}"
      #expect(try await service.post(callback.path, done).status == 202)
      // What was said of the end stays, whoever says something else later.
      #expect(try await service.post(callback.path, "{\"state\": \"failed\"}").status == 202)
      try await wait(
        harness,
        "select concat_ws(' ', state, new_version) from plumbline.retraining_job",
        for: "succeeded v2"
      )
      // The next check knows the version.
      try await wait(
        harness,
        "select state from plumbline.model_version where model_version = 'v2'",
        for: "registered"
      )
      let metrics = try #require(try await service.get("/metrics"))
      let text = String(decoding: metrics, as: UTF8.self)
      #expect(text.contains("plumbline_retraining_jobs{model=\"churn\",state=\"succeeded\"} 1"))
      if PrivatePrometheus.isAvailable {
        let (status, words) = try PrivatePrometheus.tool(["check", "metrics"], input: text)
        #expect(status == 0, "\(words)")
      }
      #expect(trainer.requests.count == 1)
      #expect(try await service.end(within: 20), "it ends when it is told to")
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `alertmanager asks for a job with the token, once for each time its alert fires`()
    async throws
  {
    try await with { harness, service, _ in
      // The job of the decay is over at once, so that others may be made.
      try await wait(harness, "select state from plumbline.retraining_job", for: "running")
      try await harness.sql(
        """
        update plumbline.retraining_job set state = 'cancelled', finished_at = now(), lease_until = null,
          lease_owner = null, lease_epoch = lease_epoch + 1
        """
      )
      func body(
        _ model: String,
        _ status: String = "firing",
        start: String = "2026-03-01T00:00:00Z"
      )
        -> String
      {
        """
        {"version": "4", "status": "\(status)", "alerts": [{"status": "\(status)", "startsAt": "\(start)",
          "endsAt": "0001-01-01T00:00:00Z", "fingerprint": "ab", "generatorURL": "",
          "labels": {"alertname": "LiftDown", "model": "\(model)"}, "annotations": {"summary": "lift is down"}}]}
        """
      }
      let path = "/hooks/alertmanager"
      let token = ["Authorization: Bearer open sesame"]
      #expect(try await service.post(path, body("churn")).status == 401)
      #expect(
        try await service.post(path, body("churn"), headers: ["Authorization: Bearer x"]).status
          == 401
      )
      let garbage = try await service.post(path, "[]", headers: token)
      #expect(garbage.status == 400)
      let unknown = try await service.post(path, body("chrun"), headers: token)
      #expect(unknown.status == 422 && unknown.text.contains("no model 'chrun'"))
      let over = try await service.post(path, body("churn", "resolved"), headers: token)
      #expect(over.status == 200 && over.text.isEmpty)
      let made = try await service.post(path, body("churn"), headers: token)
      #expect(made.status == 200 && made.text.hasPrefix("churn: job "), "\(made.text)")
      let again = try await service.post(path, body("churn"), headers: token)
      #expect(again.text.contains("created before"), "\(again.text)")
      let rows = try await harness.connection.query(
        "select count(*) as jobs, max(reason) as reason from plumbline.retraining_job where author = 'alertmanager'",
        name: "test"
      )
      #expect(try rows.column("jobs") == [1])
      #expect(
        try rows.column("reason") == ["LiftDown fires since 2026-03-01T00:00:00Z: lift is down"]
      )
    }
  }
}
