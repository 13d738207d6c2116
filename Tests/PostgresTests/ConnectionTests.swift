// SPDX-License-Identifier: Apache-2.0
import Postgres
import TestKit
import Testing

@Suite(.enabled(if: ScratchDatabase.isAvailable, "\(ScratchDatabase.reason)"))
struct ConnectionTests {
  private func open() async throws -> Connection {
    try await Connection.open(ScratchDatabase.serverDSN ?? "")
  }

  @Test func `an error names its query and SQLSTATE, and no value`() async throws {
    let connection = try await open()
    do {
      _ = try await connection.query(
        "select $1::text::int",
        name: "read_secret",
        [.text("4711-secret")]
      )
      Issue.record("accepted")
    } catch let error as ServerError {
      #expect(error.sqlState == "22P02")
      #expect(error.query == "read_secret")
      #expect(!error.description.contains("secret-") && !error.description.contains("4711"))
    }
    do {
      _ = try await connection.query("select * from no_such_table", name: "read_none")
      Issue.record("accepted")
    } catch let error as ServerError {
      #expect(error.isUndefinedTable)
      #expect(error.description.contains("no_such_table"))
    }
    // The connection can be used after an error.
    let one = try await connection.query("select 1::int", name: "one")
    #expect(try one.values() == [1])
  }

  @Test func `a unique violation shows the constraint, not the key`() async throws {
    try await ScratchDatabase.with { connection, _ in
      try await connection.execute("create table t (id text primary key)", name: "create")
      try await connection.execute(
        "insert into t values ($1::text)",
        name: "insert",
        [.text("customer-17")]
      )
      do {
        try await connection.execute(
          "insert into t values ($1::text)",
          name: "insert",
          [.text("customer-17")]
        )
        Issue.record("accepted")
      } catch let error as ServerError {
        #expect(error.sqlState == "23505")
        #expect(error.description.contains("t_pkey"))
        #expect(!error.description.contains("customer-17"))
      }
    }
  }

  @Test func `an unreachable server says how to mend it and keeps the password to itself`()
    async throws
  {
    do {
      _ = try await Connection.open(
        "host=127.0.0.1 port=1 user=x password=hunter2 connect_timeout=2"
      )
      Issue.record("connected")
    } catch let error as ServerError {
      #expect(error.isConnectionLoss)
      #expect(error.description.contains("PLUMBLINE_DSN"))
      #expect(!error.description.contains("hunter2"))
    }
  }

  @Test(.timeLimit(.minutes(1)))
  func `cancelling the task cancels the statement`() async throws {
    let connection = try await open()
    let task = Task {
      try await connection.query("select pg_sleep(50)", name: "sleep").rowCount
    }
    try await Task.sleep(for: .milliseconds(300))
    task.cancel()
    await #expect(throws: (any Error).self) { try await task.value }
    let one = try await connection.query("select 1::int", name: "one")
    #expect(try one.values() == [1])
  }

  @Test(.timeLimit(.minutes(1)))
  func `a statement that takes too long is stopped by the server`() async throws {
    let connection = try await Connection.open(ScratchDatabase.serverDSN ?? "", timeout: 1)
    do {
      try await connection.withTransaction { connection in
        _ = try await connection.query("select pg_sleep(30)", name: "sleep")
      }
      Issue.record("it slept")
    } catch let error as ServerError {
      #expect(error.isCancelled)
    }
  }

  @Test func `a transaction that throws leaves nothing behind`() async throws {
    struct Stop: Error {}
    try await ScratchDatabase.with { connection, _ in
      try await connection.execute("create table t (n int)", name: "create")
      await #expect(throws: Stop.self) {
        try await connection.withTransaction { connection in
          try await connection.execute("insert into t values (1)", name: "insert")
          throw Stop()
        }
      }
      let count = try await connection.query("select count(*) from t", name: "count")
      #expect(try count.values() == [0])
    }
  }

  @Test(.timeLimit(.minutes(1)))
  func `waiting connections do not keep others from working`() async throws {
    // More waiters than the cooperative pool has threads: if they blocked it, the one that lets
    // them go would never run, and the time limit would end the test.
    let waiters = 12
    let holder = try await open()
    _ = try await holder.query("select pg_advisory_lock(4711)", name: "lock")
    try await withThrowingTaskGroup { group in
      for _ in 0..<waiters {
        group.addTask {
          let connection = try await Connection.open(ScratchDatabase.serverDSN ?? "")
          _ = try await connection.query("select pg_advisory_lock_shared(4711)", name: "wait")
        }
      }
      var waiting = 0
      while waiting < waiters {
        try await Task.sleep(for: .milliseconds(20))
        waiting = try await holder.query(
          "select count(*) from pg_locks where objid = 4711 and not granted",
          name: "waiting"
        ).value()
      }
      _ = try await holder.query("select pg_advisory_unlock(4711)", name: "unlock")
      try await group.waitForAll()
    }
  }

  struct Counter: CopySink {
    var bytes = 0
    var messages = 0
    var limit = Int.max

    struct Enough: Error {}

    mutating func receive(_ message: RawSpan) throws {
      bytes += message.byteCount
      messages += 1
      if messages > limit { throw Enough() }
    }
  }

  @Test func `COPY streams rows out and back in`() async throws {
    try await ScratchDatabase.with { connection, _ in
      try await connection.execute("create table t (n int, s text)", name: "create")
      let lines = (0..<5000).map { "\($0)\trow \($0)\n" }.joined()
      let stored = try await connection.copyIn(
        "copy t from stdin",
        name: "copy_in",
        from: TextSource(lines.utf8)
      )
      #expect(stored == 5000)
      let counter = try await connection.copyOut(
        "copy t to stdout (format binary)",
        name: "copy_out",
        into: Counter()
      )
      // One message a row, and the trailer.
      #expect(counter.messages == 5001)
    }
  }

  @Test(.timeLimit(.minutes(1)))
  func `a sink that throws ends the stream and leaves the connection usable`() async throws {
    let connection = try await open()
    await #expect(throws: Counter.Enough.self) {
      try await connection.copyOut(
        "copy (select generate_series(1, 30000000)) to stdout",
        name: "copy_out",
        into: Counter(limit: 10)
      )
    }
    let one = try await connection.query("select 1::int", name: "one")
    #expect(try one.values() == [1])
  }

  @Test func `a COPY that the server refuses is an error`() async throws {
    let connection = try await open()
    await #expect(throws: ServerError.self) {
      try await connection.copyOut(
        "copy (select 1 / (2 - n) from generate_series(1, 5) n) to stdout",
        name: "copy_out",
        into: Counter()
      )
    }
    try await ScratchDatabase.with { connection, _ in
      try await connection.execute("create table t (n int)", name: "create")
      await #expect(throws: ServerError.self) {
        try await connection.copyIn(
          "copy t from stdin",
          name: "copy_in",
          from: TextSource("no number\n".utf8)
        )
      }
      let count = try await connection.query("select count(*) from t", name: "count")
      #expect(try count.values() == [0])
    }
  }

  @Test func `names and values are quoted by libpq`() async throws {
    let connection = try await open()
    let name = try await connection.quoted(identifier: #"a"b; drop"#)
    #expect(name == #""a""b; drop""#)
    let text = try await connection.quoted(literal: "it's")
    #expect(text == "'it''s'")
  }
}
