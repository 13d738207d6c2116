// SPDX-License-Identifier: Apache-2.0
import Foundation
import Postgres
import TestKit
import Testing

/// Every command of the README and of the guides, run in order on tables such as the page speaks
/// of.
@Suite(.enabled(if: ScratchDatabase.isAvailable, "\(ScratchDatabase.reason)"))
struct GuideTests {
  /// The pages, with what must have happened before the reader comes to their commands.
  private static let pages: [(path: String, before: [[String]])] = [
    ("README.md", []),
    ("docs/guides/first-model.md", []),
    ("docs/guides/operating.md", [["migrate"], ["check"]]),
    ("docs/guides/alerts-to-alertmanager.md", [["migrate"], ["check"]]),
    ("docs/guides/campaign.md", [["migrate"]]),
    (
      "docs/guides/retraining-airflow-mlflow.md",
      [
        ["migrate"], ["check"],
        [
          "jobs", "create", "--model", "churn", "--remedy", "retrain",
          "--author", "A. Lovelace", "--reason", "a trial",
        ],
      ]
    ),
  ]

  /// For pages that show no configuration of their own.
  private static let configurations = [
    "docs/guides/operating.md": """
    models:
      - name: churn
        predictions:
          { table: crm.predictions, id: prediction_id, time: predicted_at, score: score, version: model_version }
        outcomes: { table: crm.outcomes, prediction: prediction_id, time: observed_at, label: label, horizon: 90d }
        reference: { from: 2026-01-01, to: 2026-04-01 }
        retraining: { trainer: command, command: ["true"] }
    alerting:
      channels: [{ name: file, log: alerts.jsonl }]
    """
  ]

  /// Commands that run until they are stopped.
  private static let endless: Set = ["--follow", "serve"]

  @Test(.timeLimit(.minutes(10)), arguments: pages.map(\.path))
  func `the commands of a page run as they are printed`(_ path: String) async throws {
    let page = try MarkdownPage(path: path)
    var before = try #require(Self.pages.first { $0.path == path }).before
    var count = 0
    try await ScratchDatabase.with { connection, dsn in
      try await connection.executeScript(Self.tables, name: "tables of the guides")
      try await Program.withFolder { folder in
        let needsFile = page.blocks.contains { $0.info == "yaml plumbline.yaml" }
        let file = folder.appendingPathComponent("plumbline.yaml")
        try Self.configurations[path]?.write(to: file, atomically: true, encoding: .utf8)
        for block in page.blocks {
          switch block.info {
          case "yaml plumbline.yaml":
            try block.text.write(to: file, atomically: true, encoding: .utf8)
          case "sh":
            let commands = MarkdownPage.commandLines(in: block).filter {
              $0.words.first == "plumbline"
            }
            let hasFile = FileManager.default.fileExists(atPath: folder.path + "/plumbline.yaml")
            if !commands.isEmpty, hasFile || !needsFile {
              for words in before {
                try await run(words, in: folder, dsn: dsn, place: "\(path), before it begins")
              }
              before = []
            }
            for command in commands {
              let words = command.words.dropFirst().map { word in
                // Places of a real machine lie in the test's folder.
                word.hasPrefix("/var/")
                  ? folder.path + "/" + word.split(separator: "/").last! : word
              }
              try await run(words, in: folder, dsn: dsn, place: "\(path):\(command.line)")
              count += 1
            }
          default: continue
          }
        }
      }
    }
    #expect(count > 0, "\(path) has no command that could be run")
  }

  private func run(
    _ words: [String],
    in folder: URL,
    dsn: String,
    place: String
  ) async throws {
    let secrets = [
      "HOOK_SECRET": "whsec_c2VjcmV0", "SLACK_URL": "http://127.0.0.1:1/slack",
      "AIRFLOW_TOKEN": "t", "MLFLOW_TOKEN": "t",
    ]
    if words.contains(where: Self.endless.contains) {
      let stopped = Program(at: URL(fileURLWithPath: "/usr/bin/timeout"), in: folder, dsn: dsn)
      let outcome = try await stopped.run(
        ["-s", "TERM", "3", Program.path("plumbline")] + words,
        environment: secrets
      )
      #expect(outcome.status == 124, "\(place): \(outcome.errors)")
    } else {
      let outcome = try await Program(in: folder, dsn: dsn).run(words, environment: secrets)
      // A check says by its status that an alert fires, and advice what to do.
      let expected: Set<Int32> =
        words.contains("--detailed-exit-code")
        ? [0, 10, 20] : words.first == "advice" ? [0, 10, 11, 12, 13, 20] : [0]
      #expect(expected.contains(outcome.status), "\(place): \(outcome.errors)")
    }
  }

  /// The tables that the guides speak of, in a schema `crm`: predictions of eight months by three
  /// versions, outcomes, and a campaign that helps customers at high risk and harms the others.
  private static let tables = """
    create schema crm;
    create schema shop;
    create table crm.predictions as
    select v.version || '-' || i as prediction_id, 'c' || (i % 3000) as customer_id,
      v.version as model_version,
      timestamptz '2026-01-01' + i * interval '30 minutes' as predicted_at,
      ((abs(hashtextextended(i::text, 1)) % 1000) + 0.5) / 1000.0::float8 as score,
      (abs(hashtextextended(i::text, 2)) % 997)::float8 as amount,
      (array['a', 'b', 'c'])[1 + abs(hashtextextended(i::text, 3)) % 3] as plan
    from generate_series(0, 11000) i, (values ('lr-1'), ('lr-2'), ('gb-2')) v(version)
    where v.version = 'lr-1' or i > 1700;
    create unique index on crm.predictions (prediction_id);
    create index on crm.predictions (predicted_at);
    create table crm.outcomes as
    select prediction_id, customer_id, predicted_at + interval '20 days' as observed_at,
      abs(hashtextextended(prediction_id, 4)) % 1000 < score * 600 as label,
      abs(hashtextextended(prediction_id, 4)) % 1000 < score * 600 as churned
    from crm.predictions;
    create index on crm.outcomes (prediction_id);
    create index on crm.outcomes (observed_at);
    create table crm.campaign_members as
    select 'm' || i as customer_id,
      case when i < 12000 then 'retention-spring' else 'price-test' end as campaign,
      case when i % 5 = 0 then 'control' else 'treatment' end as arm,
      timestamptz '2026-02-01' + (i % 400) * interval '1 hour' as assigned_at,
      case when i % 2 = 0 then 'high' else 'low' end as tier,
      (array['north', 'south'])[1 + i % 2] as region,
      (array['shop', 'web'])[1 + i / 2 % 2] as channel,
      case when i % 2 = 0 then 0.7 else 0.1 end + (i % 7) / 100.0 as score,
      600.0 as lifetime_value
    from generate_series(0, 12399) i;
    insert into crm.outcomes
    select 'x' || customer_id, customer_id, assigned_at + interval '10 days', true, true
    from crm.campaign_members
    where abs(hashtextextended(customer_id, 5)) % 100 <
      case when tier = 'high' and arm = 'control' then 40 when tier = 'high' then 20
        when arm = 'control' then 3 else 7 end;
    create table crm.contacts as
    select customer_id, assigned_at + interval '1 day' as reached_at from crm.campaign_members
    where arm = 'treatment' and abs(hashtextextended(customer_id, 6)) % 10 < 8;
    create table crm.invoices as
    select customer_id, assigned_at + interval '15 days' as paid_at,
      (abs(hashtextextended(customer_id, 7)) % 100)::float8 as amount from crm.campaign_members;
    create table crm.complaints as
    select customer_id, assigned_at + interval '5 days' as at from crm.campaign_members
    where abs(hashtextextended(customer_id, 8)) % 100 < 1;
    create table crm.offers as
    select customer_id, 5.0::float8 as cost from crm.campaign_members where arm = 'treatment';
    create table crm.candidates as
    select 'k' || i as customer_id, (array['high', 'middle', 'low'])[1 + i % 3] as risk_tier,
      timestamptz '2026-02-01' + (i % 1000) * interval '1 hour' as eligible_at
    from generate_series(0, 5999) i;
    create table shop.customers as
    select i as id, (array['No E-Mail', 'Mens E-Mail', 'Womens E-Mail'])[1 + i % 3] as segment,
      timestamptz '2026-01-10' as mailed_at, (i % 500)::float8 as history,
      (array['Phone', 'Web'])[1 + i % 2] as channel, (i % 7 = 0)::int as visit,
      (i % 50 = 0)::int as conversion, case when i % 50 = 0 then 30.0 else 0 end as spend
    from generate_series(0, 8999) i;
    """
}
