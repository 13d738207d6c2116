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

/// Performance of a model whose predictions a campaign acts on.
@Suite(.enabled(if: ScratchDatabase.isAvailable, "\(ScratchDatabase.reason)"))
struct TreatmentTests {
  private static let experiments = """

    experiments:
      - name: spring
        assignments:
          table: members
          unit: customer_id
          arm: arm
          time: assigned_at
          control: hold-out
          stratum: tier
          where: "campaign = 'spring'"
    """

  private static let yaml =
    Harness.standard
    .replacing(
      "reference:",
      with: "decision: { threshold: 0.5 }\n    treatment: { campaign: spring }\n    reference:"
    )
    + experiments

  /// A campaign at the start of March: high scores mostly treated, some middling ones, others left
  /// alone; six in ten of the treated churners are saved.
  private func makeCampaign(_ harness: Harness) async throws {
    try await harness.makeStandardTables()
    try await harness.sql(
      """
      -- One prediction for each customer, so that arms are of predictions.
      update predictions set customer_id = prediction_id;
      create table members as
      select 'spring' as campaign, customer_id, predicted_at + interval '1 hour' as assigned_at,
        case when score >= 0.5 then 'high' else 'middle' end as tier,
        case when hashtext(customer_id) % 100 between -99 and (case when score >= 0.5 then -70 else -50 end)
          then 'hold-out' else 'offer' end as arm
      from predictions
      where predicted_at >= '2026-03-01' and (score >= 0.5 or score >= 0.3 and hashtext(customer_id) % 2 = 0);
      -- Another campaign does not count.
      insert into members select 'winter', customer_id, predicted_at, 'high', 'offer' from predictions;
      create index on members (customer_id);
      update outcomes o set label = false from members m
        where m.customer_id = o.prediction_id and m.campaign = 'spring' and m.arm = 'offer' and o.label
          and hashtext(o.prediction_id || 'saved') % 10 between -5 and 5;
      """
    )
  }

  @Test(.timeLimit(.minutes(5)))
  func `recall and precision come from those who were left alone and held out`() async throws {
    try await Harness.with { harness in
      try await makeCampaign(harness)
      _ = try await harness.check(Self.yaml, asOf: "2026-04-15")
      let models = try await harness.report(Self.yaml)
      let march = try models.window("2026-03-01")
      let truth = try await harness.connection.query(
        """
        with counted as (
          select coalesce(m.tier, '') as tier, m.arm, p.score >= 0.5 as flagged, o.label, p.score
          from predictions p join outcomes o using (prediction_id)
          left join members m on m.customer_id = p.customer_id and m.campaign = 'spring'
          where p.predicted_at >= '2026-03-01' and p.predicted_at < '2026-04-01'
        ), weights as (
          select tier, count(*)::float8 / count(*) filter (where arm = 'hold-out') as weight
          from counted where arm is not null group by tier
        ), weighted as (
          select c.*, case arm when 'offer' then 0 when 'hold-out' then w.weight else 1 end as weight
          from counted c left join weights w using (tier)
        )
        select sum(weight) filter (where flagged and label) / sum(weight) filter (where label) as recall,
          sum(weight) filter (where flagged and label) / sum(weight) filter (where flagged) as precision,
          sum(weight) filter (where label) / sum(weight) as prevalence,
          sum(weight * (label::int - score)) / sum(weight) as calibration
        from weighted
        """,
        name: "truth"
      )
      let checks: [(CheckName, String, String)] = [
        (.recall, "score", "recall"), (.precision, "score", "precision"),
        (.prevalence, "outcome", "prevalence"), (.calibrationLevel, "score", "calibration"),
      ]
      for (check, subject, column) in checks {
        let value = try truth.only { try $0.decode(column, as: Double.self) }
        #expect(abs(try march.value(check, subject) - value) < 1e-9, "\(check.rawValue)")
        let reading = try #require(march.finding(check, subject)?.reading)
        #expect(reading.interval != nil && reading.note?.contains("spring") ?? false)
      }
      // Saved churners look like mistakes.
      let recall = try #require(march.finding(.recall, "score")?.reading)
      let naive = try #require(recall.details.first { $0.name == "unweighted" }?.value)
      #expect(naive < (recall.value ?? 0) - 0.05)
      #expect(march.verdict(.recall) != .decay)
      #expect(march.verdict(.auc) == .confounded && march.verdict(.recallDecay) == .confounded)
      // Before the campaign nothing is weighted.
      let january = try models.window("2026-01-01")
      #expect(january.finding(.recall, "score")?.reading.note == nil)
      #expect(january.verdict(.auc) == .ok)
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `without a hold-out performance is confounded, and arms follow corrections`() async throws {
    try await Harness.with { harness in
      try await makeCampaign(harness)
      _ = try await harness.check(Self.yaml, asOf: "2026-04-11")
      let before = try await harness.report(Self.yaml).window("2026-03-01").value(.recall)
      // Labels of held-out customers are corrected: the arms are counted anew.
      try await harness.sql(
        """
        insert into outcomes select m.customer_id, '2026-04-11', true
        from members m join predictions p using (customer_id)
        where m.arm = 'hold-out' and m.campaign = 'spring' and p.score < 0.5 and p.predicted_at >= '2026-04-01';
        update outcomes set label = true, observed_at = '2026-04-09' where prediction_id in (
          select customer_id from members join predictions using (customer_id)
          where arm = 'hold-out' and score < 0.5 and predicted_at between '2026-03-30' and '2026-03-31');
        """
      )
      _ = try await harness.check(Self.yaml, asOf: "2026-04-15")
      let after = try await harness.report(Self.yaml).window("2026-03-01").value(.recall)
      #expect(after < before)
      try await harness.forget()
      _ = try await harness.check(Self.yaml, asOf: "2026-04-15")
      #expect(try await harness.report(Self.yaml).window("2026-03-01").value(.recall) == after)
      try await harness.sql("update members set arm = 'offer'")
      try await harness.forget()
      _ = try await harness.check(Self.yaml, asOf: "2026-04-15")
      let march = try await harness.report(Self.yaml).window("2026-03-01")
      #expect(march.verdict(.recall) == .confounded)
      #expect(march.finding(.recall, "score")?.reason.contains("nobody was held out") ?? false)
    }
  }

  @Test func `a campaign that is not there, or does not fit, is told`() async throws {
    func faults(_ yaml: String) -> String {
      do {
        _ = try SettingsFile.read(text: yaml, file: "test.yaml").settings
        return ""
      } catch {
        return error.errors.map(\.description).joined(separator: "\n")
      }
    }
    #expect(faults(Self.yaml) == "")
    let wrong = Self.yaml.replacing("{ campaign: spring }", with: "{ campaign: sprong }")
    #expect(faults(wrong).contains("no experiment is called 'sprong'"))
    #expect(faults(wrong).contains("spring"))
    let anonymous = Self.yaml.replacing("      entity: customer_id\n", with: "")
    #expect(faults(anonymous).contains("'treatment' needs 'entity'"))
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      try await harness.sql(
        "create table members (customer_id int, arm text, assigned_at date, tier text, campaign text)"
      )
      await #expect(throws: ConfigErrors.self) {
        _ = try await harness.check(Self.yaml, asOf: "2026-04-15")
      }
    }
  }
}
