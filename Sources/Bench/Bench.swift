// SPDX-License-Identifier: Apache-2.0
import Foundation
import Postgres
import Store

/// Measures the performance contract: ratios to the server's own speed, in one run.
///
/// Called by `bin/bench` as
/// `Bench PROGRAM [--rows N] [--only scan|cycle|operator|campaign] [--json FILE]`, or
/// `Bench PROGRAM --only diagnosis [--seeds 1-10] [--cases TEXT] [--verbose]`, which is no matter
/// of speed.
@main
struct Bench {
  static func main() async {
    do {
      try await run()
    } catch {
      FileHandle.standardError.write(Data("bench: \(error)\n".utf8))
      exit(70)
    }
  }

  private static func run() async throws {
    var arguments = Array(CommandLine.arguments.dropFirst())
    guard !arguments.isEmpty else { throw Fault.usage }
    let program = arguments.removeFirst()
    var rows = 3_000_000
    var file: String?
    var only: String?
    var (seeds, cases, isVerbose) = (1...10, String?.none, false)
    while !arguments.isEmpty {
      switch arguments.removeFirst() {
      case "--rows" where Int(arguments.first ?? "") != nil:
        rows = Int(arguments.removeFirst()) ?? rows
      case "--only" where !arguments.isEmpty: only = arguments.removeFirst()
      case "--json" where !arguments.isEmpty: file = arguments.removeFirst()
      case "--seeds" where range(arguments.first) != nil:
        seeds = range(arguments.removeFirst()) ?? seeds
      case "--cases" where !arguments.isEmpty: cases = arguments.removeFirst()
      case "--verbose": isVerbose = true
      default: throw Fault.usage
      }
    }
    if only == "diagnosis" {
      try await DiagnosisBench(seeds: seeds, filter: cases, isVerbose: isVerbose).run()
      return
    }
    let dsn = ProcessInfo.processInfo.environment["PLUMBLINE_DSN"] ?? ""
    _ = try await Migrator.migrate(try await Connection.open(dsn))
    var report = BenchReport(rows: rows)
    report.show()
    if only ?? "scan" == "scan" { try await ScanBench(dsn: dsn, rows: rows).run(&report) }
    if only ?? "cycle" == "cycle" { try await CycleBench(dsn: dsn, rows: rows).run(&report) }
    if only ?? "operator" == "operator" {
      try await OperatorBench(dsn: dsn, rows: rows, program: program).run(&report)
    }
    if only ?? "campaign" == "campaign" {
      try await CampaignBench(dsn: dsn, rows: rows, program: program).run(&report)
    }
    if only == nil { try await MemoryBench(dsn: dsn, rows: rows, program: program).run(&report) }
    report.finish()
    if let file { try report.json().write(toFile: file, atomically: true, encoding: .utf8) }
    if report.hasMissed { exit(1) }
  }

  /// Numbers as `1-10`, or one.
  private static func range(_ text: String?) -> ClosedRange<Int>? {
    let ends = text?.split(separator: "-").map { Int($0) } ?? []
    guard let first = ends.first ?? nil, let last = ends.last ?? nil, first <= last else {
      return nil
    }
    return first...last
  }

  enum Fault: Error, CustomStringConvertible {
    case usage
    var description: String {
      """
      usage: Bench PROGRAM [--rows N] [--only scan|cycle|operator|campaign] [--json FILE]
             Bench PROGRAM --only diagnosis [--seeds 1-10] [--cases TEXT] [--verbose]
      """
    }
  }
}

/// What was measured, as a table and as JSON.
struct BenchReport {
  /// One figure.
  struct Line: Encodable {
    let name: String
    let value: Double
    let unit: String
    /// The figure to stay at or below; nil where none is promised.
    let limit: Double?
    let note: String
  }

  let rows: Int
  private(set) var lines: [Line] = []

  init(rows: Int) { self.rows = rows }

  func show() {
    write("| what | measured | promised | |")
    write("|---|---:|---:|---|")
  }

  mutating func add(
    _ name: String,
    _ value: Double,
    unit: String,
    limit: Double? = nil,
    note: String = ""
  ) {
    lines.append(Line(name: name, value: value, unit: unit, limit: limit, note: note))
    let promised = limit.map { "≤ " + text($0, unit) } ?? ""
    let mark = limit.map { value <= $0 ? "" : "missed. " } ?? ""
    write("| \(name) | \(text(value, unit)) | \(promised) | \(mark)\(note) |")
  }

  private func write(_ line: String) {
    FileHandle.standardOutput.write(Data((line + "\n").utf8))
  }

  private func text(_ value: Double, _ unit: String) -> String {
    let digits = unit == "ms" ? "%.0f" : unit == "MB" ? "%.1f" : "%.2f"
    return String(format: digits, value) + (unit == "×" ? "×" : " \(unit)")
  }

  var hasMissed: Bool { lines.contains { $0.value > $0.limit ?? .infinity } }

  func finish() {
    if hasMissed { write("\nsome promises were missed") }
  }

  func json() throws -> String {
    struct Document: Encodable {
      let rows: Int
      let lines: [Line]
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(Document(rows: rows, lines: lines)), as: UTF8.self)
      + "\n"
  }
}

/// Seconds that `body` takes.
func seconds(_ body: () async throws -> Void) async rethrows -> Double {
  let clock = ContinuousClock()
  let start = clock.now
  try await body()
  let took = (clock.now - start).components
  return Double(took.seconds) + Double(took.attoseconds) / 1e18
}

extension [Double] {
  /// The middle one; the lower of the two middle ones.
  var median: Double { sorted()[(count - 1) / 2] }
}
