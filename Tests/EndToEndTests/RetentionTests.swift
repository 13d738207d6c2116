// SPDX-License-Identifier: Apache-2.0
import Foundation
import Service
import Postgres
import Profiles
import Reports
import Settings
import TestKit
import Testing

/// What is kept has an end, and what is still kept says the same as before.
@Suite(.enabled(if: ScratchDatabase.isAvailable, "\(ScratchDatabase.reason)"))
struct RetentionTests {
  private static let yaml =
    Harness.standard.replacingOccurrences(of: "to: 2026-02-01", with: "to: 2026-01-11")
    + "\n    segments: [plan]\n    revisit: 2d"
  private static let short = yaml + "\n    retention: { profiles: 74d, findings: 10d }"

  @Test func `old profiles go, the reference stays, and no figure changes`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      _ = try await harness.check(Self.yaml, asOf: "2026-03-31")
      let before = try await harness.report(Self.yaml).figures
      _ = try await harness.check(Self.short, asOf: "2026-03-31")
      for table in ["bucket", "feature_bucket", "label_bucket"] {
        let months = try await harness.texts(
          """
          select to_char(bucket_from, 'YYYY-MM') || ' ' || count(distinct bucket_from)
          from plumbline.\(table) group by to_char(bucket_from, 'YYYY-MM') order by 1
          """
        )
        // The reference is ten days of January; kept are 74 days before 31 March.
        #expect(months == ["2026-01 26", "2026-02 28", "2026-03 30"], "\(table)")
      }
      let arrivals = try await harness.numbers(
        "select count(*) from plumbline.arrival where arrival_from < '2026-01-16'"
      )
      #expect(arrivals == [0])
      let after = try await harness.report(Self.short).figures
      #expect(!after.isEmpty)
      #expect(after == before.filter { !$0.contains("2026-01-01") })
      // March is whole on 1 April; its verdicts are those of a database that forgets nothing.
      _ = try await harness.check(Self.short, asOf: "2026-04-02")
      let march = try await harness.report(Self.short).figures
      try await harness.forget()
      _ = try await harness.check(Self.yaml, asOf: "2026-04-02")
      let all = try await harness.report(Self.yaml).figures
      #expect(march.contains { $0.contains("2026-03-01") })
      #expect(march == all.filter { !$0.contains("2026-01-01") })
      #expect(before.contains { $0.contains("2026-01-01") })
    }
  }

  @Test func `a full sweep leaves what is no longer kept alone`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      _ = try await harness.check(Self.short, asOf: "2026-04-02")
      let before = try await harness.bucketDigests()
      try await harness.sql(
        "delete from outcomes where observed_at < '2026-01-20'"
      )
      try await harness.sql("delete from predictions where predicted_at < '2026-01-17'")
      let model = try harness.model(Self.short)
      let asOf = try #require(Instant("2026-04-02"))
      let models = try await harness.checks().check(
        model,
        asOf: asOf,
        now: asOf,
        .init(isFullSweep: true)
      )
      #expect(models.issues()["changed_rows"] == nil)
      #expect(before.filter { $0.key.contains("2026-01") }.count == 50)
      #expect(try await harness.bucketDigests() == before)
    }
  }

  @Test func `a log that ended long ago is kept`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      _ = try await harness.check(Self.yaml, asOf: "2036-01-01")
      let months = try await harness.report(Self.yaml).first?.windows.count
      // Months without rows are reported on, too.
      #expect(try #require(months) > 100)
    }
  }

  @Test func `old findings, replaced revisions and replaced bins go`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      _ = try await harness.check(Self.short, asOf: "2026-03-15")
      try await harness.sql("update predictions set amount = 1 where predicted_at >= '2026-03-13'")
      _ = try await harness.check(Self.short, asOf: "2026-03-16")
      let revised = try await harness.numbers(
        "select count(distinct bucket_from) from plumbline.feature_bucket where revision = 1"
      )
      #expect(revised == [1])
      // As if all of it had been a month ago.
      try await harness.sql(
        "update plumbline.bucket set profiled_at = '2026-03-16' where revision > 0"
      )
      _ = try await harness.check(Self.short, asOf: "2026-03-25")
      let kept = "select distinct revision from plumbline.feature_bucket order by 1"
      #expect(try await harness.numbers(kept) == [0, 1])
      _ = try await harness.check(Self.short, asOf: "2026-03-27")
      let moments = try await harness.texts(
        "select to_char(as_of, 'MM-DD') from plumbline.check_run order by as_of"
      )
      #expect(moments == ["03-25", "03-27"])
      let superseded = try await harness.numbers(
        """
        select count(*) from plumbline.feature_bucket f join plumbline.bucket b
        using (binning_id, bucket_from) where f.revision < b.revision
        """
      )
      #expect(superseded == [0])
      // Another horizon makes new bins; the old ones go a month later, and wholly when no check is
      // left that names them.
      let other = Self.short.replacingOccurrences(of: "horizon: 10d", with: "horizon: 9d")
      _ = try await harness.check(other, asOf: "2026-03-28")
      #expect(try await harness.numbers("select count(*) from plumbline.binning") == [2])
      try await harness.sql(
        "update plumbline.binning set created_at = '2026-01-01'::timestamptz + number * interval '1h'"
      )
      _ = try await harness.check(other, asOf: "2026-03-29")
      let binnings = "select distinct binning_id from plumbline.feature_bucket"
      #expect(try await harness.numbers(binnings) == [2])
      #expect(try await harness.numbers("select count(*) from plumbline.binning") == [2])
      _ = try await harness.check(other, asOf: "2026-04-20")
      #expect(try await harness.numbers("select count(*) from plumbline.binning") == [1])
    }
  }

  @Test func `findings of a replay are kept from when it ran`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      let model = try harness.model(Self.short)
      let range = try span("2026-03-02", "2026-03-09")
      let plan = try #require(ReplayPlan(range, every: "7d", model.grid.calendar))
      let now = try #require(Instant("2026-04-10"))
      try await harness.replays().replay(model, plan, isDry: false, now: now) { _ in }
      _ = try await harness.check(Self.short, asOf: "2026-04-10")
      let count = "select count(*) from plumbline.check_run where replay_id is not null"
      #expect(try await harness.numbers(count) == [2])
      try await harness.sql(
        "update plumbline.check_run set finished_at = '2026-03-09' where replay_id is not null"
      )
      try await harness.sql("update plumbline.replay set finished_at = '2026-03-09'")
      _ = try await harness.check(Self.short, asOf: "2026-04-10")
      #expect(try await harness.numbers(count) == [0])
      #expect(try await harness.numbers("select count(*) from plumbline.replay") == [0])
    }
  }

  @Test func `another decision or other outcomes are counted from the start`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      let changes = [
        "horizon: 10d": "horizon: 3d",
        "windows: [1mo]": "windows: [1mo]\n    decision: { top: 10% }",
      ]
      for (old, new) in changes {
        let other = Self.yaml.replacingOccurrences(of: old, with: new)
        _ = try await harness.check(Self.yaml, asOf: "2026-03-31")
        _ = try await harness.check(other, asOf: "2026-04-02")
        let figures = try await harness.report(other).figures
        try await harness.forget()
        _ = try await harness.check(other, asOf: "2026-04-02")
        #expect(figures == (try await harness.report(other).figures))
        try await harness.forget()
      }
    }
  }

  @Test(arguments: ["0s", "30h"])
  func `a report as of a moment tells what a check told then`(lateness: String) async throws {
    let yaml =
      Self.yaml.replacingOccurrences(of: "windows: [1mo]", with: "windows: [7d]")
      + "\n    lateness: \(lateness)"
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      _ = try await harness.check(yaml, asOf: "2026-03-08")
      let then = try await harness.report(yaml).figures
      try await harness.forget()
      _ = try await harness.check(yaml, asOf: "2026-04-02")
      let moment = try #require(Instant("2026-03-08"))
      let told = try await harness.reports().report(
        try harness.model(yaml),
        ReportService.Question(knownAt: moment)
      )
      #expect(told.asOf == moment)
      #expect(told.models.figures == then)
      #expect(then != (try await harness.report(yaml).figures))
      // Nothing is said in other bins, or from half a reference.
      let early = try #require(Instant("2026-01-08"))
      for (yaml, moment) in [(yaml, early), (yaml + "\n    identifiers: [calls]", moment)] {
        await #expect(throws: ReportService.NotReportable.self) {
          _ = try await harness.reports().report(
            try harness.model(yaml),
            ReportService.Question(knownAt: moment)
          )
        }
      }
    }
  }
}
