// SPDX-License-Identifier: Apache-2.0
import Postgres

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
    report.add("peak memory, \(rows / 3) rows", small, unit: "MB")
    report.add("peak memory, \(rows) rows", large, unit: "MB", limit: 100)
  }

  /// Megabytes that a check of a table takes at most.
  private func peak(_ table: String) async throws -> Double {
    try await PeakMemory.of(
      program,
      ["check", "--until", "2026-01-01"],
      files: ["plumbline.yaml": BenchTables.yaml(table, hasOutcomes: false)]
    )
  }
}
