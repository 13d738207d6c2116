// SPDX-License-Identifier: Apache-2.0
import Postgres
import Profiles

/// The tables that the benchmarks are made on.
struct BenchTables {
  let connection: Connection

  /// 15 features: 11 numbers of different shapes and 4 texts.
  static let numbers = (1...11).map { "n\($0)" }
  static let texts = (1...4).map { "t\($0)" }
  static let start = "2025-01-01"
  static let days = 365

  /// Makes a log of `rows` predictions spread evenly over `days` days, in order of time, with its
  /// outcomes: one in six churns, known up to 25 days later.
  func make(_ name: String, rows: Int, days: Int) async throws {
    let numbers = Self.numbers.enumerated().map { index, column in
      let value =
        switch index % 4 {
        case 0: "random() * 1000"
        case 1: "-ln(1 - random()) * 50"
        case 2: "floor(random() * 72)"
        default: "round((random() * 200)::numeric, 2)"
        }
      return "(\(value))::float8 as \(column)"
    }
    let texts = Self.texts.enumerated().map { index, column in
      "'level ' || floor(random() * \(3 + index * 7))::int as \(column)"
    }
    try await run(
      """
      select setseed(0.5);
      create table \(name) as
      select 'p' || i as prediction_id, 'c' || (i % 400000) as customer_id, 'v1' as model_version,
        '\(Self.start)'::timestamptz + i * (interval '\(days) days' / \(rows)) as predicted_at,
        random() as score, \((numbers + texts).joined(separator: ", "))
      from generate_series(0, \(rows - 1)) i;
      create table \(name)_outcomes as
      select prediction_id, predicted_at + random() * interval '25 days' as observed_at,
        random() < score / 3 as label
      from \(name);
      create index on \(name) (predicted_at);
      create unique index on \(name) (prediction_id);
      create index on \(name)_outcomes (observed_at);
      create index on \(name)_outcomes (prediction_id);
      """
    )
    for table in [name, name + "_outcomes"] {
      try await connection.execute("vacuum (analyze) \(table)", name: "bench")
    }
  }

  /// Makes a copy of a log with its features in one jsonb column.
  func makeJSON(_ name: String, from wide: String, rows: Int) async throws {
    let members = (Self.numbers + Self.texts).map { "'\($0)', \($0)" }.joined(separator: ", ")
    try await run(
      """
      create table \(name) as
      select prediction_id, predicted_at, model_version, score,
        jsonb_build_object(\(members)) as features
      from \(wide) order by predicted_at limit \(rows);
      create index on \(name) (predicted_at);
      """
    )
    try await connection.execute("vacuum (analyze) \(name)", name: "bench")
  }

  func run(_ sql: String) async throws { try await connection.executeScript(sql, name: "bench") }

  /// A configuration for a log; the reference is the first month.
  static func yaml(_ table: String, hasOutcomes: Bool, isJSON: Bool = false) -> String {
    let names = (numbers + texts).joined(separator: ", ")
    var lines = [
      "models:", "  - name: \(table)", "    predictions:", "      table: \(table)",
      "      id: prediction_id", "      time: predicted_at", "      score: score",
      "      version: model_version",
    ]
    if hasOutcomes {
      lines += [
        "    outcomes:", "      table: \(table)_outcomes", "      prediction: prediction_id",
        "      time: observed_at", "      label: label", "      horizon: 30d",
      ]
    }
    lines += [
      "    features: \(isJSON ? "{ json: features }" : "[\(names)]")",
      "    reference: { from: \(start), to: 2025-01-21 }", "    windows: [7d, 28d]",
    ]
    return lines.joined(separator: "\n") + "\n"
  }
}
