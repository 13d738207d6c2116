// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestKit
import Testing

/// `plumbline demo`, which another program runs.
@Suite struct DemoCommandTests {
  @Test func `all arguments go to the program beside plumbline, through a link too`() async throws {
    try await Program.withFolder { folder in
      let own = try await Program("plumbline-demo", in: folder, dsn: "").run(["--help"])
      #expect(own.output.contains("--load-only"))
      let link = folder.appendingPathComponent("plumbline")
      try FileManager.default.createSymbolicLink(
        at: link,
        withDestinationURL: URL(fileURLWithPath: Program.path("plumbline"))
      )
      let passed = try await Program(at: link, in: folder, dsn: "").run(["demo", "--help"])
      #expect(passed.status == 0 && passed.output == own.output, "\(passed.errors)")
      for arguments in [["--customers", "1"], ["--customers=1", "-o", "page.html"]] {
        let refused = try await Program(in: folder, dsn: "").run(["demo"] + arguments)
        #expect(refused.status == 64 && refused.errors.contains("--customers is at least"))
      }
      let unknown = try await Program(in: folder, dsn: "").run(["demo", "--custmers", "1"])
      #expect(unknown.status == 64 && unknown.errors.contains("Unknown option '--custmers'"))
    }
  }

  /// Runs `body` with a plumbline that has another program, or none, beside it.
  ///
  /// It is a hard link in a folder of the build: a copy that another test's process still holds
  /// open for writing could not be run.
  private func withProgram(beside text: String?, _ body: (Program, URL) async throws -> Void)
    async throws
  {
    let original = URL(fileURLWithPath: Program.path("plumbline")).resolvingSymlinksInPath()
    let folder = original.deletingLastPathComponent()
      .appendingPathComponent("demo-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let program = folder.appendingPathComponent("plumbline")
    try FileManager.default.linkItem(at: original, to: program)
    if let text {
      let demo = folder.appendingPathComponent("plumbline-demo")
      try text.write(to: demo, atomically: true, encoding: .utf8)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: demo.path)
    }
    try await body(Program(at: program, in: folder, dsn: ""), folder)
  }

  @Test func `arguments arrive as they are, and signals too`() async throws {
    let script = """
      #!/bin/sh
      printf '%s\\n' "$@"
      kill -TERM $$
      """
    try await withProgram(beside: script) { program, _ in
      let arguments = ["-abc", "--x=a b", "", "--", "value", "-o", "--help", "--version"]
      let demo = try await program.run(["demo"] + arguments)
      #expect(demo.output == arguments.map { $0 + "\n" }.joined())
      #expect(demo.wasKilled && demo.status == SIGTERM)
    }
  }

  @Test func `a program that cannot be started is reported with the reason`() async throws {
    try await withProgram(beside: "neither a program nor a script") { program, folder in
      let demo = try await program.run(["demo"])
      #expect(demo.status == 70)
      #expect(
        demo.errors.contains("\(folder.lastPathComponent)/plumbline-demo cannot be started: ")
      )
    }
  }

  @Test func `where that program is missing, the error names the file and how to get it`()
    async throws
  {
    try await withProgram(beside: nil) { program, folder in
      let demo = try await program.run(["demo"])
      #expect(demo.status == 70)
      #expect(demo.errors.contains("/\(folder.lastPathComponent)/plumbline-demo is missing"))
      #expect(demo.errors.contains("bin/demo"))
    }
  }
}
