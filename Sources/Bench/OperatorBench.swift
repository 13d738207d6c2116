// SPDX-License-Identifier: Apache-2.0
import OperatorTables
import Postgres
import Profiles
import Simulator

/// A simulated operator, made and loaded, beside the loading of the same bytes from a file.
struct OperatorBench {
  let dsn: String
  let rows: Int
  let program: String
  private static let months = 18
  private static let cleanUp =
    "set client_min_messages = warning; drop schema crm cascade; drop schema truth cascade"

  func run(_ report: inout BenchReport) async throws {
    let connection = try await Connection.open(dsn)
    let made = try await seconds {
      _ = try await OperatorTables(connection).fill(calendar(rows)) { _ in }
    }
    var loaded = 0.0
    for table in ["customers", "usage_monthly", "predictions", "outcomes"] {
      let file = "current_setting('data_directory') || '/operator-\(table).copy'"
      try await connection.executeScript(
        """
        do $$ begin
          execute format('copy crm.\(table) to %L (format binary)', \(file));
        end $$;
        create table crm.\(table)_again as select * from crm.\(table) limit 0;
        """,
        name: "bench"
      )
      loaded += try await seconds {
        try await connection.executeScript(
          """
          do $$ begin
            execute format('copy crm.\(table)_again from %L (format binary)', \(file));
          end $$;
          """,
          name: "bench"
        )
      }
    }
    try await connection.executeScript(
      Self.cleanUp,
      name: "bench"
    )
    report.add(
      "a simulated operator, made, loaded and indexed",
      made,
      unit: "s",
      note: "\(rows) predictions, as many months of usage, customers, outcomes"
    )
    report.add("the same to COPY of the same bytes from a file", made / loaded, unit: "×")
    let small = try await peak(rows / 10)
    let large = try await peak(rows)
    report.add("peak memory, \(rows / 10) simulated predictions", small, unit: "MB")
    report.add("peak memory, \(rows) simulated predictions", large, unit: "MB", limit: 100)
  }

  /// Who is there on the first of a month and is scored: about nineteen of twenty.
  private func calendar(_ rows: Int) throws -> OperatorCalendar {
    guard let start = CivilDate(year: 2025, month: 1, day: 1) else { throw Bench.Fault.usage }
    return OperatorCalendar(
      customers: max(1000, rows * 106 / 100 / Self.months),
      start: start,
      months: Self.months
    )
  }

  /// Megabytes that making and loading takes at most.
  private func peak(_ rows: Int) async throws -> Double {
    let customers = try calendar(rows).customers
    let text = "customers: \(customers)\nstart: 2025-01-01\nmonths: \(Self.months)\n"
    let peak = try await PeakMemory.of(
      program,
      ["demo", "--load-only", "--calendar", "calendar.yaml"],
      files: ["calendar.yaml": text]
    )
    try await Connection.open(dsn).executeScript(
      Self.cleanUp,
      name: "bench"
    )
    return peak
  }
}
