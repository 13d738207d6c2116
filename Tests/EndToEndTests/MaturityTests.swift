// SPDX-License-Identifier: Apache-2.0
import Checks
import Evaluation
import Postgres
import Profiles
import Reports
import Service
import Settings
import TestKit
import Testing

/// Labels that can still change, labels at exactly the horizon, and logs that nothing can be said
/// of.
@Suite(.enabled(if: ScratchDatabase.isAvailable, "\(ScratchDatabase.reason)"))
struct MaturityTests {
  /// A feed that says "no" on day 3 of everyone who is still there, and "yes" when a customer
  /// leaves: half of the leavers after that.
  private func makeStatusFeed(_ harness: Harness) async throws {
    try await harness.makeStandardTables()
    try await harness.sql(
      """
      create temp table truth as
      select prediction_id, predicted_at, label, interval '1 day' * (1 + abs(hashtext(prediction_id)) % 9) as age
      from outcomes join predictions using (prediction_id);
      truncate outcomes;
      insert into outcomes
      select prediction_id, predicted_at + interval '3 days', false from truth where not label or age > interval '3 days'
      union all select prediction_id, predicted_at + age, true from truth where label;
      """
    )
  }

  @Test func `a no before the horizon is not the last word`() async throws {
    try await Harness.with { harness in
      try await makeStatusFeed(harness)
      // Horizon 10 d: all of February is known for certain on 11 March, a part on the 6th.
      let early = try await harness.check(Harness.standard, asOf: "2026-03-06")
      let open = try early.window("2026-02-01")
      #expect(!open.isMature && open.labelled == open.rows)
      #expect(open.finding(.recall, "score")?.verdict == .immature)
      #expect(open.finding(.recall, "score")?.reason.contains("labels are final for") ?? false)
      let late = try await harness.check(Harness.standard, asOf: "2026-03-11")
      #expect(try late.window("2026-02-01").isMature)
      // A feed whose "no" is the last word is judged when all have one.
      let final = Harness.standard.replacing("horizon: 10d", with: "horizon: 10d, final: true")
      try await harness.sql("delete from outcomes where not label")
      try await harness.sql(
        """
        insert into outcomes select prediction_id, predicted_at + interval '3 days', false
        from predictions p where not exists (select from outcomes o where o.prediction_id = p.prediction_id)
        """
      )
      let said = try await harness.check(final, asOf: "2026-03-10")
      #expect(try said.window("2026-02-01").isMature)
      #expect(
        try await !harness.check(Harness.standard, asOf: "2026-03-10").window("2026-02-01").isMature
      )
    }
  }

  /// Jobs write labels whole days after the prediction: 14, 30 and 90 are the usual ones.
  @Test(arguments: [7, 10, 14, 28, 30])
  func `labels of exactly the horizon's age count everywhere`(_ days: Int) async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      try await harness.sql(
        "update outcomes o set observed_at = predicted_at + interval '\(days) days' from predictions p where p.prediction_id = o.prediction_id"
      )
      let yaml = Harness.standard.replacing(
        "horizon: 10d",
        with: "horizon: \(days)d, absent: unknown"
      )
      let models = try await harness.check(yaml, asOf: "2026-05-02")
      let march = try models.window("2026-03-01")
      #expect(march.isMature && march.labelled == march.rows)
      #expect(march.verdict(.recall) == .ok)
      // What is known at the horizon's age is evaluated for decay.
      let decay = try #require(march.finding(.recallDecay, "score"))
      #expect(decay.verdict == .ok, "\(decay.reason)")
      #expect(models.issues()["outcome_after_horizon"] == nil)
      // A moment more, and they are later than the horizon.
      try await harness.sql("update outcomes set observed_at = observed_at + interval '1 ms'")
      try await harness.forget()
      let later = try await harness.check(yaml, asOf: "2026-05-03")
      #expect(later.issues()["outcome_after_horizon"] ?? 0 > 0)
    }
  }

  @Test func `scores in per cent are said, and nothing is evaluated by the few below 1`()
    async throws
  {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      try await harness.sql("update predictions set score = 100 * score")
      let models = try await harness.check(Harness.standard, asOf: "2026-04-01")
      #expect(models.allSatisfy { $0.windows.allSatisfy(\.findings.isEmpty) })
      let issue = try #require(
        models.flatMap(\.issues).first { $0.kind == .scoreNoProbability }
      )
      #expect(issue.message.contains("per cent") && issue.message.contains("score / 100.0"))
      let (settings, _) = try SettingsFile.read(text: Harness.standard, file: "test.yaml")
      let now = try #require(Instant("2026-04-01"))
      let lines = await Preflight(harness.runtime()).examine(settings, now: now)
      #expect(lines.contains { $0.level == .fail && $0.text.contains("per cent") })
    }
  }

  @Test func `scores that turn into per cent stop what rests on them, and are a fault`()
    async throws
  {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      try await harness.sql(
        "update predictions set score = 100 * score where predicted_at >= '2026-03-01'"
      )
      _ = try await harness.check(Harness.standard, asOf: "2026-05-01")
      let models = try await harness.report(Harness.standard)
      let march = try models.window("2026-03-01")
      for check in [CheckName.scorePSI, .auc, .recall, .calibrationLevel] {
        let finding = try #require(march.findings.first { $0.reading.check == check })
        #expect(finding.verdict == .noData && finding.reason.contains("lie outside 0..1"))
      }
      #expect(march.verdict(.outOfRange, "score") == .drift)
      #expect(march.verdict(.psi, "amount") == .ok)
      let february = try models.window("2026-02-01")
      #expect(february.verdict(.scorePSI) != .noData && february.verdict(.auc) == .ok)
    }
  }

  /// Predicted churn needs no label.
  private func expectMeanOfAll(_ march: WindowEvaluation, _ harness: Harness) async throws {
    let level = try #require(march.finding(.calibrationLevel))
    let details = level.reading.details.filter { $0.name == "mean_score" }
    let average = try await harness.connection.query(
      "select avg(score)::float8 from predictions where predicted_at >= '2026-03-01' and predicted_at < '2026-04-01'",
      name: "mean"
    )
    let expected = try average.values(as: Double.self)
    try #require(details.count == 1 && expected.count == 1)
    #expect(abs(details[0].value - expected[0]) < 0.002)
  }

  @Test func `what labels so far cannot say is withheld`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      // Those who churn are known after five days, the others only by the horizon.
      try await harness.sql("delete from outcomes where not label")
      let march = try await harness.check(Harness.standard, asOf: "2026-04-08").window("2026-03-01")
      for check in [CheckName.calibrationLevel, .ece, .logLoss] {
        let finding = try #require(march.findings.first { $0.reading.check == check })
        #expect(finding.verdict == .immature && finding.reading.value == nil)
      }
      try await expectMeanOfAll(march, harness)
      let later = try await harness.check(Harness.standard, asOf: "2026-05-01").window("2026-03-01")
      #expect(later.findings.first { $0.reading.check == .ece }?.reading.value != nil)
    }
  }

  @Test func `doctor names a reference, labels and times that cannot be`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      func lines(_ yaml: String) async throws -> [Preflight.Line] {
        let settings = try SettingsFile.read(text: yaml, file: "test.yaml").settings
        return await Preflight(harness.runtime()).examine(settings, now: .now())
      }
      let early = Harness.standard.replacing(
        "2026-01-01, to: 2026-02-01",
        with: "2025-01-01, to: 2025-02-01"
      )
      #expect(
        try await lines(early).contains {
          $0.level == .fail && $0.text.contains("has no rows: the log has rows from 2026-01-01")
        }
      )
      #expect(try await !lines(Harness.standard).contains { $0.text.contains("has no rows") })
      let final = Harness.standard.replacing("horizon: 10d", with: "horizon: 10d, final: true")
      try await harness.sql(
        "insert into outcomes select prediction_id, observed_at + interval '1 day', true from outcomes where not label limit 1"
      )
      #expect(
        try await lines(final).contains {
          $0.level == .warn && $0.text.contains("take 'final: true' off")
        }
      )
      try await harness.sql("update outcomes set observed_at = observed_at - interval '30 days'")
      #expect(
        try await lines(Harness.standard).contains {
          $0.level == .fail && $0.text.contains("lie before their prediction")
        }
      )
      try await harness.sql("delete from outcomes")
      #expect(
        try await lines(Harness.standard).contains { $0.text.contains("belongs to a prediction") }
      )
    }
  }

  @Test func `columns that follow the clock are left out, unless they are listed`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      try await harness.sql(
        """
        alter table predictions add created_at timestamptz, add batch bigint;
        update predictions set created_at = predicted_at + interval '5 minutes',
          batch = extract(day from predicted_at - '2025-12-31')::bigint;
        """
      )
      let models = try await harness.check(Harness.standard, asOf: "2026-04-01")
      let march = try models.window("2026-03-01")
      for column in ["created_at", "batch"] {
        #expect(march.finding(.psi, column) == nil && march.finding(.outOfRange, column) == nil)
        #expect(march.finding(.missing, column) != nil)
      }
      #expect(march.finding(.psi, "amount") != nil)
      let listed = Harness.standard.replacing(
        "reference:",
        with: "features: [amount, batch]\n    reference:"
      )
      let again = try await harness.check(listed, asOf: "2026-04-01").window("2026-03-01")
      #expect(try #require(again.finding(.psi, "batch")?.reading.value) > 1)
    }
  }
}
