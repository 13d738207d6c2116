// SPDX-License-Identifier: Apache-2.0
import Foundation
import Postgres
import TestKit
import Testing

/// The program as a user or a scheduler calls it.
@Suite(.enabled(if: ScratchDatabase.isAvailable, "\(ScratchDatabase.reason)"))
struct CommandTests {
  /// Runs the program in a folder and waits for it.
  private func run(
    _ arguments: String...,
    dsn: String,
    in folder: URL,
    environment: [String: String] = [:]
  ) async throws -> Program.Outcome {
    try await Program(in: folder, dsn: dsn).run(arguments, environment: environment)
  }

  private func withFolder(_ body: (Harness, URL) async throws -> Void) async throws {
    try await Program.withFolder { folder in
      try await Harness.with { try await body($0, folder) }
    }
  }

  private func write(_ text: String, _ folder: URL) throws {
    try text.write(
      to: folder.appendingPathComponent("plumbline.yaml"),
      atomically: true,
      encoding: .utf8
    )
  }

  @Test(.timeLimit(.minutes(5)))
  func `from nothing to a report`() async throws {
    try await withFolder { harness, folder in
      try await harness.makeStandardTables()
      let made = try await run("init", dsn: harness.dsn, in: folder)
      #expect(made.status == 0, "\(made.errors)")
      let again = try await run("init", dsn: harness.dsn, in: folder)
      #expect(again.status == 64 && again.errors.contains("--force"))
      let doctor = try await run("doctor", dsn: harness.dsn, in: folder)
      #expect(doctor.status == 0, "\(doctor.output)")
      #expect(doctor.output.contains("schema plumbline: up to date"))
      let check = try await run(
        "check",
        "--until",
        "2026-04-01",
        "--format",
        "json",
        dsn: harness.dsn,
        in: folder
      )
      #expect(check.status == 0, "\(check.errors)")
      let object = try JSONSerialization.jsonObject(with: Data(check.output.utf8)) as? [String: Any]
      #expect(object?["schema"] as? Int == 1)
      let report = try await run(
        "report",
        "--format",
        "html",
        "-o",
        "page.html",
        dsn: harness.dsn,
        in: folder
      )
      #expect(report.status == 0, "\(report.errors)")
      let page = try String(contentsOf: folder.appendingPathComponent("page.html"), encoding: .utf8)
      #expect(page.contains("<!doctype html>") && page.contains("canvas"))
      let shown = try await run("reference", "show", dsn: harness.dsn, in: folder)
      #expect(shown.status == 0 && shown.output.contains("numeric"))
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `exit codes tell a scheduler what happened`() async throws {
    try await withFolder { harness, folder in
      try await harness.makeStandardTables()
      // Customers who are scored again and again would leave few rows to see a shift with.
      try write(Harness.standard.replacing("entity: customer_id", with: ""), folder)
      let quiet = try await run(
        "check",
        "--until",
        "2026-04-01",
        "--detailed-exit-code",
        dsn: harness.dsn,
        in: folder
      )
      #expect(quiet.status == 0, "\(quiet.output)")
      try await harness.sql(
        "update predictions set amount = amount + 900 where predicted_at >= '2026-03-20'"
      )
      // A new model has no stored buckets yet.
      try write(Harness.standard.replacing("name: churn", with: "name: moved"), folder)
      let moved = try await run(
        "check",
        "--until",
        "2026-04-01",
        "--detailed-exit-code",
        dsn: harness.dsn,
        in: folder
      )
      #expect(moved.status == 10, "\(moved.output)")
      let plain = try await run("check", "--until", "2026-04-01", dsn: harness.dsn, in: folder)
      #expect(plain.status == 0)
      let empty = try await run(
        "check",
        "--until",
        "2026-06-01",
        "--detailed-exit-code",
        dsn: harness.dsn,
        in: folder
      )
      #expect(empty.output.contains("has the feed stopped?"))
      #expect(empty.status == 10, "\(empty.output)")
      let lost = try await run(
        "check",
        "--dsn",
        "host=127.0.0.1 port=1 connect_timeout=2",
        dsn: harness.dsn,
        in: folder
      )
      #expect(lost.status == 70)
      let future = try await run("check", "--until", "2999-01-01", dsn: harness.dsn, in: folder)
      #expect(future.status == 64 && future.errors.contains("still to come"))
      let wrong = try await run("check", "--windw", "7d", dsn: harness.dsn, in: folder)
      #expect(wrong.status == 64)
      try write(
        Harness.standard.replacing("time: predicted_at", with: "tiem: predicted_at"),
        folder
      )
      let faulty = try await run("check", dsn: harness.dsn, in: folder)
      #expect(faulty.status == 64)
      #expect(
        faulty.errors.contains("plumbline.yaml:6:7: unknown key 'tiem'; did you mean 'time'?")
      )
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `one model that fails does not keep the others from being checked`() async throws {
    try await withFolder { harness, folder in
      try await harness.makeStandardTables()
      let second = Harness.standard.split(separator: "\n").dropFirst().joined(separator: "\n")
        .replacing("name: churn", with: "name: broken")
        .replacing("table: predictions", with: "table: nowhere")
      try write("models:\n" + second + "\n" + Harness.standard.dropFirst("models:\n".count), folder)
      let check = try await run("check", "--until", "2026-04-01", dsn: harness.dsn, in: folder)
      #expect(check.status == 70)
      #expect(check.errors.contains("broken cannot be checked"))
      #expect(check.output.contains("churn · version v1"))
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `a service file names the server`() async throws {
    try await withFolder { harness, folder in
      let lines = harness.dsn.split(separator: " ").map(String.init)
      // The last of repeated keys holds, as in a connection string.
      let pairs = Dictionary(
        lines.map { ($0.split(separator: "=")[0], $0) },
        uniquingKeysWith: { $1 }
      )
      let service = folder.appendingPathComponent("services")
      try ("[watch]\n" + pairs.values.joined(separator: "\n") + "\n")
        .write(to: service, atomically: true, encoding: .utf8)
      let migrated = try await run(
        "migrate",
        "--dsn",
        "service=watch",
        dsn: "",
        in: folder,
        environment: ["PGSERVICEFILE": service.path]
      )
      #expect(migrated.status == 0, "\(migrated.errors)")
      #expect(migrated.errors.contains("up to date"))
    }
  }
}
