// SPDX-License-Identifier: Apache-2.0
import Failpoints
import Foundation
import LocalServer
import Service
import Postgres
import Profiles
import Reports
import Settings
import Store
import TestKit
import Testing

/// Servers that are not one plain primary, and servers in trouble.
@Suite(
  .enabled(
    if: ScratchDatabase.isAvailable && PrivateServer.isAvailable,
    "\(ScratchDatabase.reason)"
  )
)
struct ServerTests {
  private static let yaml = Harness.standard + "\n    segments: [plan]"

  /// A harness over a server's own database.
  private func harness(_ dsn: String) async throws -> Harness {
    let connection = try await Connection.open(dsn)
    _ = try await Migrator.migrate(connection)
    let harness = Harness(connection: connection, dsn: dsn)
    try await harness.makeStandardTables()
    return harness
  }

  private func expected() async throws -> [String] {
    var figures: [String] = []
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      _ = try await harness.check(Self.yaml, asOf: "2026-03-29")
      figures = try await harness.report(Self.yaml).figures
    }
    return figures
  }

  @Test(
    .timeLimit(.minutes(5)),
    .enabled(if: PrivatePool.isAvailable, "\(PrivatePool.reason)")
  )
  func `checks work behind a pool in transaction mode, and leave nothing in its sessions`()
    async throws
  {
    let expected = try await expected()
    try await PrivateServer.with { server in
      let direct = try await harness(server.dsn)
      try await PrivatePool.with(before: server) { pool in
        let pooled = Harness(connection: direct.connection, dsn: pool.dsn)
        for day in ["2026-02-20", "2026-03-10", "2026-03-29"] {
          _ = try await pooled.check(Self.yaml, asOf: day)
        }
        #expect(try await pooled.report(Self.yaml).figures == expected)
        // Only one at a time, though no session is ours.
        let holder = try await Connection.open(pool.dsn)
        try await holder.withTransaction { holder in
          let isOurs = try await ModelStore(holder).tryLock("churn")
          #expect(isOurs)
          await #expect(throws: ModelLocked.self) {
            try await pooled.check(Self.yaml, asOf: "2026-03-29")
          }
        }
        _ = try await pooled.check(Self.yaml, asOf: "2026-03-29")
        for _ in 0..<12 {
          let other = try await Connection.open(pool.dsn)
          let left = try await other.query(
            """
            select current_setting('statement_timeout') || current_setting('jit')
              || (select count(*) from pg_locks where locktype = 'advisory')
            """,
            name: "settings"
          ).value(as: String.self)
          #expect(left == "0on0")
        }
      }
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `rows are read from a replica, and not before it has them`() async throws {
    let expected = try await expected()
    // No cleaning up that the replica would have to stop a read for when it follows again.
    let settings = "-c wal_level=replica -c max_wal_senders=4 -c autovacuum=off"
    try await PrivateServer.with(settings: settings) { server in
      let primary = try await harness(server.dsn)
      try await server.withReplica(settings: "-c max_standby_streaming_delay=-1") { replica in
        func check(_ asOf: String) async throws -> [ModelReport] {
          let moment = try #require(Instant(asOf))
          var database = Runtime.Database(dsn: server.dsn, readDSN: replica.dsn)
          database.statementTimeout = 60
          let checks = CheckService(Runtime(database), rules: try RuleSet.read(nil).rules)
          return try await checks.check(try primary.model(Self.yaml), asOf: moment, now: moment)
        }
        try await primary.sql("create table late as select * from predictions")
        try await primary.sql("delete from predictions where predicted_at >= '2026-03-10'")
        _ = try await check("2026-03-10")
        // The replica is asked at once for rows that have just been written.
        try await primary.sql(
          "insert into predictions select * from late where predicted_at >= '2026-03-10'"
        )
        let models = try await check("2026-03-29")
        #expect(models.issues()["replica_behind"] == nil)
        #expect(try await primary.report(Self.yaml).figures == expected)
        // It stops following; what it does not know is not taken for silence.
        let follower = try await Connection.open(replica.dsn)
        _ = try await follower.query("select pg_wal_replay_pause()", name: "pause")
        try await primary.sql("insert into predictions select * from late limit 1")
        let paused =
          try await primary.texts("select to_json(now() + interval '1 second')::text").first ?? ""
        let moment = String(paused.dropFirst().prefix(19)) + "Z"
        let behind = try await check(moment)
        #expect(behind.issues()["replica_behind"] == 0)
        let marks = try await primary.numbers(
          "select count(*) from plumbline.binning where labelled_as_of >= '\(moment)'"
        )
        #expect(marks == [0])
        _ = try await follower.query("select pg_wal_replay_resume()", name: "resume")
      }
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `a long read that a replica's recovery stops is tried again`() async throws {
    try await PrivateServer.with(settings: "-c wal_level=replica -c autovacuum=off") { server in
      let primary = try await harness(server.dsn)
      try await server.withReplica(settings: "-c max_standby_streaming_delay=0") { replica in
        try await withProgram(Self.yaml, server.dsn) { program, folder in
          let file = folder.appendingPathComponent("pause").path
          async let outcome = program.run(
            ["check", "--until", "2026-03-29"],
            environment: [
              "PLUMBLINE_READ_DSN": replica.dsn, "PLUMBLINE_FAILPOINT": "reading:\(file)",
            ]
          )
          try await appears(file)
          try await primary.sql("delete from predictions where amount > 990")
          _ = try await primary.connection.query("vacuum predictions", name: "vacuum")
          try await Task.sleep(for: .milliseconds(500))
          try FileManager.default.removeItem(atPath: file)
          let done = try await outcome
          #expect(done.status == 0, "\(done.errors)")
          #expect(done.errors.contains("trying again"), "\(done.errors)")
        }
        // The cells were made before the rows went: the counts are those of the rows that are left.
        let counted = try await primary.numbers(
          "select sum(row_count)::int from plumbline.feature_bucket where segment = ''"
        )
        let rows = try await primary.numbers(
          "select count(*) from predictions where predicted_at < '2026-03-29'"
        )
        #expect(counted == rows)
      }
    }
  }

  @Test(.timeLimit(.minutes(5)), arguments: [Failpoint.reading, .profilesStored, .labelsRead])
  func `when the primary is lost the check goes on with its successor`(_ point: Failpoint)
    async throws
  {
    try await PrivateServer.with(settings: "-c wal_level=replica") { server in
      let first = try await harness(server.dsn)
      try await first.sql("alter system set synchronous_commit = on")
      try await server.withReplica { replica in
        let both =
          "host=\(server.folder.path),\(replica.folder.path) user=owner dbname=postgres "
          + "target_session_attrs=read-write"
        try await withProgram(Self.yaml, both) { program, folder in
          let file = folder.appendingPathComponent("pause").path
          async let outcome = program.run(
            ["check", "--until", "2026-03-29"],
            environment: ["PLUMBLINE_FAILPOINT": "\(point.rawValue):\(file)"]
          )
          try await appears(file)
          try await server.stopAtOnce()
          try FileManager.default.removeItem(atPath: file)
          try await Task.sleep(for: .milliseconds(300))
          try await replica.promote()
          let done = try await outcome
          #expect(done.status == 0, "\(done.errors)")
          #expect(done.errors.contains("trying again"), "\(done.errors)")
        }
        let successor = Harness(
          connection: try await Connection.open(replica.dsn),
          dsn: replica.dsn
        )
        let figures = try await successor.report(Self.yaml).figures
        try await successor.forget()
        _ = try await successor.check(Self.yaml, asOf: "2026-03-29")
        #expect(figures == (try await successor.report(Self.yaml).figures))
      }
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `a server that never comes back is an error after a while`() async throws {
    try await PrivateServer.with { server in
      _ = try await harness(server.dsn)
      try await withProgram(Self.yaml, server.dsn) { program, folder in
        let file = folder.appendingPathComponent("pause").path
        async let outcome = program.run(
          ["check", "--until", "2026-03-29", "--retry-for", "1"],
          environment: ["PLUMBLINE_FAILPOINT": "labelsRead:\(file)"]
        )
        try await appears(file)
        try await server.stopAtOnce()
        try FileManager.default.removeItem(atPath: file)
        let done = try await outcome
        #expect(done.status == 70)
        #expect(done.errors.contains("trying again"))
        try await server.start()
      }
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `a column that is dropped between two streams stores nothing`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      _ = try await harness.check(Self.yaml, asOf: "2026-03-10")
      let before = try await harness.bucketDigests()
      try await withProgram(Self.yaml, harness.dsn) { program, folder in
        let file = folder.appendingPathComponent("pause").path
        async let outcome = program.run(
          ["check", "--until", "2026-03-29"],
          environment: ["PLUMBLINE_FAILPOINT": "reading:\(file)"]
        )
        try await appears(file)
        try await harness.sql("alter table predictions drop column amount")
        try FileManager.default.removeItem(atPath: file)
        let done = try await outcome
        #expect(done.status == 70)
        #expect(done.errors.contains("\"amount\" does not exist"), "\(done.errors)")
      }
      #expect(before == (try await harness.bucketDigests()))
      // The next check knows, says so, and keeps what was counted of the column.
      let models = try await harness.check(Self.yaml, asOf: "2026-03-29")
      #expect(models.issues()["column_vanished"] == 0)
      let after = try await harness.bucketDigests()
      #expect(before.allSatisfy { after[$0.key] == $0.value || $0.key.hasPrefix("labels") })
    }
  }

  /// A server that has run out of space for what we write.
  @Test(
    .timeLimit(.minutes(5)),
    .enabled(if: PrivateServer.canMount, "needs root to make a file system that is full")
  )
  func `a full disk is an error, and nothing is half written`() async throws {
    try await PrivateServer.with(smallDisk: 24) { server in
      let connection = try await Connection.open(server.dsn)
      try await connection.execute(
        "create tablespace small location '\(server.smallDisk)'",
        name: "test"
      )
      let harness = try await harness(server.dsn)
      for table in ["feature_bucket", "label_bucket", "bucket", "finding"] {
        try await harness.connection.execute(
          "alter table plumbline.\(table) set tablespace small",
          name: "test"
        )
      }
      try await harness.sql(
        """
        create table filler (x text) tablespace small;
        alter table filler alter x set storage plain;
        """
      )
      await #expect(throws: ServerError.self) {
        for _ in 0..<40 {
          try await harness.sql(
            "insert into filler select repeat('x', 7000) from generate_series(1, 100)"
          )
        }
      }
      let before = try await harness.bucketDigests()
      do {
        _ = try await harness.check(Self.yaml, asOf: "2026-03-29")
        Issue.record("there was room")
      } catch let error as ServerError {
        #expect(error.sqlState == "53100", "\(error)")
        #expect("\(error)".contains("No space left"), "\(error)")
      }
      #expect(before == (try await harness.bucketDigests()))
      try await harness.sql("drop table filler")
      _ = try await harness.check(Self.yaml, asOf: "2026-03-29")
      #expect(try await harness.report(Self.yaml).figures == (try await expected()))
    }
  }

  private func withProgram(
    _ yaml: String,
    _ dsn: String,
    _ body: (Program, URL) async throws -> Void
  ) async throws {
    try await Program.withFolder { folder in
      try yaml.write(
        to: folder.appendingPathComponent("plumbline.yaml"),
        atomically: true,
        encoding: .utf8
      )
      try await body(Program(in: folder, dsn: dsn), folder)
    }
  }

  private func appears(_ file: String) async throws {
    for _ in 0..<6000 {
      if FileManager.default.fileExists(atPath: file) { return }
      try await Task.sleep(for: .milliseconds(5))
    }
    Issue.record("the program never came to \(file)")
  }
}
