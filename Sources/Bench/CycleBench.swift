// SPDX-License-Identifier: Apache-2.0
import Foundation
import Service
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
      unit: "ms",
      note: "\(perDay) rows and their labels; sweep apart"
    )
    report.add("a cycle with one new day on 365 days of history", long.work * 1000, unit: "ms")
    report.add("the two", long.work / short.work, unit: "×", limit: 1.2)
    report.add(
      "the sweep of 35 days, on 365",
      long.sweep * 1000,
      unit: "ms",
      note: "\(35 * perDay) rows, on the server"
    )
    report.add("a full sweep of 365 days", long.fullSweep, unit: "s")
    report.add(
      "a 365-day window from stored profiles",
      long.window * 1000,
      unit: "ms",
      limit: 50,
      note: "15 features, read, merged, measured and evaluated"
    )
    report.add("a report of every 7d and 28d window of the year", long.report * 1000, unit: "ms")
    try await addSizes(of: "days\(BenchTables.days)", connection, to: &report)
  }

  /// What is stored for a model in a year of daily checks.
  private func addSizes(
    of model: String,
    _ connection: Connection,
    to report: inout BenchReport
  ) async throws {
    let sizes = try await connection.query(
      """
      with bins as (
        select binning_id from plumbline.binning join plumbline.model using (model_id)
        where name = $1
      ), check_runs as (
        select check_run_id from plumbline.check_run join bins using (binning_id)
      )
      select
        (select sum(pg_column_size(f.*)) from plumbline.feature_bucket f join bins using (binning_id))
        ::bigint as features,
        (select sum(pg_column_size(l.*)) from plumbline.label_bucket l join bins using (binning_id))
        ::bigint as labels,
        (select sum(pg_column_size(f.*)) / count(distinct check_run_id)
          from plumbline.finding f join check_runs using (check_run_id))::bigint as findings
      """,
      name: "bench",
      [.text(model)]
    ).only { row -> (features: Int, labels: Int, findings: Int) in
      (try row.decode("features"), try row.decode("labels"), try row.decode("findings"))
    }
    let year = 365.0 / Double(BenchTables.days + Self.newDays) / 1e6
    report.add(
      "stored for a year: feature profiles",
      Double(sizes.features) * year,
      unit: "MB",
      note:
        "15 features, daily buckets, one version, no segments; as much again for each segment level"
    )
    report.add("stored for a year: labels", Double(sizes.labels) * year, unit: "MB")
    report.add(
      "stored for a year: findings of daily checks",
      Double(sizes.findings) * 365 / 1e6,
      unit: "MB",
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
    guard let model = try SettingsFile.read(text: yaml, file: "bench.yaml").settings.models.first,
      let start = Instant(BenchTables.start)
    else { throw Bench.Fault.usage }
    let meter = SweepMeter()
    var runtime = Runtime(Runtime.Database(dsn: dsn))
    runtime.progress = ProgressReporter { meter.receive($0) }
    let rules = try RuleSet.read(nil).rules
    let service = CheckService(runtime, rules: rules)
    let reports = ReportService(runtime, rules: rules)
    let sweep = CheckService.Options(isFullSweep: true)
    func moment(_ day: Int) -> Instant {
      Instant(microseconds: start.microseconds + Int64(day) * 86_400_000_000)
    }
    _ = try await service.check(model, asOf: moment(days), now: moment(days))
    var works: [Double] = []
    var sweeps: [Double] = []
    for day in 1...Self.newDays {
      meter.reset()
      let took = try await seconds {
        _ = try await service.check(model, asOf: moment(days + day), now: moment(days + day))
      }
      sweeps.append(meter.swept)
      works.append(took - meter.swept)
    }
    let end = moment(days + Self.newDays)
    let full = try await seconds {
      _ = try await service.check(model, asOf: end, now: end, sweep)
    }
    var year = model
    year.windows = [.sliding(days: days)]
    var windows: [Double] = []
    for _ in 0..<5 {
      windows.append(
        try await seconds {
          _ = try await reports.report(
            year,
            ReportService.Question(from: moment(Self.newDays), to: end)
          )
        }
      )
    }
    let all = try await seconds { _ = try await reports.report(model) }
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
      case .begin(.sweepingRows, _, _), .begin(.sweepingOutcomes, _, _): state.start = .now
      case .end:
        guard let start = state.start else { return }
        let took = (ContinuousClock.now - start).components
        state.swept += Double(took.seconds) + Double(took.attoseconds) / 1e18
        state.start = nil
      case .begin, .rows: break
      }
    }
  }

  func reset() { state.withLock { $0 = State() } }

  var swept: Double { state.withLock { $0.swept } }
}
