// SPDX-License-Identifier: Apache-2.0
import Checks
import Evaluation
import Profiles
import Reports
import Service
import Settings
import Store
import TestKit
import Testing

/// What windows are compared with: references that move, seasons, weekdays, versions that are new.
@Suite(.enabled(if: ScratchDatabase.isAvailable, "\(ScratchDatabase.reason)"))
struct ReferenceTests {
  private static func yaml(_ reference: String, windows: String = "[7d]") -> String {
    Harness.standard
      .replacing("reference: { from: 2026-01-01, to: 2026-02-01 }", with: "reference: \(reference)")
      .replacing("windows: [1mo]", with: "windows: \(windows)")
  }

  private func newest(_ models: [ModelReport], _ kind: String = "7d") throws -> WindowEvaluation {
    let windows = models.flatMap(\.windows).filter { $0.kind.description == kind }
    return try #require(windows.max { $0.range.to < $1.range.to })
  }

  @Test(.timeLimit(.minutes(5)))
  func `a trailing reference is the days before each window`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      // The mix of plans moves a little every week.
      try await harness.sql(
        """
        update predictions set plan = case when hashtext(prediction_id || 'x') % 100 <
            extract(day from predicted_at - '2026-01-01')::int then 'a' else 'c' end
        """
      )
      let trailing = Self.yaml("{ trailing: 28d }")
      _ = try await harness.check(trailing, asOf: "2026-03-20")
      let window = try newest(try await harness.report(trailing))
      #expect(window.range.from.description.hasPrefix("2026-03-13"))
      #expect(window.reference.map { String($0.description.prefix(10)) } == ["2026-02-13"])
      let moved = try ["plan", "active"].map { try window.value(.psi, $0) }
      let volume = try #require(window.finding(.volume, "score")?.reading.reference)
      // The figures are those of the same days stated; cells of levels are alike.
      try await harness.forget()
      let pinned = Self.yaml("{ from: 2026-02-13, to: 2026-03-13 }")
      _ = try await harness.check(pinned, asOf: "2026-03-20")
      let stated = try newest(try await harness.report(pinned))
      let still = try ["plan", "active"].map { try stated.value(.psi, $0) }
      #expect(zip(moved, still).allSatisfy { abs($0 - $1) < 1e-12 }, "\(moved) \(still)")
      #expect(stated.finding(.volume, "score")?.reading.reference == volume)
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `a trailing reference begins with the log, and its cells stay`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      let yaml = Self.yaml("{ trailing: 28d }")
      let early = try await harness.check(yaml, asOf: "2026-01-20")
      #expect(early.issues()["no_reference"] != nil)
      _ = try await harness.check(yaml, asOf: "2026-02-10")
      let state = try await harness.references.state(try harness.model(yaml))
      let base = try #require(state.stored?.base)
      #expect(base.description == "2026-01-01T00:00:00Z to 2026-01-29T00:00:00Z")
      // Rows before the first do not make new cells.
      try await harness.sql(
        "update predictions set predicted_at = '2025-12-30' where prediction_id = 'p9'"
      )
      _ = try await harness.check(yaml, asOf: "2026-02-20")
      let later = try await harness.references.state(try harness.model(yaml))
      #expect(later.stored?.number == state.stored?.number)
      // The first windows have only the base to be compared with.
      let first = try #require(try await harness.report(yaml).first?.windows.first)
      #expect(first.reference == [base])
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `a season is compared with the same season of last year`() async throws {
    try await Harness.with { harness in
      try await harness.sql(
        """
        create table predictions as
        select 'p' || i as prediction_id, 'c' || i % 900 as customer_id, 'v1' as model_version,
          '2025-01-01'::timestamptz + i * interval '1 hour' as predicted_at,
          (((i * 7919) % 1000) + 0.5) / 1000.0::float8 as score,
          case when hashtext('x' || i) % 100 < 40 * cos(i * pi() / 4383) then 'home' else 'away' end as plan
        from generate_series(0, 24 * 425) i;
        create table outcomes as
        select prediction_id, predicted_at + interval '5 days' as observed_at, false as label
        from predictions limit 0;
        """
      )
      func psi(_ reference: String) async throws -> (month: Double, week: Double, WindowEvaluation)
      {
        let yaml = Self.yaml(reference, windows: "[1mo, 28d]")
        try await harness.forget()
        _ = try await harness.check(yaml, asOf: "2026-03-01")
        let models = try await harness.report(yaml)
        let month = try newest(models, "1mo")
        return (
          try month.value(.psi, "plan"), try newest(models, "28d").value(.psi, "plan"), month
        )
      }
      let seasonal = try await psi("same_period_last_year")
      let pinned = try await psi("{ from: 2025-06-01, to: 2025-08-01 }")
      #expect(seasonal.month < 0.03 && seasonal.week < 0.03, "\(seasonal)")
      #expect(pinned.month > 0.2 && pinned.week > 0.2)
      #expect(seasonal.2.reference.map { $0.description.prefix(10) } == ["2025-02-01"])
      let yaml = Self.yaml("same_period_last_year", windows: "[1mo, 28d]")
      _ = try await harness.forget()
      _ = try await harness.check(yaml, asOf: "2026-03-01")
      // In the first year there is nothing to compare with, and that is said.
      let first = try #require(try await harness.report(yaml).first?.windows.first)
      #expect(first.verdict(.psi, "plan") == .noReference)
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `windows of less than a week are compared with the same weekdays`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      try await harness.sql(
        """
        update predictions set plan = case
          when extract(isodow from predicted_at at time zone 'UTC') >= 6 then 'b' else 'a' end
        """
      )
      let yaml = Self.yaml("{ from: 2026-01-01, to: 2026-02-26 }", windows: "[1d, 2d, 7d]")
      _ = try await harness.check(yaml, asOf: "2026-03-30")
      let models = try await harness.report(yaml)
      let windows = models.flatMap(\.windows)
      #expect(windows.count > 200)
      for window in windows {
        #expect(try window.value(.psi, "plan") < 0.05, "\(window.kind) \(window.range)")
      }
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `a new version is compared with its own first weeks when they are over`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      // It scores otherwise, and finds churners worse from April on.
      try await harness.sql(
        """
        update predictions set model_version = 'v2', score = 1 - (1 - score) * 0.9
          where predicted_at >= '2026-02-20';
        """
      )
      let yaml = Self.yaml("{ from: 2026-01-01, to: 2026-02-01 }")
      let early = try newest(
        try await harness.check(yaml, asOf: "2026-03-10").filter { $0.version == "v2" }
      )
      #expect(early.verdict(.scorePSI) == .noReference)
      #expect(early.finding(.psi, "amount")?.reading.value != nil)
      let reports = try await harness.check(yaml, asOf: "2026-03-22")
      let second = try #require(reports.first { $0.version == "v2" })
      #expect(second.reference?.kind == .firstWeeks)
      #expect(
        second.reference?.ranges.map(\.description) == [
          "2026-02-20T00:00:00Z to 2026-03-20T00:00:00Z"
        ]
      )
      #expect(reports.first { $0.version == "v1" }?.reference?.kind ?? .pinned == .pinned)
      let late = try newest([second])
      #expect(late.finding(.scorePSI, "score")?.reading.value != nil)
      // Its labels are not all known yet.
      #expect(late.finding(.recall, "score")?.reading.reference == nil)
      let mature = try await harness.check(yaml, asOf: "2026-03-31")
      let known = try #require(mature.first { $0.version == "v2" }).windows
      #expect(known.contains { $0.finding(.recall, "score")?.reading.reference != nil })
      // What it is compared with is not dropped when its time is over.
      let held = try await harness.report(yaml)
      #expect(held.first { $0.version == "v2" }?.reference?.kind == .firstWeeks)
    }
  }
}

extension ReferenceTests {
  private static let training =
    Harness.standard.replacing(
      "reference: { from: 2026-01-01, to: 2026-02-01 }",
      with: "segments: [plan]\n    reference: { training_table: training, where: \"is_used\" }"
    )

  /// Rows that the model was trained on: amounts are half of what they are in the log, and one
  /// column is gone.
  private func makeTraining(_ harness: Harness) async throws {
    try await harness.makeStandardTables()
    try await harness.sql(
      """
      create table training as
      select (amount / 2)::float4 as amount, calls::float8 as calls, plan, active, since, i % 10 <> 0 as is_used,
        case when i % 2 = 0 then 'v1' else 'v2' end as made_for
      from (select *, row_number() over () as i from predictions) as p;
      """
    )
  }

  @Test(.timeLimit(.minutes(5)))
  func `features are compared with training rows, scores and performance with the first weeks`()
    async throws
  {
    try await Harness.with { harness in
      try await makeTraining(harness)
      let models = try await harness.check(Self.training, asOf: "2026-04-15")
      let report = try #require(models.first)
      #expect(report.reference?.kind == .training(table: "training"))
      #expect(report.issues.contains { $0.kind == .notInTraining && $0.subject == "bill" })
      #expect(!report.features.contains { $0.name == "bill" })
      let march = try models.window("2026-03-01")
      let amount = try #require(march.finding(.psi, "amount"))
      #expect(amount.verdict == .drift)
      #expect(amount.reading.sample.reference == 3240)
      let calls = try #require(march.finding(.psi, "calls"))
      #expect(calls.verdict == .ok)
      #expect(calls.reading.sample.reference == 3240)
      // Of segments too.
      let segment = march.findings.first {
        $0.reading.check == .psi && $0.reading.subject == "amount" && $0.reading.segment == "plan=a"
      }
      #expect(segment?.reading.sample.reference == 1080)
      // The first 28 days of the log.
      #expect(march.finding(.scorePSI, "score")?.reading.sample.reference == 28 * 40)
      #expect(march.finding(.recall, "score")?.reading.reference != nil)
      #expect(march.verdict(.volume) == .ok)
      // A report and a replay compare with the same.
      let stored = try await harness.report(Self.training).window("2026-03-01")
      #expect(stored.finding(.psi, "amount")?.reading.value == amount.reading.value)
      // What is stored serves; the table is not read again.
      try await harness.sql("update training set amount = 1")
      let again = try await harness.check(Self.training, asOf: "2026-04-16")
      #expect(
        try again.window("2026-03-01").finding(.psi, "amount")?.reading.value
          == amount.reading.value
      )
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `a version has its own training rows, and one that comes later too`() async throws {
    try await Harness.with { harness in
      try await makeTraining(harness)
      try await harness.sql(
        """
        update training set amount = amount * 2 where made_for = 'v2';
        update predictions set model_version = 'v2' where predicted_at >= '2026-03-01';
        """
      )
      let yaml = Self.training.replacing("where:", with: "version: made_for, where:")
      let before = try await harness.check(yaml, asOf: "2026-03-01")
      #expect(try before.window("2026-02-01").verdict(.psi, "amount") == .drift)
      let after = try await harness.check(yaml, asOf: "2026-04-15")
      let march = try after.window("2026-03-01", version: "v2")
      #expect(march.verdict(.psi, "amount") == .ok)
      #expect(march.finding(.psi, "amount")?.reading.sample.reference == 1800)
    }
  }

  @Test func `a training table without a segment's column is a fault`() async throws {
    try await Harness.with { harness in
      try await makeTraining(harness)
      try await harness.sql("alter table training drop column plan")
      do {
        _ = try await harness.check(Self.training, asOf: "2026-04-15")
        Issue.record("no fault")
      } catch let error as ConfigErrors {
        #expect(error.errors.map(\.description).joined().contains("has no column 'plan'"))
      }
    }
  }
}
