// SPDX-License-Identifier: Apache-2.0
import Foundation
import Postgres

/// A campaign of millions of customers, analysed, beside counting the same join.
struct CampaignBench {
  let dsn: String
  let rows: Int
  let program: String

  private static let configuration = """
    models:
      - name: unused
        predictions: { table: bench_members, id: customer_id, time: assigned_at, score: score }
        reference: { from: 2026-01-01, to: 2026-02-01 }
    experiments:
      - name: bench
        assignments: { table: bench_members, unit: customer_id, arm: arm, time: assigned_at, control: control }
        split: { control: 20%, offer: 80% }
        tiers: tier
        covariate: score
        metrics:
          - { name: churn, table: bench_events, unit: customer_id, time: happened_at, event: churned, horizon: 60d, better: lower }
        currency: EUR
        value: 300
        cost: { contact: 1 }
    """

  func run(_ report: inout BenchReport) async throws {
    let connection = try await Connection.open(dsn)
    let large = rows * 5 / 3
    let small = try await measure(large / 10, connection, isUnique: false)
    let whole = try await measure(large, connection, isUnique: false)
    let unique = try await measure(large, connection, isUnique: true)
    report.add(
      "a campaign analysed, \(large) customers",
      whole.seconds,
      unit: "s",
      note: "sums by arm and tier, days of entry, survival"
    )
    report.add("the same to count(*) of its join", whole.seconds / whole.counted, unit: "×")
    report.add(
      "the same where the table holds each customer once, by a unique index",
      unique.seconds / unique.counted,
      unit: "×"
    )
    report.add("peak memory, \(large / 10) customers", small.memory, unit: "MB")
    report.add("peak memory, \(large) customers", whole.memory, unit: "MB", limit: 100)
  }

  private func measure(
    _ customers: Int,
    _ connection: Connection,
    isUnique: Bool
  ) async throws -> (seconds: Double, counted: Double, memory: Double) {
    try await connection.executeScript(
      """
      create table bench_members as
      select i as customer_id, case when i % 5 = 0 then 'control' else 'offer' end as arm,
        (array['high', 'middle', 'low'])[1 + i % 3] as tier,
        timestamptz '2026-01-01' + (i % 30) * interval '1 day' as assigned_at, (i % 1000) / 1000.0::float8 as score
      from generate_series(1, \(customers)) i;
      create table bench_events as
      select customer_id, assigned_at + (customer_id % 59 + 1) * interval '1 day' as happened_at, true as churned
      from bench_members where hashint8(customer_id) % 10 = 0;
      \(isUnique ? "create unique index on bench_members (customer_id);" : "")
      analyze bench_members;
      analyze bench_events;
      """,
      name: "bench"
    )
    var (analysed, counted): ([Double], [Double]) = ([], [])
    for _ in 0..<3 {
      counted.append(
        try await seconds {
          _ = try await connection.query(
            """
            select count(*), count(e.customer_id) from bench_members m
            left join bench_events e on e.customer_id = m.customer_id and e.happened_at > m.assigned_at
              and e.happened_at <= m.assigned_at + interval '60 days'
            """,
            name: "bench_count"
          )
        }
      )
      analysed.append(try await seconds { _ = try await memory() })
    }
    let peak = try await memory()
    try await connection.executeScript("drop table bench_members, bench_events", name: "bench")
    return (analysed.median, counted.median, peak)
  }

  private func memory() async throws -> Double {
    try await PeakMemory.of(
      program,
      ["experiment", "analyze", "bench", "--no-log", "--live"],
      files: ["plumbline.yaml": Self.configuration]
    )
  }
}
