// SPDX-License-Identifier: Apache-2.0
import Checks
import Evaluation
import Postgres
import Profiles
import Reports
import Service
import Statistics
import TestKit
import Testing

/// Why windows differ, against counts by the server.
@Suite(.enabled(if: ScratchDatabase.isAvailable, "\(ScratchDatabase.reason)"))
struct CauseTests {
  private static let yaml = Harness.standard.replacing(
    "horizon: 10d }",
    with: "horizon: 10d, follow_up: 7d }\n    decision: { threshold: 0.5 }\n    segments: [plan]"
  )

  /// Recall, wrong decisions and effects of each window, as text.
  private func told(_ models: [ModelReport]) -> [String] {
    models.flatMap(\.windows).map { window in
      let causes = window.causes
      let effects = (causes?.causes ?? []).map { cause in
        let parts: [Double] = [
          cause.recall.distribution.value, cause.recall.behaviour?.value ?? -9,
          cause.loss.distribution.value, cause.loss.behaviour?.value ?? -9,
        ]
        return "\(cause.subject) \(parts.map { $0.formatted(digits: 9) })"
      }
      let figures = [causes?.recall, causes?.loss].map { $0?.formatted(digits: 9) ?? "-" }
      return "\(window.range.from) \(figures) \(effects.sorted())"
    }
  }

  private func confusionCounts(_ harness: Harness, _ column: String, _ from: String, _ to: String)
    async throws -> (all: GroupConfusionCounts, recall: Double)
  {
    let rows = try await harness.connection.query(
      """
      select count(*) as rows, count(*) filter (where known and flagged) as caught,
        count(*) filter (where known and not flagged) as missed,
        count(*) filter (where not known and flagged) as false_alarms
      from (
        select p.*, p.score >= 0.5 as flagged,
          coalesce(o.label and o.observed_at < p.predicted_at + interval '7 days', false) as known
        from predictions p left join (select distinct on (prediction_id) * from outcomes order by prediction_id, observed_at) o using (prediction_id)
        where p.predicted_at >= '\(from)' and p.predicted_at < '\(to)'
      ) p
      group by \(column) order by \(column)
      """,
      name: "truth"
    )
    let all = GroupConfusionCounts(
      rows: try rows.column("rows"),
      truePositives: try rows.column("caught"),
      falseNegatives: try rows.column("missed"),
      falsePositives: try rows.column("false_alarms")
    )
    let truePositives = Double(all.truePositives.reduce(0, +))
    return (all, truePositives / (truePositives + Double(all.falseNegatives.reduce(0, +))))
  }

  @Test(.timeLimit(.minutes(5)))
  func `effects are those of the server's own counts`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      // Some labels are late, some come twice.
      try await harness.sql(
        """
        update outcomes set observed_at = observed_at + interval '4 days'
          where hashtext(prediction_id) % 5 = 0;
        insert into outcomes select prediction_id, observed_at + interval '1 hour', label from outcomes
          where hashtext(prediction_id) % 7 = 0;
        """
      )
      _ = try await harness.check(Self.yaml, asOf: "2026-04-20")
      let models = try await harness.report(Self.yaml)
      let march = try #require(try models.window("2026-03-01").causes)
      for subject in ["calls", "plan", "active"] {
        let reference = try await confusionCounts(harness, subject, "2026-01-01", "2026-02-01")
        let window = try await confusionCounts(harness, subject, "2026-03-01", "2026-04-01")
        let expected = try #require(
          ShiftEffects(reference: reference.all, window: window.all.rows, outcomes: window.all)
        )
        let found = try #require(march.causes.first { $0.subject == subject })
        #expect(found.isSegment == (subject == "plan"))
        #expect(abs(march.referenceRecall - reference.recall) < 1e-12)
        #expect(abs(try #require(march.recall) - window.recall) < 1e-12)
        for (mine, theirs) in [(found.recall, expected.recall), (found.loss, expected.loss)] {
          #expect(abs(mine.distribution.value - theirs.distribution.value) < 1e-12)
          #expect(
            abs((mine.behaviour?.value ?? 9) - (theirs.behaviour?.value ?? 0)) < 1e-12
          )
        }
      }
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `bucket by bucket, after corrections, and all at once say the same`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      for moment in ["2026-02-15", "2026-02-16", "2026-03-05"] {
        _ = try await harness.check(Self.yaml, asOf: moment)
      }
      // A label that turns out other, and rows that change.
      try await harness.sql(
        """
        insert into outcomes select prediction_id, '2026-03-06', true from predictions
          where predicted_at between '2026-02-25' and '2026-02-27';
        update predictions set plan = 'b', calls = 3
          where predicted_at between '2026-02-20' and '2026-02-22';
        """
      )
      _ = try await harness.check(Self.yaml, asOf: "2026-03-12")
      let slowly = told(try await harness.report(Self.yaml))
      try await harness.forget()
      _ = try await harness.check(Self.yaml, asOf: "2026-03-12")
      let atOnce = told(try await harness.report(Self.yaml))
      #expect(slowly == atOnce)
      #expect(atOnce.contains { $0.contains("calls") && !$0.contains("-9") })
      // As of a moment that has passed, from the tables.
      let before = try #require(Instant("2026-02-28"))
      let past = try await harness.reports().report(
        try harness.model(Self.yaml),
        ReportService.Question(knownAt: before)
      )
      #expect(!told(past.models).isEmpty)
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `other keys, jsonb and constant versions are counted alike`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      try await harness.sql(
        """
        alter table predictions add extra jsonb;
        update predictions set extra = jsonb_build_object('calls', calls, 'plan', plan);
        alter table outcomes add customer_id text;
        update outcomes o set customer_id = p.customer_id from predictions p
          where p.prediction_id = o.prediction_id;
        """
      )
      let variants = [
        Self.yaml.replacing("version: model_version", with: "version: \"'v1'\""),
        Self.yaml.replacing(
          "horizon: 10d, follow_up",
          with: "absent: unknown, horizon: 10d, follow_up"
        ),
        Self.yaml.replacing("    segments:", with: "    features: { json: extra }\n    segments:"),
        Self.yaml.replacing("prediction: prediction_id, ", with: "entity: customer_id, "),
        Self.yaml.replacing("threshold: 0.5", with: "top: 30%"),
      ]
      for yaml in variants {
        try await harness.forget()
        _ = try await harness.check(yaml, asOf: "2026-04-20")
        let models = try await harness.report(yaml)
        let march = try #require(try models.window("2026-03-01").causes, "\(yaml)")
        #expect(
          march.causes.contains { $0.subject == "calls" && $0.recall.behaviour?.value != nil }
        )
        #expect(try #require(march.recall) > 0.3)
      }
    }
  }
}
