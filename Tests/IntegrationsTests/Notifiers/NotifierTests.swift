// SPDX-License-Identifier: Apache-2.0
import Alerting
import Foundation
import Integrations
import Profiles
import Settings
import TestKit
import Testing

/// What is sent by each notifier; what all promise is in `NotifierContract`.
@Suite struct NotifierTests {
  static func notice(
    _ status: AlertNotice.Status = .firing,
    subject: String = "tenure"
  ) throws -> AlertNotice {
    let start = try #require(Instant("2026-01-02T03:04:05Z"))
    return AlertNotice(
      status: status,
      labels: [
        "alertname": "FeatureDrift", "model": "churn", "version": "v1", "subject": subject,
        "window": "7d", "severity": "warning", "segment": "",
      ],
      annotations: ["summary": "PSI <0.31> & \"more\"", "value": "0.31"],
      startsAt: start,
      endsAt: status == .resolved ? start.advanced(by: .day) : nil,
      link: "https://plumbline.example/alerts/7",
      key: "plumbline-alert-7-1-\(status.rawValue)"
    )
  }

  static func channel(_ line: String) throws -> ChannelSettings {
    let text = "models: [\(model)]\nalerting: { channels: [{ name: c, \(line), timeout: 1s }] }"
    let settings = try SettingsFile.read(text: text, file: "t.yaml").settings
    return try #require(settings.alerting.channels.first)
  }

  // Inlined into a caller, its existential makes the optimizer of Swift 6.3.1 fail.
  @inline(never)
  static func notifier(
    _ line: String,
    _ environment: [String: String] = [:]
  ) throws -> any Notifier {
    try NotifierRoster.notifier(
      try channel(line),
      WebClient(),
      lease: FixedDuration(microseconds: 240_000_000),
      environment: environment
    )
  }

  private static let model = """
    { name: churn, predictions: { table: p, id: i, time: t, score: s }, reference: { from: 2026-01-01, to: 2026-02-01 } }
    """

  static func now() throws -> Instant { try #require(Instant("2026-01-03T00:00:00Z")) }

  @Test func `a webhook gets Alertmanager's body, signed, with a key that drops repeats`()
    async throws
  {
    let server = try StubServer()
    defer { server.stop() }
    let notifier = try Self.notifier(
      "webhook: '\(server.address)/hook', secret: { env: KEY }, token: { env: TOKEN }",
      ["KEY": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "TOKEN": "t0k"]
    )
    let outcome = await notifier.notify(try Self.notice(), now: try Self.now())
    #expect(outcome == .delivered("HTTP 200"))
    let request = try #require(server.requests.first)
    #expect(request.path == "/hook" && request.headers["content-type"] == "application/json")
    #expect(request.headers["authorization"] == "Bearer t0k")
    #expect(request.headers["idempotency-key"] == "plumbline-alert-7-1-firing")
    #expect(request.headers["webhook-id"] == "plumbline-alert-7-1-firing")
    #expect(request.headers["webhook-timestamp"] == "1767398400")
    // The signature as Python's hmac makes it of what arrived.
    let script = """
      import base64, hashlib, hmac, sys
      key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
      signed = b"plumbline-alert-7-1-firing.1767398400." + sys.stdin.buffer.read()
      print("v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode(), end="")
      """
    #expect(request.headers["webhook-signature"] == (try python(script, request.body)))
    let body = try #require(request.json as? [String: Any])
    #expect(body["version"] as? String == "4" && body["status"] as? String == "firing")
    #expect(body["groupKey"] as? String == #"{}:{alertname="FeatureDrift", model="churn"}"#)
    let alert = try #require((body["alerts"] as? [[String: Any]])?.first)
    #expect(alert["startsAt"] as? String == "2026-01-02T03:04:05Z")
    #expect(alert["endsAt"] as? String == "0001-01-01T00:00:00Z")
    let labels = try #require(alert["labels"] as? [String: String])
    #expect(labels["segment"] == nil && labels["subject"] == "tenure" && labels["value"] == nil)
    #expect((alert["annotations"] as? [String: String])?["value"] == "0.31")
  }

  private func python(_ script: String, _ input: String) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-c", script]
    let (source, sink) = (Pipe(), Pipe())
    process.standardInput = source
    process.standardOutput = sink
    try process.run()
    try source.fileHandleForWriting.write(contentsOf: Data(input.utf8))
    try source.fileHandleForWriting.close()
    let data = try sink.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self)
  }

  @Test
  func
    `Slack gets a message for the beginning and one for the end, with nothing that it would interpret`()
    async throws
  {
    let server = try StubServer { _ in .answer(200, body: "ok") }
    defer { server.stop() }
    let notifier = try Self.notifier(
      "slack: { env: SLACK }",
      ["SLACK": server.address + "/services/x"]
    )
    for status in [AlertNotice.Status.firing, .resolved] {
      #expect(
        await notifier.notify(try Self.notice(status), now: try Self.now())
          == .delivered("HTTP 200")
      )
    }
    let messages = server.requests.compactMap { $0.json as? [String: Any] }
    #expect(
      messages.map { $0["text"] as? String } == [
        "[firing] FeatureDrift: churn", "[resolved] FeatureDrift: churn",
      ]
    )
    let attachments = messages.compactMap { ($0["attachments"] as? [[String: Any]])?.first }
    #expect(attachments.map { $0["color"] as? String } == ["warning", "good"])
    #expect(attachments[0]["text"] as? String == "PSI &lt;0.31&gt; &amp; \"more\"")
    #expect(attachments[0]["title_link"] as? String == "https://plumbline.example/alerts/7")
  }

  @Test func `a log gets a line for each notice`() async throws {
    try await Program.withFolder { folder in
      let file = folder.appendingPathComponent("alerts.log")
      let notifier = try Self.notifier("log: '\(file.path)'")
      for status in [AlertNotice.Status.firing, .resolved] {
        #expect(
          await notifier.notify(try Self.notice(status), now: try Self.now())
            == .delivered("written")
        )
      }
      let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
      #expect(lines.count == 2)
      let line = try JSONSerialization.jsonObject(with: Data(lines[1].utf8)) as? [String: Any]
      #expect((line?["notice"] as? [String: Any])?["status"] as? String == "resolved")
    }
  }

  // MARK: Alertmanager

  @Test func `Alertmanager is sent starts, leases and ends, and one bad alert keeps no other`()
    async throws
  {
    let server = try StubServer { request in
      request.body.contains("bad") ? .answer(400, body: "invalid label") : .answer(200)
    }
    defer { server.stop() }
    let notifier = try #require(
      try Self.notifier("alertmanager: '\(server.address)/'") as? AlertmanagerNotifier
    )
    let outcome = await notifier.post(
      [
        try Self.notice(subject: "a"), try Self.notice(subject: "bad"),
        try Self.notice(.resolved, subject: "c"),
      ],
      now: try Self.now()
    )
    #expect(outcome == .refused("FeatureDrift: HTTP 400: invalid label"))
    let sent = server.requests.compactMap { $0.json as? [[String: Any]] }.map(\.count)
    #expect(sent == [3, 1, 1, 1])
    let last = try #require((server.requests.last?.json as? [[String: Any]])?.first)
    #expect(last["startsAt"] as? String == "2026-01-02T03:04:05Z")
    #expect(last["endsAt"] as? String == "2026-01-03T03:04:05Z")
    let first = try #require((server.requests[1].json as? [[String: Any]])?.first)
    #expect(first["endsAt"] as? String == "2026-01-03T00:04:00Z")
    #expect(server.requests.allSatisfy { $0.path == "/api/v2/alerts" })
  }
}
