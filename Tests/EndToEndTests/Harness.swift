// SPDX-License-Identifier: Apache-2.0
import Checks
import Evaluation
import Foundation
import Postgres
import Profiles
import Reports
import Service
import Settings
import Store
import TestKit
import Testing

/// A database with tables, and a monitor over it.
struct Harness {
  let connection: Connection
  let dsn: String

  static func with(_ body: (Harness) async throws -> Void) async throws {
    try await ScratchDatabase.with { connection, dsn in
      _ = try await Migrator.migrate(connection)
      try await body(Harness(connection: connection, dsn: dsn))
    }
  }

  func sql(_ text: String) async throws {
    try await connection.executeScript(text, name: "test")
  }

  func runtime(streams: Int = 2, sources: SourceMap = SourceMap()) -> Runtime {
    var database = Runtime.Database(dsn: dsn)
    database.streams = streams
    database.statementTimeout = 60
    var runtime = Runtime(database)
    runtime.sources = sources
    return runtime
  }

  func checks() throws -> CheckService {
    CheckService(runtime(), rules: try RuleSet.read(nil).rules)
  }

  func reports() throws -> ReportService {
    ReportService(runtime(), rules: try RuleSet.read(nil).rules)
  }

  func replays() throws -> ReplayService {
    ReplayService(runtime(), rules: try RuleSet.read(nil).rules)
  }

  var alerts: AlertService { AlertService(runtime(), rules: []) }
  var versions: VersionService { VersionService(runtime()) }
  var references: ReferenceService { ReferenceService(runtime()) }
  var campaigns: CampaignService { CampaignService(runtime()) }

  func model(_ yaml: String) throws -> ModelSettings {
    try #require(SettingsFile.read(text: yaml, file: "test.yaml").settings.models.first)
  }

  func check(
    _ yaml: String,
    asOf: String,
    now: String? = nil,
    streams: Int = 2
  ) async throws -> [ModelReport] {
    let asOf = try #require(Instant(asOf))
    let (settings, sources) = try SettingsFile.read(text: yaml, file: "test.yaml")
    let service = CheckService(
      runtime(streams: streams, sources: sources),
      rules: try RuleSet.read(nil).rules
    )
    return try await service.check(
      try #require(settings.models.first),
      asOf: asOf,
      now: try now.map { try #require(Instant($0)) } ?? asOf
    )
  }

  func report(_ yaml: String, from: String? = nil, to: String? = nil) async throws -> [ModelReport]
  {
    let question = ReportService.Question(
      from: from.flatMap { Instant($0) },
      to: to.flatMap { Instant($0) }
    )
    return try await reports().report(try model(yaml), question).models
  }

  /// A table of predictions like those of `standard`, and outcomes; 90 days of 40 rows each.
  func makeStandardTables() async throws {
    try await sql(
      """
      create table predictions as
      select 'p' || i as prediction_id, 'c' || (i % 500) as customer_id, 'v1' as model_version,
        '2026-01-01'::timestamptz + i * interval '36 minutes' as predicted_at,
        (((i * 7919) % 1000) + 0.5) / 1000.0::float8 as score,
        ((i * 104729) % 997)::float8 as amount, ((i * 31) % 7)::int as calls,
        (array['a', 'b', 'c'])[1 + (i * 13) % 3] as plan, i % 2 = 0 as active,
        date '2020-01-01' + (i * 17 % 900)::int as since,
        (((i * 3571) % 10000) / 100.0)::numeric as bill
      from generate_series(0, 3599) i;
      create table outcomes as
      select prediction_id, predicted_at + interval '5 days' as observed_at,
        (hashtextextended(prediction_id, 0) % 1000 + 1000) % 1000 < score * 1000 as label
      from predictions;
      """
    )
  }

  static let standard = """
    models:
      - name: churn
        predictions:
          table: predictions
          id: prediction_id
          time: predicted_at
          score: score
          version: model_version
          entity: customer_id
        outcomes: { table: outcomes, prediction: prediction_id, time: observed_at, label: label, horizon: 10d }
        reference: { from: 2026-01-01, to: 2026-02-01 }
        windows: [1mo]
    """
}

extension [ModelReport] {
  /// What a report says, without what depends on the order in which doubles were added.
  var figures: [String] {
    flatMap { model in
      model.windows.flatMap { window in
        window.findings.map { finding in
          let reading = finding.reading
          let value = reading.value.map { String(format: "%.10g", $0) } ?? "-"
          return "\(model.version) \(window.range.from) \(window.rows) \(window.labelled) "
            + "\(reading.check.rawValue) \(reading.subject) \(reading.segment ?? "") \(value) "
            + finding.verdict.rawValue
        }
      }
    }.sorted()
  }

  func window(_ from: String, version: String = "v1") throws -> WindowEvaluation {
    let start = try #require(Instant(from))
    return try #require(
      self.first { $0.version == version }?.windows.first { $0.range.from == start },
      "no window from \(from)"
    )
  }

  func issues() -> [String: Int] {
    Dictionary((first?.issues ?? []).map { ($0.kind.rawValue, $0.rows) }) { first, _ in first }
  }
}

extension WindowEvaluation {
  func value(_ check: CheckName, _ subject: String = "score") throws -> Double {
    try #require(finding(check, subject)?.reading.value, "\(check) of \(subject)")
  }

  func verdict(_ check: CheckName, _ subject: String = "score") -> Verdict? {
    finding(check, subject)?.verdict
  }
}
