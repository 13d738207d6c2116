// SPDX-License-Identifier: Apache-2.0
import Foundation
import LocalServer
import Service
import Postgres
import Profiles
import Retraining
import Store
import Synchronization
import TestKit
import Testing

/// The queue of retraining jobs and those who work on it.
@Suite(.enabled(if: ScratchDatabase.isAvailable, "\(ScratchDatabase.reason)"))
struct JobTests {
  /// A model whose recall has decayed, and a trainer.
  private func with(
    _ retraining: String,
    script: String = "echo '{\"version\": \"v2\"}'",
    _ body: (Harness, Program, URL) async throws -> Void
  ) async throws {
    try await Program.withFolder { folder in
      try await Harness.with { harness in
        try await AlertTests.makeLiveTables(harness)
        // What the model says no longer has to do with who leaves.
        try await harness.sql(
          """
          update predictions set amount = amount - 900 where predicted_at > now() - interval '20 days';
          update predictions set score = ((hashtextextended(prediction_id, 9) % 1000 + 1000) % 1000 + 0.5) / 1000
          where predicted_at > now() - interval '45 days';
          """
        )
        try (AlertTests.liveConfiguration() + "\n    retraining: \(retraining)").write(
          to: folder.appendingPathComponent("plumbline.yaml"),
          atomically: true,
          encoding: .utf8
        )
        try script.write(
          to: folder.appendingPathComponent("train.sh"),
          atomically: true,
          encoding: .utf8
        )
        try await body(harness, Program(in: folder, dsn: harness.dsn), folder)
      }
    }
  }

  private static let command = "trainer: command, command: [sh, train.sh], min_labels: 10"

  private func states(_ harness: Harness) async throws -> [String] {
    let rows = try await harness.connection.query(
      "select concat_ws(' ', state, remedy, attempts, new_version) from plumbline.retraining_job order by job_id",
      name: "test"
    )
    return try rows.values()
  }

  @Test(.timeLimit(.minutes(5)))
  func `a decay makes one job, the trainer gets its rows, and the next checks make no other`()
    async throws
  {
    let script = """
      cat > order.json
      echo "training" >&2
      echo '{"version": "v2", "metrics": {"auc": 0.8}}'
      """
    try await with("{ \(Self.command) }", script: script) { harness, program, folder in
      let check = try await program.run(["check", "--format", "json"])
      #expect(check.status == 0, "\(check.errors)")
      #expect(check.errors.contains("created retraining job 1"), "\(check.errors)")
      #expect(check.output.contains("\"remedy\" : \"retrain\""))
      #expect(try await states(harness) == ["queued retrain 0"])
      let again = try await program.run(["check"])
      #expect(again.errors.contains("job 1 covers it"), "\(again.errors)")
      let work = try await program.run(["jobs", "work"])
      #expect(
        work.status == 0 && work.errors.contains("job 1 of churn succeeded: version v2"),
        "\(work.errors)"
      )
      #expect(try await states(harness) == ["succeeded retrain 1 v2"])
      let order = try JSONDecoder().decode(
        TrainingOrder.self,
        from: Data(contentsOf: folder.appendingPathComponent("order.json"))
      )
      #expect(order.key.hasPrefix("plumbline-churn-1-") && order.task.version == "v1")
      // The rows are the server's to give, the same each time, and name nobody.
      let query = try #require(order.task.query)
      let rows = try await harness.connection.query(query, name: "training")
      let names = rows.columns.map(\.name)
      #expect(names.prefix(3) == ["amount", "calls", "plan"])
      #expect(names.suffix(4) == ["label", "arm", "weight", "predicted_at"])
      #expect(!names.contains("customer_id") && !names.contains("prediction_id"))
      #expect(rows.rowCount > 3000)
      let truth = try await harness.connection.query(
        """
        select count(*) as rows, sum(label::int) as churners from predictions p join outcomes o using (prediction_id)
        where p.predicted_at <= '\(order.task.asOf)'::timestamptz - interval '10 days'
          and p.predicted_at >= '\(order.task.from)'
        """,
        name: "test"
      )
      #expect(try truth.column("rows") == [rows.rowCount])
      #expect(try truth.column("churners") == [rows.column("label").reduce(0, +)])
      // What was made is waited for; it never scores, so the training did not help, and is not
      // repeated.
      let waiting = try await program.run(["check"])
      #expect(
        waiting.errors.contains("v2, made by the training of")
          && waiting.errors.contains("in trial"),
        "\(waiting.errors)"
      )
      try await harness.sql(
        """
        update plumbline.retraining_job set made_at = made_at - interval '30 days';
        update plumbline.model_version set since = since - interval '30 days' where state = 'registered';
        """
      )
      let later = try await program.run(["check"])
      #expect(later.errors.contains("did not help"), "\(later.errors)")
      let list = try await program.run(["jobs", "list"])
      #expect(
        list.output.contains("made version v2") && list.output.contains("no job at"),
        "\(list.output)"
      )
      let show = try await program.run(["jobs", "show", "1"])
      #expect(
        show.output.contains("training") && show.output.contains("attempt 1 of 2"),
        "\(show.output)"
      )
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `people approve, reject, pause, cancel, retry and make jobs`() async throws {
    try await with("{ \(Self.command), approval: always, max_attempts: 1 }", script: "exit 2") {
      harness,
      program,
      folder in
      func run(_ line: String, _ status: Int32 = 0) async throws -> String {
        let outcome = try await program.run(line.split(separator: "|").map(String.init))
        #expect(outcome.status == status, "\(line): \(outcome.output)\(outcome.errors)")
        return outcome.output + outcome.errors
      }
      let word = "--author|ann|--reason|because"
      _ = try await run("jobs|pause|\(word)")
      #expect(try await run("check").contains("retraining is paused: because (ann)"))
      _ = try await run("jobs|resume")
      #expect(try await run("check").contains("created retraining job 1"))
      #expect(try await states(harness) == ["awaiting_approval retrain 0"])
      _ = try await run("jobs|work")
      #expect(try await states(harness) == ["awaiting_approval retrain 0"], "nobody begins it")
      _ = try await run("jobs|approve|1|\(word)")
      #expect(
        try await run("jobs|approve|1|\(word)", 70).contains("job #1 is queued; 'approve' needs")
      )
      #expect(try await run("jobs|work").contains("failed: exit code 2"))
      #expect(try await states(harness) == ["failed retrain 1"])
      try "echo '{\"version\": \"v3\"}'".write(
        to: folder.appendingPathComponent("train.sh"),
        atomically: true,
        encoding: .utf8
      )
      _ = try await run("jobs|retry|1|\(word)")
      #expect(try await run("jobs|work").contains("succeeded: version v3"))
      #expect(try await run("jobs|show|1").contains("queued: by ann: because"))
      let made = try await run("jobs|create|--model|churn|--key|k1|\(word)")
      #expect(made.contains("job 2") || made.contains("job 3"), "\(made)")
      #expect(
        try await run("jobs|create|--model|churn|\(word)", 70).contains(
          "at most one may be"
        )
      )
      let number = try #require(made.split(whereSeparator: { !$0.isNumber }).first)
      _ = try await run("jobs|cancel|\(number)|\(word)")
      #expect(
        try await run("jobs|create|--model|churn|--key|k1|\(word)").contains(
          "under this key before"
        )
      )
      #expect(try await run("jobs|show|99", 64).contains("no job 99"))
      #expect(try await run("jobs|reject|99|\(word)", 70).contains("there is no job #99"))
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `a job that runs is cancelled with its process`() async throws {
    try await with("{ \(Self.command) }", script: "echo begun > begun; sleep 300") {
      harness,
      program,
      folder in
      _ = try await program.run(["check"])
      async let work = program.run(["jobs", "work"])
      let begun = folder.appendingPathComponent("begun").path
      for _ in 0..<400 where !FileManager.default.fileExists(atPath: begun) {
        try await Task.sleep(for: .milliseconds(50))
      }
      let cancel = try await program.run([
        "jobs", "cancel", "1", "--author", "ann", "--reason", "stop",
      ])
      #expect(cancel.errors.contains("its worker will end it"), "\(cancel.errors)")
      let done = try await work
      #expect(done.errors.contains("was cancelled: while it ran"), "\(done.errors)")
      #expect(try await states(harness) == ["cancelled retrain 1"])
    }
  }

  @Test(
    .timeLimit(.minutes(5)),
    arguments: ["jobClaimed", "jobSubmitting", "jobSubmitted", "jobRunning"]
  )
  func `a worker that is killed loses its job to the next one, which begins no second run`(
    _ point: String
  ) async throws {
    try await with(
      "{ \(Self.command) }",
      script: "echo x >> count; sleep 1; echo '{\"version\": \"v2\"}'"
    ) {
      harness,
      program,
      folder in
      _ = try await program.run(["check"])
      // Long enough that the next one begins within it, also where the machine is busy.
      let killed = try await program.run(
        ["jobs", "work", "--lease", "12"],
        environment: ["PLUMBLINE_FAILPOINT": point]
      )
      #expect(killed.wasKilled, "\(killed.errors)")
      let early = try await program.run(["jobs", "work", "--lease", "2"])
      #expect(early.errors.isEmpty, "the lease holds: \(early.errors)")
      try await Task.sleep(for: .milliseconds(12_300))
      let next = try await program.run(["jobs", "work", "--lease", "2"])
      #expect(next.errors.contains("succeeded: version v2"), "\(next.errors)")
      let count = try String(contentsOf: folder.appendingPathComponent("count"), encoding: .utf8)
      #expect(count == "x\n")
      #expect(try await states(harness) == ["succeeded retrain 1 v2"])
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `a back end that is not there is asked again under the same key, and nothing is doubled`()
    async throws
  {
    let posts = Mutex<[String]>([])
    let server = try StubServer()
    defer { server.stop() }
    let address = server.address
    server.answer { request in
      guard request.method == "POST" else {
        return .answer(200, body: #"{"state": "succeeded", "version": "v7"}"#)
      }
      let count = posts.withLock { posts in
        posts.append(request.headers["idempotency-key"] ?? "")
        return posts.count
      }
      switch count {
      case 1: return .answer(500)
      case 2: return .half
      case 3: return .answer(429, headers: ["Retry-After": "1"])
      default: return .answer(200, body: #"{"poll": "\#(address)/1"}"#)
      }
    }
    try await with("{ trainer: webhook, webhook: '\(address)/train', min_labels: 10 }") {
      harness,
      program,
      _ in
      _ = try await program.run(["check"])
      let work = try await program.run(["jobs", "work"])
      #expect(work.errors.contains("succeeded: version v7"), "\(work.errors)")
      let keys = posts.withLock { $0 }
      #expect(keys.count == 4 && Set(keys).count == 1 && keys[0].hasPrefix("plumbline-churn-1-"))
      #expect(try await states(harness) == ["succeeded retrain 1 v7"])
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `a run of which nothing can be told is not begun again, and is looked at later`()
    async throws
  {
    let isDown = Mutex(true)
    let posts = Mutex(0)
    let server = try StubServer()
    defer { server.stop() }
    let address = server.address
    server.answer { request in
      if request.method == "POST" {
        posts.withLock { $0 += 1 }
        return .answer(200, body: #"{"poll": "\#(address)/1"}"#)
      }
      // The token has expired; nothing is known of the run.
      if isDown.withLock({ $0 }) { return .answer(401, body: "expired") }
      return .answer(200, body: #"{"state": "succeeded", "version": "v7"}"#)
    }
    try await with("{ trainer: webhook, webhook: '\(address)/train', min_labels: 10 }") {
      harness,
      program,
      _ in
      _ = try await program.run(["check"])
      let blind = try await program.run(["jobs", "work"])
      #expect(blind.errors.contains("is checked again in 60 s"), "\(blind.errors)")
      #expect(try await states(harness) == ["running retrain 1"])
      isDown.withLock { $0 = false }
      try await harness.sql("update plumbline.retraining_job set lease_until = now()")
      let seen = try await program.run(["jobs", "work"])
      #expect(seen.errors.contains("succeeded: version v7"), "\(seen.errors)")
      #expect(posts.withLock { $0 } == 1)
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `a job that is cancelled while nobody works on it ends its run with it`() async throws {
    try await with("{ \(Self.command) }", script: "echo $$ > pid; sleep 300") {
      harness,
      program,
      folder in
      _ = try await program.run(["check"])
      let killed = try await program.run(
        ["jobs", "work", "--lease", "1"],
        environment: ["PLUMBLINE_FAILPOINT": "jobSubmitted"]
      )
      #expect(killed.wasKilled)
      let file = folder.appendingPathComponent("pid").path
      for _ in 0..<200 where !FileManager.default.fileExists(atPath: file) {
        try await Task.sleep(for: .milliseconds(50))
      }
      let cancel = try await program.run([
        "jobs", "cancel", "1", "--author", "ann", "--reason", "stop",
      ])
      #expect(cancel.status == 0, "\(cancel.errors)")
      try await Task.sleep(for: .milliseconds(1200))
      let work = try await program.run(["jobs", "work"])
      #expect(work.errors.contains("was cancelled: while it ran"), "\(work.errors)")
      let text = try String(contentsOfFile: file, encoding: .utf8)
      let number = try #require(Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)))
      let stat = (try? String(contentsOfFile: "/proc/\(number)/stat", encoding: .utf8)) ?? ""
      #expect(kill(number, 0) != 0 || stat.contains(") Z "), "\(stat)")
    }
  }

  @Test(
    .timeLimit(.minutes(5)),
    .enabled(if: PrivatePool.isAvailable, "\(PrivatePool.reason)")
  )
  func
    `behind a pool in transaction mode alerts are told and jobs are worked on, and a worker is told of new ones`()
    async throws
  {
    let hook = try StubServer()
    defer { hook.stop() }
    try await PrivateServer.with { server in
      let direct = Harness(connection: try await Connection.open(server.dsn), dsn: server.dsn)
      _ = try await Migrator.migrate(direct.connection)
      try await AlertTests.makeLiveTables(direct)
      try await PrivatePool.with(before: server) { pool in
        try await Program.withFolder { folder in
          try "echo '{\"version\": \"v2\"}'".write(
            to: folder.appendingPathComponent("train.sh"),
            atomically: true,
            encoding: .utf8
          )
          let text =
            AlertTests.liveConfiguration() + "\n    retraining: { \(Self.command) }\n"
            + "alerting: { channels: [{ name: hook, webhook: '\(hook.address)' }] }\n"
          try text.write(
            to: folder.appendingPathComponent("plumbline.yaml"),
            atomically: true,
            encoding: .utf8
          )
          let program = Program(in: folder, dsn: pool.dsn)
          let check = try await program.run(["check"])
          #expect(check.status == 0 && hook.requests.count == 1, "\(check.errors)")
          // It would poll only after a minute.
          let listener = JobListener(server.dsn)
          // The first wait makes the connection that listens.
          #expect(try await listener.wait(seconds: 0.01) == false)
          async let notified = listener.wait(seconds: 60)
          let made = try await program.run([
            "jobs", "create", "--model", "churn", "--author", "a", "--reason", "r",
          ])
          #expect(made.status == 0, "\(made.errors)")
          #expect(try await notified)
          let behindPool = JobListener(pool.dsn)
          #expect(try await behindPool.wait(seconds: 0.2) == false)
          let work = try await program.run(["jobs", "work"])
          #expect(work.errors.contains("succeeded: version v2"), "\(work.errors)")
        }
      }
    }
  }
}
