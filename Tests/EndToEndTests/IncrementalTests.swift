// SPDX-License-Identifier: Apache-2.0
import Foundation
import Service
import Postgres
import Profiles
import Reports
import Statistics
import TestKit
import Testing

/// New rows cost what they are, and what changed afterwards is found: after any history of checks
/// and changes the figures are those of a fresh database.
@Suite(.enabled(if: ScratchDatabase.isAvailable, "\(ScratchDatabase.reason)"))
struct IncrementalTests {
  private static let yaml = Harness.standard + "\n    segments: [plan]"

  /// The figures once the detectors, which never look at a label twice, have looked at the counts
  /// as they are now.
  private func looked(_ harness: Harness, _ yaml: String, asOf: String) async throws -> [String] {
    try await harness.sql("delete from plumbline.detector")
    _ = try await harness.check(yaml, asOf: asOf)
    return try await harness.report(yaml).figures
  }

  /// The figures as a database gives them that has never seen anything else.
  private func fresh(_ harness: Harness, _ yaml: String, asOf: String) async throws -> [String] {
    try await harness.forget()
    _ = try await harness.check(yaml, asOf: asOf)
    return try await harness.report(yaml).figures
  }

  @Test func `a second check reads no row of a closed bucket`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      _ = try await harness.check(Self.yaml, asOf: "2026-03-01")
      _ = try await harness.check(Self.yaml, asOf: "2026-03-02")
      _ = try await harness.check(Self.yaml, asOf: "2026-03-02")
      let rows = try await harness.numbers(
        "select rows_read from plumbline.check_run order by check_run_id"
      )
      // The reference and 59 days; one day; nothing.
      #expect(rows == [1240 + 2360, 40, 0])
    }
  }

  @Test func `late, changed and removed rows and labels change exactly the buckets concerned`()
    async throws
  {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      _ = try await harness.check(Self.yaml, asOf: "2026-03-28")
      _ = try await harness.check(Self.yaml, asOf: "2026-03-29")
      let before = try await harness.bucketDigests()
      try await harness.sql(
        """
        -- Ten rows come late.
        insert into predictions
        select 'late' || i, 'c' || i, 'v1', '2026-03-10 03:00', 0.9, 5000, 3, 'a', true,
          '2020-01-01', 10 from generate_series(1, 10) i;
        -- A label is corrected by a later row.
        insert into outcomes
        select prediction_id, '2026-03-28 12:00', not label from outcomes
        where prediction_id = (select prediction_id from predictions
          where predicted_at >= '2026-03-20' order by predicted_at limit 1);
        -- A label is edited in place.
        update outcomes set label = not label where prediction_id = (
          select prediction_id from predictions where predicted_at >= '2026-03-12'
          order by predicted_at limit 1);
        -- A row and its outcome are removed.
        with gone as (
          delete from predictions where prediction_id = (
            select prediction_id from predictions where predicted_at >= '2026-03-14'
            order by predicted_at limit 1) returning prediction_id)
        delete from outcomes where prediction_id in (select prediction_id from gone);
        """
      )
      let models = try await harness.check(Self.yaml, asOf: "2026-03-29")
      let faults = models.issues()
      #expect(faults["late_rows"] == 10)
      #expect(faults["changed_rows"] == 1)
      #expect(faults["changed_outcomes"] == 0)
      let after = try await harness.bucketDigests()
      let changed = after.filter { before[$0.key] != $0.value }.keys.sorted()
      #expect(
        changed == [
          "features 2026-03-10", "features 2026-03-14", "labels 2026-03-10", "labels 2026-03-12",
          "labels 2026-03-14", "labels 2026-03-20",
        ]
      )
      let revisions = try await harness.texts(
        """
        select to_char(bucket_from, 'MM-DD') || ' ' || cause || ' ' || coalesce(rows_before, 0)
          || ' ' || coalesce(rows_after, 0) from plumbline.revision order by bucket_from, cause
        """
      )
      #expect(revisions.contains("03-10 rows 40 50"))
      #expect(revisions.contains("03-14 rows 40 39"))
      #expect(revisions.contains("03-12 labels 0 0"))
      let figures = try await looked(harness, Self.yaml, asOf: "2026-03-29")
      #expect(figures == (try await fresh(harness, Self.yaml, asOf: "2026-03-29")))
    }
  }

  @Test func `a label that is corrected changes counts, and not what a detector concluded`()
    async throws
  {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      func state() async throws -> [String] {
        try await harness.texts("select advanced_until || ' ' || state from plumbline.detector")
      }
      func positives() async throws -> [Int] {
        try await harness.numbers("select sum(positives)::bigint from plumbline.label_bucket")
      }
      _ = try await harness.check(Self.yaml, asOf: "2026-03-20")
      let (before, counted) = (try await state(), try await positives())
      #expect(before.count == 1)
      try await harness.sql(
        "update outcomes set label = not label where observed_at between '2026-03-01' and '2026-03-15'"
      )
      _ = try await harness.check(Self.yaml, asOf: "2026-03-20")
      #expect(try await positives() != counted)
      #expect(try await state() == before)
      // What is new is looked at, once.
      _ = try await harness.check(Self.yaml, asOf: "2026-03-21")
      let after = try await state()
      #expect(after.count == 1 && after != before)
      _ = try await harness.check(Self.yaml, asOf: "2026-03-21")
      #expect(try await state() == after)
      // A moment of the past is told from what was known then, and moves nothing.
      _ = try await harness.check(Self.yaml, asOf: "2026-03-10", now: "2026-03-21")
      #expect(try await state() == after)
      let advised = try await harness.numbers("select count(*) from plumbline.advice")
      let checks = try await harness.numbers("select count(*) from plumbline.check_run")
      #expect(advised == checks)
    }
  }

  @Test func `what changed longer ago than 'revisit' is found by a full sweep`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      let yaml = Self.yaml + "\n    revisit: 7d"
      _ = try await harness.check(yaml, asOf: "2026-03-29")
      let before = try await harness.report(yaml).figures
      try await harness.sql(
        """
        update predictions set amount = 990, score = 0.95 where predicted_at < '2026-02-14'
          and predicted_at >= '2026-02-13';
        update outcomes set label = true where observed_at < '2026-02-10'
          and observed_at >= '2026-02-09';
        """
      )
      _ = try await harness.check(yaml, asOf: "2026-03-29")
      let unswept = try await harness.report(yaml).figures
      #expect(unswept == before)
      let model = try harness.model(yaml)
      let asOf = try #require(Instant("2026-03-29"))
      _ = try await harness.checks().check(model, asOf: asOf, now: asOf, .init(isFullSweep: true))
      let told = try await harness.texts(
        "select distinct rows_before || ' ' || rows_after from plumbline.revision where cause = 'rows'"
      )
      #expect(told == ["40 40"])
      let swept = try await looked(harness, yaml, asOf: "2026-03-29")
      #expect(swept != before)
      #expect(swept == (try await fresh(harness, yaml, asOf: "2026-03-29")))
      // Nothing is left to find.
      let revisions = try await harness.numbers("select count(*) from plumbline.revision")
      _ = try await harness.checks().check(model, asOf: asOf, now: asOf, .init(isFullSweep: true))
      #expect(revisions == (try await harness.numbers("select count(*) from plumbline.revision")))
    }
  }

  @Test func `labels edited unseen never make counts impossible`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      let yaml = Self.yaml + "\n    revisit: 1d"
      _ = try await harness.check(yaml, asOf: "2026-03-29")
      _ = try await harness.check(yaml, asOf: "2026-04-01")
      // Labels are edited longer ago than is looked at, then corrected: more yeses are taken back
      // than were counted.
      try await harness.sql(
        """
        update outcomes o set label = true from predictions p
        where p.prediction_id = o.prediction_id and predicted_at between '2026-03-22' and '2026-03-24';
        insert into outcomes
        select prediction_id, predicted_at + interval '9 days', false
        from predictions where predicted_at between '2026-03-22' and '2026-03-24'
        """
      )
      _ = try await harness.check(yaml, asOf: "2026-04-05")
      let march = try await harness.numbers(
        """
        select positives::int from plumbline.label_bucket
        where bucket_from = '2026-03-23' and segment = ''
        """
      )
      #expect(march == [0])
    }
  }

  @Test func `findings keep the counts that they were based on`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      _ = try await harness.check(Self.yaml, asOf: "2026-03-29")
      let findings =
        "select md5(string_agg(f::text, '' order by finding_id)) from plumbline.finding f"
      let before = try await harness.texts(findings + " where check_run_id = 1")
      try await harness.sql("update predictions set amount = 1 where predicted_at >= '2026-03-20'")
      _ = try await harness.check(Self.yaml, asOf: "2026-03-30")
      #expect(before == (try await harness.texts(findings + " where check_run_id = 1")))
      let kept = try await harness.numbers(
        """
        select count(*) from plumbline.feature_bucket
        where bucket_from >= '2026-03-20' and bucket_from < '2026-03-29' and segment = ''
        group by revision order by revision
        """
      )
      #expect(kept == [9, 9])
    }
  }

  /// Rows, labels and corrections come in any order, with checks in between; the counts are those
  /// of the final tables.
  @Test(arguments: 1...12)
  func `any interleaving of rows, labels and corrections equals a count from the start`(
    _ seed: UInt64
  ) async throws {
    var random = SplitMix64(seed: seed)
    let modes = [
      "prediction: prediction_id", "entity: customer_id", "prediction: prediction_id",
    ]
    let decisions = ["{ threshold: 0.5 }", "{ top: 10% }", "{ column: active }"]
    let yaml =
      Self.yaml.replacing("prediction: prediction_id", with: modes[Int(seed % 3)])
      .replacing("windows: [1mo]", with: "windows: [7d, 1mo]")
      + "\n    decision: \(decisions[Int(seed / 3 % 3)])\n    lateness: 3h"
      + (seed % 2 == 0 ? "\n    bucket: 6h" : "")
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      try await harness.sql(
        """
        alter table outcomes add customer_id text;
        update outcomes o set customer_id = p.customer_id from predictions p
          where p.prediction_id = o.prediction_id;
        create table all_predictions as select * from predictions where predicted_at >= '2026-02-20';
        create table all_outcomes as select * from outcomes where observed_at >= '2026-02-20';
        delete from predictions where predicted_at >= '2026-02-20';
        delete from outcomes where observed_at >= '2026-02-20';
        """
      )
      var now = try #require(Instant("2026-02-20"))
      for _ in 0..<6 {
        now = Instant(microseconds: now.microseconds + Int64(random.next() % 200) * 1_800_000_000)
        try await harness.sql(Self.changes(&random, until: now))
        _ = try await harness.check(yaml, asOf: now.description)
      }
      let figures = try await looked(harness, yaml, asOf: now.description)
      #expect(figures.count > 400)
      let expected = try await fresh(harness, yaml, asOf: now.description)
      #expect(Set(figures).symmetricDifference(expected).sorted().prefix(6) == [])
    }
  }

  /// Changes of the last days: rows arrive, mostly in time; labels come, are corrected, edited and
  /// removed.
  private static func changes(_ random: inout SplitMix64, until now: Instant) -> String {
    func chance(_ percent: Int) -> String {
      "abs(hashtextextended(prediction_id, \(random.next() % 1_000_000))) % 100 < \(percent)"
    }
    return """
      with moved as (
        delete from all_predictions where predicted_at < '\(now)' and \(chance(90)) returning *)
      insert into predictions select * from moved;
      with moved as (
        delete from all_outcomes where observed_at < '\(now)' and \(chance(80)) returning *)
      insert into outcomes select * from moved;
      insert into outcomes
      select prediction_id, '\(now)'::timestamptz - interval '2 hours', not label, customer_id
      from outcomes where observed_at > '\(now)'::timestamptz - interval '9 days' and \(chance(4));
      insert into outcomes
      select prediction_id, observed_at, not label, customer_id
      from outcomes where observed_at > '\(now)'::timestamptz - interval '9 days' and \(chance(2));
      update outcomes set label = not label
      where observed_at > '\(now)'::timestamptz - interval '20 days' and \(chance(3));
      delete from outcomes
      where observed_at > '\(now)'::timestamptz - interval '20 days' and \(chance(1));
      update predictions set score = 1 - score, plan = 'b'
      where predicted_at > '\(now)'::timestamptz - interval '20 days' and \(chance(1));
      delete from predictions
      where predicted_at > '\(now)'::timestamptz - interval '20 days' and \(chance(1));
      """
  }
}

extension Harness {
  /// Throws away everything that was learned.
  func forget() async throws {
    try await sql(
      """
      truncate plumbline.binning, plumbline.check_run, plumbline.model, plumbline.reference_choice cascade
      """
    )
  }

  func numbers(_ query: String) async throws -> [Int] {
    let rows = try await connection.query(query, name: "test")
    return try rows.values()
  }

  func texts(_ query: String) async throws -> [String] {
    let rows = try await connection.query(query, name: "test")
    return try rows.values()
  }

  /// What each bucket holds now, by kind and day.
  func bucketDigests() async throws -> [String: String] {
    let rows = try await connection.query(
      """
      select 'features ' || to_char(f.bucket_from, 'YYYY-MM-DD') as bucket,
        string_agg(md5(f.model_version || f.segment || f.row_count || f.counts::text), ''
          order by f.model_version, f.segment) as digest
      from plumbline.feature_bucket f join plumbline.bucket b using (binning_id, bucket_from, revision)
      group by f.bucket_from
      union all
      select 'labels ' || to_char(bucket_from, 'YYYY-MM-DD'),
        string_agg(md5(model_version || segment || counts::text || coalesce(recent::text, '')), ''
          order by model_version, segment)
      from plumbline.label_bucket
      group by bucket_from
      """,
      name: "test"
    )
    return Dictionary(
      uniqueKeysWithValues: try rows.map { (try $0.decode("bucket"), try $0.decode("digest")) }
    )
  }
}
