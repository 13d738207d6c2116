// SPDX-License-Identifier: Apache-2.0
import Postgres
import Settings
import SourceTables
import Synchronization
import TestKit
import Testing

/// The connections with which a customer's tables are read.
@Suite(.enabled(if: ScratchDatabase.isAvailable, "\(ScratchDatabase.reason)"))
struct ReadingConnectionTests {
  /// A connection, after it was counted.
  private final class Opener: Sendable {
    let count = Mutex(0)
    let dsn: String

    init(_ dsn: String) { self.dsn = dsn }

    func open() async throws -> Connection {
      count.withLock { $0 += 1 }
      return try await Connection.open(dsn)
    }
  }

  private func with(_ body: (Connection, RowReader, Opener) async throws -> Void) async throws {
    try await ScratchDatabase.with { connection, dsn in
      try await connection.executeScript(
        "create table predictions (id text primary key, at timestamptz, score float8)",
        name: "test"
      )
      let settings = try SettingsFile.read(
        text: """
          models:
            - name: churn
              predictions: { table: predictions, id: id, time: at, score: score }
              reference: { from: 2026-01-01, to: 2026-02-01 }
          """,
        file: "test.yaml"
      ).settings
      let source = try await Source.resolve(try #require(settings.models.first), connection)
      let opener = Opener(dsn)
      let reader = RowReader(source, streams: 1, dropsRepeats: false) {
        try await opener.open()
      } progress: { _ in
      }
      try await body(connection, reader, opener)
    }
  }

  @Test func `statements one after another share a connection`() async throws {
    try await with { _, reader, opener in
      for _ in 0..<5 { #expect(try await reader.firstTime() == nil) }
      #expect(opener.count.withLock { $0 } == 1)
      // One holds the moment, one reads; a copy of the reader uses the same.
      let first = try await reader.atOneMoment { try await $0.firstTime() }
      #expect(first == nil)
      #expect(opener.count.withLock { $0 } == 2)
    }
  }

  @Test func `a connection that the server closed meanwhile is replaced`() async throws {
    try await with { connection, reader, opener in
      #expect(try await reader.firstTime() == nil)
      try await connection.executeScript(
        """
        select pg_terminate_backend(pid, 5000) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()
        """,
        name: "test"
      )
      #expect(try await reader.firstTime() == nil)
      #expect(opener.count.withLock { $0 } == 2)
    }
  }

  @Test func `a connection on which a statement failed is not used again`() async throws {
    try await with { connection, reader, opener in
      #expect(try await reader.firstTime() == nil)
      try await connection.executeScript("alter table predictions rename to others", name: "test")
      await #expect(throws: ServerError.self) { _ = try await reader.firstTime() }
      try await connection.executeScript("alter table others rename to predictions", name: "test")
      #expect(try await reader.firstTime() == nil)
      #expect(opener.count.withLock { $0 } == 2)
    }
  }
}
