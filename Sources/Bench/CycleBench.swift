// SPDX-License-Identifier: Apache-2.0
import Foundation
import Monitor
import Postgres
import Profiles
import Settings
import Store
import Synchronization

/// One new day on a short and on a long history, the sweeps, and windows from what is stored.
struct CycleBench {
  let dsn: String
  let rows: Int
  private static let newDays = 5

  func run(_ report: inout BenchReport) async throws {
    let connection = try await Connection.open(dsn)
    let tables = BenchTables(connection: connection)
    let perDay = rows / BenchTables.days
    var cycles: [Int: Day] = [:]
    for days in [30, BenchTables.days] {
      let name = "days\(days)"
      try await tables.make(
        name,
        rows: perDay * (days + Self.newDays + 1),
        days: days + Self.newDays + 1
      )
      cycles[days] = try await measure(name, days: days)
    }
    guard let short = cycles[30], let long = cycles[BenchTables.days] else { return }
    report.add(
      "a cycle with one new day on 30 days of history",
      short.work * 1000,
      "ms",
      note: "\(perDay) rows and their labels; sweep apart"
    )
    report.add("a cycle with one new day on 365 days of history", long.work * 1000, "ms")
    report.add("the two", long.work / short.work, "×", limit: 1.2)
    report.add(
      "the sweep of 35 days, on 365",
      long.sweep * 1000,
      "ms",
      note: "\(35 * perDay) rows, on the server"
    )
    report.add("a full sweep of 365 days", long.fullSweep, "s")
    report.add(
      "a 365-day window from stored profiles",
      long.window * 1000,
      "ms",
      limit: 50,
      note: "15 features, read, merged, measured and judged"
    )
    report.add("a report of every 7d and 28d window of the year", long.report * 1000, "ms")
    try await addSizes("days\(BenchTables.days)", connection, &report)
  }

  /// What is stored for a model in a year of daily checks.
  private func addSizes(
    _ model: String,
    _ connection: Connection,
    _ report: inout BenchReport
  ) async throws {
    let sizes = try await connection.query(
      """
      with cells as (
        select binning_id from plumbline.binning join plumbline.model using (model_id)
        where name = $1
      ), cycles as (
        select cycle_id from plumbline.cycle join cells using (binning_id)
      )
      select
        (select sum(pg_column_size(f.*)) from plumbline.feature_bucket f join cells using (binning_id))
        ::bigint,
        (select sum(pg_column_size(l.*)) from plumbline.label_bucket l join cells using (binning_id))
        ::bigint,
        (select sum(pg_column_size(f.*)) / count(distinct cycle_id)
          from plumbline.finding f join cycles using (cycle_id))::bigint
      """,
      name: "bench",
      [.text(model)]
    )
    let year = 365.0 / Double(BenchTables.days + Self.newDays) / 1e6
    report.add(
      "stored for a year: feature profiles",
      Double(sizes.int(0, 0)) * year,
      "MB",
      note:
        "15 features, daily buckets, one version, no segments; as much again for each segment level"
    )
    report.add("stored for a year: labels", Double(sizes.int(0, 1)) * year, "MB")
    report.add(
      "stored for a year: findings of daily checks",
      Double(sizes.int(0, 2)) * 365 / 1e6,
      "MB",
      note: "two kinds of window"
    )
  }

  private struct Day {
    var work: Double
    var sweep: Double
    var fullSweep: Double
    var window: Double
    var report: Double
  }

  private func measure(_ table: String, days: Int) async throws -> Day {
    let yaml = BenchTables.yaml(table, hasOutcomes: true)
    guard let model = try SettingsFile.read(text: yaml, file: "bench.yaml").models.first,
      let start = Instant(BenchTables.start)
    else { throw Bench.Fault.usage }
    let meter = SweepMeter()
    let monitor = Monitor(
      dsn: dsn,
      rules: try RuleSet.read(nil),
      progress: ProgressReporter { meter.receive($0) }
    )
    func moment(_ day: Int) -> Instant {
      Instant(microseconds: start.microseconds + Int64(day) * 86_400_000_000)
    }
    _ = try await monitor.check(model, asOf: moment(days), now: moment(days))
    var works: [Double] = []
    var sweeps: [Double] = []
    for day in 1...Self.newDays {
      meter.reset()
      let took = try await seconds {
        _ = try await monitor.check(model, asOf: moment(days + day), now: moment(days + day))
      }
      sweeps.append(meter.swept)
      works.append(took - meter.swept)
    }
    let end = moment(days + Self.newDays)
    let full = try await seconds {
      _ = try await monitor.check(model, asOf: end, now: end, isFullSweep: true)
    }
    var year = model
    year.windows = [.sliding(days: days)]
    var windows: [Double] = []
    for _ in 0..<5 {
      windows.append(
        try await seconds {
          _ = try await monitor.report(year, from: moment(Self.newDays), to: end)
        }
      )
    }
    let all = try await seconds { _ = try await monitor.report(model, from: nil, to: nil) }
    return Day(
      work: works.median,
      sweep: sweeps.median,
      fullSweep: full,
      window: windows.median,
      report: all
    )
  }
}

/// Adds up the time in which a check looks for what has changed.
final class SweepMeter: Sendable {
  private struct State {
    var start: ContinuousClock.Instant?
    var swept = 0.0
  }
  private let state = Mutex(State())

  func receive(_ event: ProgressReporter.Event) {
    state.withLock { state in
      switch event {
      case .begin(let name, _) where name.hasPrefix("looking for changed"): state.start = .now
      case .end:
        guard let start = state.start else { return }
        let took = (ContinuousClock.now - start).components
        state.swept += Double(took.seconds) + Double(took.attoseconds) / 1e18
        state.start = nil
      case .begin, .rows, .note: break
      }
    }
  }

  func reset() { state.withLock { $0 = State() } }

  var swept: Double { state.withLock { $0.swept } }
}
