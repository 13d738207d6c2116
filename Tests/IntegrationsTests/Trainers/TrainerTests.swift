// SPDX-License-Identifier: Apache-2.0
import Foundation
import Profiles
import Retraining
import Settings
import Synchronization
import TestKit
import Testing
import Integrations

/// What is special in each trainer; what all promise is in `TrainerContract`.
@Suite struct TrainerTests {
  static func order(job: Int = 42) throws -> TrainingOrder {
    let from = try #require(Instant("2026-01-01"))
    let to = try #require(Instant("2026-02-01"))
    return TrainingOrder(
      job: job,
      token: "t0",
      run: 1,
      task: TrainingTask(
        model: "churn",
        remedy: .retrain,
        version: "v1",
        reason: "recall fell",
        from: from,
        to: to,
        asOf: to,
        query: "select 1",
        map: nil
      )
    )
  }

  /// The settings of a model's retraining.
  static func settings(_ yaml: String) throws -> RetrainingSettings {
    let text = """
      models:
        - name: churn
          predictions: { table: p, id: i, time: t, score: s }
          reference: { from: 2026-01-01, to: 2026-02-01 }
          retraining: \(yaml)
      """
    let settings = try SettingsFile.read(text: text, file: "t.yaml").settings
    return try #require(settings.models.first?.retraining)
  }

  // Inlined into a caller, its existential makes the optimizer of Swift 6.3.1 fail.
  @inline(never)
  static func trainer(
    _ yaml: String,
    in folder: URL,
    _ environment: [String: String] = [:],
    callbacks: @escaping CallbackReader = { _, _ in nil }
  ) throws -> any Trainer {
    try TrainerRoster.trainer(
      try settings(yaml),
      WebClient(),
      folder: folder,
      environment: environment,
      callbacks: callbacks
    )
  }

  /// Waits until a run has ended.
  static func end(_ trainer: any Trainer, _ run: String) async throws -> TrainingState {
    for _ in 0..<600 {
      let state = try await trainer.state(of: run)
      switch state {
      case .succeeded, .failed: return state
      case .waiting, .running: try await Task.sleep(for: .milliseconds(50))
      }
    }
    return try await trainer.state(of: run)
  }

  private func run(_ script: String, timeout: String = "1m") async throws -> TrainingState {
    try await Program.withFolder { folder in
      try await Self.state(after: script, timeout: timeout, in: folder)
    }
  }

  private static func state(
    after script: String,
    timeout: String,
    in folder: URL
  ) async throws -> TrainingState {
    try script.write(
      to: folder.appendingPathComponent("train.sh"),
      atomically: true,
      encoding: .utf8
    )
    let trainer = try trainer(
      "{ trainer: command, command: [sh, train.sh], timeout: \(timeout) }",
      in: folder
    )
    let run = try await trainer.submit(try order())
    return try await end(trainer, run)
  }

  @Test func `a command gets the task and answers with its last line`() async throws {
    let state = try await run(
      """
      read -r order
      case "$order" in *'"query":"select 1"'*) ;; *) exit 3;; esac
      test "$PLUMBLINE_MODEL/$PLUMBLINE_JOB/$PLUMBLINE_REMEDY" = churn/42/retrain || exit 4
      echo "epoch 1"
      echo '{"version": "v2", "metrics": {"auc": 0.83}}'
      """
    )
    #expect(state == .succeeded(TrainingAnswer(version: "v2", metrics: ["auc": 0.83])))
  }

  @Test func `what goes wrong with a command is said clearly`() async throws {
    let cases = [
      ("echo 'no such table' >&2; exit 2", "exit code 2: no such table"),
      ("exit 137", "exit code 137 (ended by signal 9, often for want of memory)"),
      ("kill -9 $$", "(ended by signal 9, often for want of memory)"),
      (
        "echo '<html>garbage'",
        "the last line of its output is no answer such as {\"version\": \"v2\"}: '<html>garbage'"
      ),
      ("printf '\\0\\377'", "no answer such as"), ("true", "no answer such as"),
    ]
    for (script, message) in cases {
      let state = try await run(script)
      guard case .failed(let found) = state else {
        Issue.record("\(script): \(state)")
        continue
      }
      #expect(found.contains(message), "\(script): \(found)")
    }
    let slow = try await run("sleep 60", timeout: "1s")
    #expect(slow == .failed("took longer than 1s and was ended"))
  }

  @Test func `a command outlives who began it, and its key begins one process only`() async throws {
    try await Program.withFolder { folder in
      try "echo x >> count; sleep 1; echo '{\"version\": \"v2\"}'".write(
        to: folder.appendingPathComponent("train.sh"),
        atomically: true,
        encoding: .utf8
      )
      let yaml = "{ trainer: command, command: [sh, train.sh] }"
      let order = try Self.order()
      let runs = try await withThrowingTaskGroup(of: String.self) { group in
        for _ in 0..<8 {
          group.addTask { try await Self.trainer(yaml, in: folder).submit(order) }
        }
        return try await group.reduce(into: Set<String>()) { $0.insert($1) }
      }
      #expect(runs.count == 1)
      let other = try Self.trainer(yaml, in: folder)
      #expect(try await other.find(order) == runs.first)
      #expect(try await other.find(try Self.order(job: 43)) == nil)
      let run = try #require(runs.first)
      #expect(try await Self.end(other, run) == .succeeded(TrainingAnswer(version: "v2")))
      let count = try String(contentsOf: folder.appendingPathComponent("count"), encoding: .utf8)
      #expect(count == "x\n")
      #expect(other.log(of: run)?.contains("v2") ?? false)
      guard case .failed(let reason) = try await other.state(of: "another-host/key") else {
        Issue.record("its machine alone can tell")
        return
      }
      #expect(reason.contains("another machine"))
    }
  }

  @Test func `a command that is cancelled ends with all that it began`() async throws {
    try await Program.withFolder { folder in
      try "sleep 300 & echo $! > child; wait".write(
        to: folder.appendingPathComponent("train.sh"),
        atomically: true,
        encoding: .utf8
      )
      let trainer = try Self.trainer("{ trainer: command, command: [sh, train.sh] }", in: folder)
      let run = try await trainer.submit(try Self.order())
      let file = folder.appendingPathComponent("child")
      for _ in 0..<100 where !FileManager.default.fileExists(atPath: file.path) {
        try await Task.sleep(for: .milliseconds(50))
      }
      try await Task.sleep(for: .milliseconds(100))
      let child = try #require(
        Int32(
          try String(contentsOf: file, encoding: .utf8).trimmingCharacters(
            in: .whitespacesAndNewlines
          )
        )
      )
      try await trainer.cancel(run)
      guard case .failed = try await trainer.state(of: run) else {
        Issue.record("it has ended")
        return
      }
      for _ in 0..<40 where kill(child, 0) == 0 { try await Task.sleep(for: .milliseconds(50)) }
      let stat = (try? String(contentsOfFile: "/proc/\(child)/stat", encoding: .utf8)) ?? ""
      #expect(kill(child, 0) != 0 || stat.contains(") Z "), "\(stat)")
    }
  }

  @Test func `a webhook takes a task under its key and is asked for its state`() async throws {
    let polls = Mutex(0)
    let server = try StubServer()
    defer { server.stop() }
    let address = server.address
    server.answer { request in
      if request.method == "POST" { return .answer(202, body: #"{"poll": "\#(address)/runs/1"}"#) }
      if request.method == "DELETE" { return .answer(204) }
      let count = polls.withLock { count in
        count += 1
        return count
      }
      switch count {
      case 1: return .answer(200, body: #"{"state": "queued"}"#)
      case 2: return .answer(200, body: #"{"state": "running"}"#)
      default: return .answer(200, body: #"{"state": "succeeded", "version": "v9"}"#)
      }
    }
    try await Program.withFolder { folder in
      let trainer = try Self.trainer(
        "{ trainer: webhook, webhook: '\(address)/train', secret: { env: KEY } }",
        in: folder,
        ["KEY": "s3cret"]
      )
      let run = try await trainer.submit(try Self.order())
      let call = try #require(server.requests.first)
      #expect(call.headers["idempotency-key"] == "plumbline-churn-42-t0")
      #expect(call.headers["authorization"] == "Bearer s3cret")
      #expect((call.json as? [String: Any])?["job"] as? Int == 42)
      #expect(try await trainer.state(of: run) == .waiting("queued"))
      #expect(try await trainer.state(of: run) == .running)
      #expect(try await trainer.state(of: run) == .succeeded(TrainingAnswer(version: "v9")))
      try await trainer.cancel(run)
      server.answer { _ in .answer(200, body: "<html>") }
      let error = await #expect(throws: TrainerError.self) {
        try await trainer.submit(try Self.order())
      }
      #expect(error?.description.contains("names no address") ?? false)
    }
  }

  /// An Airflow as far as it is asked: one DAG, runs by id, tokens that end.
  private final class Airflow: Sendable {
    let runs = Mutex<[String: String]>([:])
    let isPaused = Mutex(false)
    let token = Mutex("one")

    func reply(_ request: StubServer.Request) -> StubServer.Reply {
      if request.path == "/auth/token" {
        guard request.body.contains("pw") else { return .answer(401, body: "no") }
        return .answer(201, body: #"{"access_token": "\#(token.withLock { $0 })"}"#)
      }
      guard request.headers["authorization"] == "Bearer \(token.withLock { $0 })" else {
        return .answer(401, body: #"{"detail":"Invalid JWT token"}"#)
      }
      let base = "/api/v2/dags/churn_retrain"
      guard request.path.hasPrefix(base) else { return .answer(404) }
      let rest = request.path.dropFirst(base.count)
      if rest.isEmpty { return .answer(200, body: #"{"is_paused": \#(isPaused.withLock { $0 })}"#) }
      if request.method == "POST" {
        let body = request.json as? [String: Any]
        guard let id = body?["dag_run_id"] as? String, body?.keys.contains("logical_date") ?? false
        else { return .answer(422, body: "Field required") }
        return runs.withLock { runs in
          guard runs[id] == nil else { return .answer(409, body: "Unique constraint violation") }
          runs[id] = "queued"
          return .answer(200, body: #"{"dag_run_id": "\#(id)", "state": "queued"}"#)
        }
      }
      let id = rest.split(separator: "/").last.map { String($0.prefix { $0 != "?" }) } ?? ""
      return runs.withLock { runs in
        if request.method == "PATCH" { runs[id] = "failed" }
        guard let state = runs[id] else { return .answer(404, body: "not found") }
        return .answer(200, body: #"{"dag_run_id": "\#(id)", "state": "\#(state)"}"#)
      }
    }
  }

  @Test
  func `Airflow gets one run for a key, is not called while it is paused, and tokens are renewed`()
    async throws
  {
    let airflow = Airflow()
    let server = try StubServer { airflow.reply($0) }
    defer { server.stop() }
    try await Program.withFolder { folder in
      let trainer = try Self.trainer(
        "{ trainer: airflow, airflow: '\(server.address)', dag: churn_retrain, user: admin, password: { env: PW } }",
        in: folder,
        ["PW": "pw"]
      )
      let order = try Self.order()
      #expect(try await trainer.find(order) == nil)
      airflow.isPaused.withLock { $0 = true }
      let paused = await #expect(throws: TrainerError.self) { try await trainer.submit(order) }
      #expect(paused?.description.contains("is paused") ?? false && paused?.isMomentary ?? false)
      airflow.isPaused.withLock { $0 = false }
      let run = try await trainer.submit(order)
      #expect(try await trainer.submit(order) == run, "409 is a look-up")
      #expect(try await trainer.find(order) == run)
      #expect(airflow.runs.withLock { $0.count } == 1)
      #expect(try await trainer.state(of: run) == .waiting("queued"))
      airflow.token.withLock { $0 = "two" }
      airflow.runs.withLock { $0[run] = "running" }
      #expect(try await trainer.state(of: run) == .running)
      airflow.runs.withLock { $0[run] = "success" }
      #expect(try await trainer.state(of: run) == .succeeded(TrainingAnswer(version: nil)))
      try await trainer.cancel(run)
      guard case .failed = try await trainer.state(of: run) else {
        Issue.record("cancelled is failed")
        return
      }
      let post = try #require(server.requests.first { $0.path.hasSuffix("/dagRuns") })
      let conf = (post.json as? [String: Any])?["conf"] as? [String: Any]
      #expect((conf?["task"] as? [String: Any])?["query"] as? String == "select 1")
      let wrong = try Self.trainer(
        "{ trainer: airflow, airflow: '\(server.address)', dag: churn_retrain, user: admin, password: no }",
        in: folder
      )
      let refused = await #expect(throws: TrainerError.self) { try await wrong.find(order) }
      #expect(refused?.description.contains("gave no token for admin") ?? false)
    }
  }
}
