// SPDX-License-Identifier: Apache-2.0
import Checks
import Foundation
import Postgres
import Reports
import TestKit
import Testing

/// What a scheduler asks: must it be trained now, with what, and why not.
@Suite(.enabled(if: ScratchDatabase.isAvailable, "\(ScratchDatabase.reason)"))
struct AdviceTests {
  private struct Document: Decodable {
    struct Model: Decodable {
      struct Version: Decodable {
        let action: String
        let can_judge: Bool
        let reason: String
        let decision: String?
        let pending: [String]
      }
      let obstacle: String?
      let versions: [Version]
    }
    let schema: Int
    let models: [Model]
  }

  private static func advice(_ program: Program) async throws -> (status: Int32, Document.Model) {
    let result = try await program.run(["advice", "--format", "json"])
    let document = try JSONDecoder().decode(Document.self, from: Data(result.output.utf8))
    #expect(document.schema == 1)
    return (result.status, try #require(document.models.first))
  }

  @Test(.timeLimit(.minutes(2)))
  func `the exit code is the remedy, and what was never checked cannot be judged`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      try await Program.withFolder { folder in
        let file = folder.appendingPathComponent("plumbline.yaml")
        try Harness.standard.write(to: file, atomically: true, encoding: .utf8)
        let program = Program(in: folder, dsn: harness.dsn)
        let before = try await Self.advice(program)
        #expect(before.status == 20)
        #expect(before.1.obstacle?.contains("'plumbline check' makes one") ?? false)
        _ = try await harness.check(Harness.standard, asOf: "2026-04-01")
        let well = try await Self.advice(program)
        let version = try #require(well.1.versions.first)
        #expect(version.action == "nothing" || version.action == "watch", "\(version)")
        #expect(well.status == (version.can_judge ? 0 : 20))
        // Nobody is scored after March.
        _ = try await harness.check(Harness.standard, asOf: "2026-07-01")
        let stopped = try await Self.advice(program)
        #expect(stopped.status == 12)
        #expect(stopped.1.versions.first?.action == "fix-data")
        let text = try await program.run(["advice"])
        #expect(text.output.contains("fix the data feed. volume of score"), "\(text.output)")
        // A check that can make no bins stores nothing, and has said why.
        try await harness.sql("update predictions set score = 100 * score")
        let other = Harness.standard.replacing("name: churn", with: "name: percent")
        try other.write(to: file, atomically: true, encoding: .utf8)
        _ = try await harness.check(other, asOf: "2026-04-01")
        let blind = try await Self.advice(program)
        #expect(blind.status == 20 && blind.1.obstacle?.hasSuffix("or says why it cannot") ?? false)
        let unknown = try await program.run(["advice", "--model", "other"])
        #expect(unknown.status == 64)
      }
    }
  }

  @Test(.timeLimit(.minutes(2)))
  func `a report advises what the check did, also where no alerts are kept`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      // All of March lacks a value.
      try await harness.sql(
        "update predictions set bill = null where predicted_at >= '2026-03-01'"
      )
      try await Program.withFolder { folder in
        let file = folder.appendingPathComponent("plumbline.yaml")
        try Harness.standard.write(to: file, atomically: true, encoding: .utf8)
        let program = Program(in: folder, dsn: harness.dsn)
        let check = try await program.run(["check", "--until", "2026-04-01"])
        #expect(check.status == 0, "\(check.errors)")
        let advised = try await Self.advice(program)
        let reported = try await harness.report(Harness.standard)
        let action = try #require(reported.first?.advice?.action)
        #expect(advised.1.versions.map(\.action) == [action.rawValue])
        #expect(action == .fixData)
      }
    }
  }
}
