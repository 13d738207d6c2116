// SPDX-License-Identifier: Apache-2.0
import Foundation
import Postgres
import Subprocess

#if canImport(System)
import System
#else
import SystemPackage
#endif

/// The program's peak memory on a short and on a long table.
struct MemoryBench {
  let dsn: String
  let rows: Int
  let program: String

  func run(_ report: inout BenchReport) async throws {
    let connection = try await Connection.open(dsn)
    try await connection.executeScript(
      "create table third as select * from wide where predicted_at < '2025-05-02'",
      name: "bench"
    )
    try await connection.execute("vacuum (analyze) third", name: "bench")
    let small = try await peak("third")
    let large = try await peak("wide")
    report.add("peak memory, \(rows / 3) rows", small, "MB")
    report.add("peak memory, \(rows) rows", large, "MB", limit: 100)
  }

  /// Megabytes that a check of a table takes at most.
  private func peak(_ table: String) async throws -> Double {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("plumbline-bench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try BenchTables.yaml(table, hasOutcomes: false).write(
      to: folder.appendingPathComponent("plumbline.yaml"),
      atomically: true,
      encoding: .utf8
    )
    let result = try await Subprocess.run(
      .path(FilePath(program)),
      arguments: ["check", "--until", "2026-01-01"],
      workingDirectory: FilePath(folder.path),
      input: .none,
      output: .discarded,
      error: .discarded
    ) { execution in
      // The system keeps the largest size so far; the last look before the end has it.
      var largest = 0.0
      while let now = Self.highWater(execution.processIdentifier.value) {
        largest = max(largest, now)
        try await Task.sleep(for: .milliseconds(2))
      }
      return largest
    }
    guard result.terminationStatus == .exited(0) else {
      throw Failed(status: result.terminationStatus.description)
    }
    return result.closureResult
  }

  /// Megabytes that a process has taken at most; nil when it has ended.
  private static func highWater(_ process: Int32) -> Double? {
    guard let text = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
      let size = line.split(separator: " ").dropFirst().first.flatMap({ Double($0) })
    else { return nil }
    return size / 1024
  }

  struct Failed: Error { let status: String }
}
