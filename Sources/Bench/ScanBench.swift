// SPDX-License-Identifier: Apache-2.0
import Foundation
import Service
import Postgres
import Profiles
import Settings
import Store

/// The cold profile beside the server's own COPY.
struct ScanBench {
  let dsn: String
  let rows: Int
  private static let repeats = 5

  func run(_ report: inout BenchReport) async throws {
    let connection = try await Connection.open(dsn)
    let tables = BenchTables(connection: connection)
    try await tables.make("wide", rows: rows, days: BenchTables.days)
    try await tables.makeJSON("json", from: "wide", rows: rows / 4)
    let columns = (BenchTables.numbers + BenchTables.texts).joined(separator: ", ")
    let wide = try await Measured(dsn, "wide", isJSON: false)
    let json = try await Measured(dsn, "json", isJSON: true)
    var times: [String: [Double]] = [:]
    // Everything once to warm up, then alternately, so that a slow moment of the machine hits all.
    for round in 0...Self.repeats {
      var found: [String: Double] = [:]
      found["copy"] = try await seconds {
        try await connection.execute(
          "copy (select predicted_at, model_version, score, \(columns) from wide) to '/dev/null' (format binary)",
          name: "bench"
        )
      }
      found["two"] = try await seconds { try await wide.profile(streams: 2) }
      found["one"] = try await seconds { try await wide.profile(streams: 1) }
      found["json copy"] = try await seconds {
        try await connection.execute(
          "copy (select features from json) to '/dev/null' (format binary)",
          name: "bench"
        )
      }
      found["json"] = try await seconds { try await json.profile(streams: 2) }
      if round > 0 { for (name, time) in found { times[name, default: []].append(time) } }
    }
    func ratio(_ name: String, _ base: String) -> Double {
      zip(times[name] ?? [], times[base] ?? []).map { $0 / $1 }.median
    }
    func spread(_ name: String, _ base: String) -> String {
      let ratios = zip(times[name] ?? [], times[base] ?? []).map { $0 / $1 }
      return String(format: "%.2f to %.2f", ratios.min() ?? 0, ratios.max() ?? 0)
    }
    report.add(
      "server's COPY of the same columns to /dev/null",
      (times["copy"] ?? []).median,
      unit: "s",
      note: "\(rows) rows, one stream"
    )
    report.add(
      "cold profile, two streams, to that COPY",
      ratio("two", "copy"),
      unit: "×",
      limit: 0.75,
      note: spread("two", "copy")
    )
    report.add(
      "cold profile, one stream, to that COPY",
      ratio("one", "copy"),
      unit: "×",
      note: spread("one", "copy")
    )
    report.add(
      "cold profile of jsonb, two streams, to the server's COPY of it",
      ratio("json", "json copy"),
      unit: "×",
      note: "\(rows / 4) rows; \(spread("json", "json copy"))"
    )
    let perRow = (times["two"] ?? []).median / Double(rows)
    report.add(
      "a row of jsonb to a row of columns",
      (times["json"] ?? []).median / Double(rows / 4) / perRow,
      unit: "×"
    )
  }

  /// A log with bins, ready to be profiled.
  private struct Measured {
    let profiler: ScanProfiler

    init(_ dsn: String, _ table: String, isJSON: Bool) async throws {
      let yaml = BenchTables.yaml(table, hasOutcomes: false, isJSON: isJSON)
      guard let model = try SettingsFile.read(text: yaml, file: "bench.yaml").settings.models.first
      else {
        throw Bench.Fault.usage
      }
      profiler = try await ScanProfiler(Runtime(Runtime.Database(dsn: dsn)), model)
    }

    func profile(streams: Int) async throws { _ = try await profiler.profile(streams: streams) }
  }
}
