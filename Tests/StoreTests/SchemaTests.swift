// SPDX-License-Identifier: Apache-2.0
import Foundation
import Postgres
import Store
import TestKit
import Testing

@Suite(.enabled(if: ScratchDatabase.isAvailable, "\(ScratchDatabase.reason)"))
struct SchemaTests {
  @Test func `migrating twice applies nothing the second time`() async throws {
    try await ScratchDatabase.with { connection, _ in
      let missingBefore = try await Migrator.missing(connection)
      #expect(missingBefore == Migrator.names)
      let applied = try await Migrator.migrate(connection)
      #expect(applied == Migrator.names)
      let appliedAgain = try await Migrator.migrate(connection)
      #expect(appliedAgain.isEmpty)
      let missingAfter = try await Migrator.missing(connection)
      #expect(missingAfter.isEmpty)
    }
  }

  @Test(.timeLimit(.minutes(1)))
  func `migrating twenty times at once applies everything once`() async throws {
    try await ScratchDatabase.with { _, dsn in
      let applied = try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<20 {
          group.addTask {
            let connection = try await Connection.open(dsn)
            return try await Migrator.migrate(connection).count
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(applied.count == 20)
      #expect(applied.reduce(0, +) == Migrator.names.count)
    }
  }

  @Test func `a migration that was changed after it was applied is refused`() async throws {
    try await ScratchDatabase.with { connection, _ in
      _ = try await Migrator.migrate(connection)
      try await connection.execute(
        "update plumbline.migration set digest = 'other'",
        name: "tamper"
      )
      await #expect(throws: Migrator.ChangedMigration.self) {
        try await Migrator.migrate(connection)
      }
    }
  }

  @Test func `every statement prepares on the migrated schema`() async throws {
    try await ScratchDatabase.with { connection, _ in
      _ = try await Migrator.migrate(connection)
      let statements = try EveryQueryTests.statements()
      #expect(statements.count > 100)
      for statement in statements {
        await #expect(throws: Never.self, "\(statement.name)") {
          _ = try await connection.columns(of: statement)
        }
      }
    }
  }

  @Test func `schema.sql is what the migrations make`() async throws {
    try await ScratchDatabase.with { connection, dsn in
      _ = try await Migrator.migrate(connection)
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      let folder = ProcessInfo.processInfo.environment["PLUMBLINE_PG_BINDIR"].map { $0 + "/" } ?? ""
      process.arguments = [
        folder + "pg_dump", "--schema-only", "--no-owner", "--no-privileges",
        "--schema=plumbline", dsn,
      ]
      let pipe = Pipe()
      process.standardOutput = pipe
      try process.run()
      let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
      // What depends on the server's version or on chance is left out.
      let text =
        String(decoding: data, as: UTF8.self).split(
          separator: "\n",
          omittingEmptySubsequences: false
        )
        .filter { line in
          !line.hasPrefix("--") && !line.hasPrefix("SET ") && !line.hasPrefix("SELECT pg_catalog")
            && !line.hasPrefix("\\") && !line.isEmpty
        }
        .joined(separator: "\n") + "\n"
      let difference = try Golden.difference(text, from: "sql/schema.sql")
      #expect(difference == nil, "\(difference ?? ""); SNAP_UPDATE=1 writes it again")
    }
  }

  @Test func `the roles of roles.sql suffice, and the reader cannot write`() async throws {
    try await ScratchDatabase.with { connection, dsn in
      let suffix = String(UInt32.random(in: .min ... .max))
      let text = try String(
        contentsOf: Golden.root.appendingPathComponent("sql/roles.sql"),
        encoding: .utf8
      )
      // psql's own commands are not SQL; the roles get names of their own, since roles are shared
      // by all databases of a server.
      let script = text.split(separator: "\n").filter { !$0.hasPrefix("\\") }.joined(
        separator: "\n"
      )
      .replacing(":\"reader_schema\"", with: "crm")
      .replacing("plumbline_reader", with: "pl_reader_\(suffix)")
      .replacing("plumbline_business", with: "pl_business_\(suffix)")
      try await connection.executeScript(
        """
        create schema crm;
        create table crm.t (n int);
        \(script)
        create role pl_service_\(suffix) login in role pl_reader_\(suffix), plumbline_writer;
        """,
        name: "roles"
      )
      let service = try await Connection.open(dsn + " user=pl_service_\(suffix)")
      let found12 = try await Migrator.migrate(service)
      #expect(found12 == Migrator.names)
      let rows = try await service.query("select count(*) from crm.t", name: "read")
      #expect(try rows.values() == [0])
      await #expect(throws: ServerError.self) {
        try await service.execute("insert into crm.t values (1)", name: "write")
      }
      try await connection.executeScript(
        "create role pl_boss_\(suffix) login in role pl_business_\(suffix)",
        name: "roles"
      )
      let boss = try await Connection.open(dsn + " user=pl_boss_\(suffix)")
      let findings = try await boss.query(
        "select count(*) from plumbline.latest_finding",
        name: "read"
      )
      #expect(try findings.values() == [0])
      await #expect(throws: ServerError.self) {
        _ = try await boss.query("select count(*) from crm.t", name: "read")
      }
      try await connection.executeScript(
        """
        drop owned by pl_service_\(suffix), pl_boss_\(suffix), pl_reader_\(suffix),
          pl_business_\(suffix);
        drop role pl_service_\(suffix), pl_boss_\(suffix), pl_reader_\(suffix), pl_business_\(suffix);
        """,
        name: "roles"
      )
    }
  }
}
