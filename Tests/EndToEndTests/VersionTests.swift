// SPDX-License-Identifier: Apache-2.0
import Foundation
import Service
import Postgres
import Profiles
import Retraining
import Settings
import Store
import TestKit
import Testing

/// Versions from the log to the gate, and what people decide.
@Suite(.enabled(if: ScratchDatabase.isAvailable, "\(ScratchDatabase.reason)"))
struct VersionEndToEndTests {
  /// A version that scores alone, and another that scores beside it from February on and knows
  /// more.
  static func make(_ harness: Harness) async throws {
    try await harness.makeStandardTables()
    try await harness.sql(
      """
      create function luck(id text) returns float8 language sql immutable as
        'select ((hashtextextended(id, 0) % 1000 + 1000) % 1000 + 0.5) / 1000.0';
      update predictions set customer_id = prediction_id;
      -- One in ten leaves.
      update outcomes o set label = luck(o.prediction_id) < p.score * 0.2
        from predictions p where p.prediction_id = o.prediction_id;
      insert into predictions
      select prediction_id || '-b', customer_id, 'v2', predicted_at + interval '1 minute',
        0.5 * score + 0.499 * (1 - luck(prediction_id)), amount, calls, plan, active, since, bill
      from predictions where predicted_at >= '2026-02-01';
      insert into outcomes
      select prediction_id || '-b', observed_at, label from outcomes o join predictions p using (prediction_id)
      where p.predicted_at >= '2026-02-01' and p.model_version = 'v1';
      """
    )
  }

  private static func yaml(_ gate: String, _ more: String = "") -> String {
    Harness.standard + more
      + "\n    retraining: { trainer: command, command: [\"true\"], enabled: false, gate: { \(gate) } }"
  }

  /// States as `v1 champion`, in order.
  private func states(_ harness: Harness) async throws -> [String] {
    let rows = try await harness.connection.query(
      "select concat_ws(' ', model_version, state, evaluations) from plumbline.model_version order by model_version",
      name: "test"
    )
    return try rows.values()
  }

  private func champion(_ harness: Harness) async throws -> String {
    let rows = try await harness.connection.query(
      "select version from plumbline.champion where model = 'churn'",
      name: "test"
    )
    return try rows.values(as: String.self).first ?? "nobody"
  }

  private func evidence(_ harness: Harness, _ yaml: String) async throws -> [TrialEvidence] {
    try await harness.versions.versions(try harness.model(yaml)).events.compactMap(\.evidence)
  }

  @Test
  func `a better challenger takes the champion's place when its labels are final, and not before`()
    async throws
  {
    try await Harness.with { harness in
      try await Self.make(harness)
      // Scores here are no probabilities, which is another matter.
      let yaml = Self.yaml("trial: 28d, looks: 2, calibration: 1")
      _ = try await harness.check(yaml, asOf: "2026-02-10")
      #expect(try await states(harness) == ["v1 champion 0", "v2 challenger 0"])
      // 28 days from the first of February, and ten more for the labels.
      _ = try await harness.check(yaml, asOf: "2026-03-10")
      #expect(try await states(harness) == ["v1 champion 0", "v2 challenger 0"])
      _ = try await harness.check(yaml, asOf: "2026-03-12")
      #expect(try await states(harness) == ["v1 retired 0", "v2 champion 1"])
      #expect(try await champion(harness) == "v2")
      let seen = try #require(try await evidence(harness, yaml).first)
      let truth = try await harness.connection.query(
        """
        select count(*) as customers, sum(o.label::int) as churners from predictions p join outcomes o using (prediction_id)
        where model_version = 'v2' and predicted_at < '2026-03-01'
          and (predicted_at at time zone 'UTC')::date = ((predicted_at - interval '1 minute') at time zone 'UTC')::date
        """,
        name: "test"
      )
      #expect(try truth.column("customers") == [seen.customers])
      #expect(try truth.column("churners") == [seen.churners])
      let recall = try #require(seen.recall)
      #expect(recall.lower > 0 && recall.challenger > recall.champion)
      // A check of the past changes nothing.
      _ = try await harness.check(yaml, asOf: "2026-03-05")
      #expect(try await champion(harness) == "v2")
    }
  }

  @Test func `who is not calibrated is rejected, and a segment must not be harmed`() async throws {
    try await Harness.with { harness in
      try await Self.make(harness)
      _ = try await harness.check(Self.yaml("looks: 1"), asOf: "2026-02-10")
      _ = try await harness.check(Self.yaml("looks: 1"), asOf: "2026-03-20")
      #expect(try await states(harness) == ["v1 champion 0", "v2 rejected 1"])
      let reason = try await harness.connection.query(
        "select reason from plumbline.model_version where model_version = 'v2'",
        name: "test"
      ).value(as: String.self)
      #expect(reason.hasPrefix("not calibrated"), "\(reason)")
    }
    try await Harness.with { harness in
      try await Self.make(harness)
      let yaml = Self.yaml("looks: 1, calibration: 1", "\n    segments: [plan]")
      // It knows all the others better and takes the loyal of one plan for leavers.
      let plans = try await harness.connection.query(
        "select plan from predictions group by 1 order by count(*) desc, 1 limit 1",
        name: "test"
      )
      let plan: String = try plans.value()
      try await harness.sql(
        "update predictions set score = 1 - score where model_version = 'v2' and plan = '\(plan)'"
      )
      _ = try await harness.check(yaml, asOf: "2026-02-10")
      _ = try await harness.check(yaml, asOf: "2026-03-20")
      let versions = try await harness.versions.versions(try harness.model(yaml)).versions
      let reason = versions.last?.reason ?? ""
      #expect(versions.last?.state == .rejected)
      #expect(reason.contains("plan = \(plan) is harmed"), "\(reason)")
    }
  }

  @Test func `customers whom a campaign treated are not asked`() async throws {
    try await Harness.with { harness in
      try await Self.make(harness)
      try await harness.sql(
        """
        create table members as
        select customer_id, case when luck(customer_id || 'arm') < 0.5 then 'treatment' else 'control' end as arm,
          predicted_at - interval '1 day' as assigned_at
        from predictions where model_version = 'v1' and luck(customer_id || 'in') < 0.6;
        """
      )
      let yaml =
        Self.yaml("looks: 1, calibration: 1", "\n    treatment: { campaign: spring }") + """

          experiments:
            - name: spring
              assignments: { table: members, unit: customer_id, arm: arm, time: assigned_at, control: control }
              metrics:
                - { name: churn, table: outcomes, unit: prediction_id, time: observed_at, event: label, horizon: 10d, better: lower }
          """
      _ = try await harness.check(yaml, asOf: "2026-02-10")
      _ = try await harness.check(yaml, asOf: "2026-03-20")
      let seen = try #require(try await evidence(harness, yaml).first)
      let truth = try await harness.connection.query(
        """
        select count(*) from predictions p
        where model_version = 'v2' and predicted_at < '2026-03-01'
          and (predicted_at at time zone 'UTC')::date = ((predicted_at - interval '1 minute') at time zone 'UTC')::date
          and not exists (select from members m where m.customer_id = p.customer_id and m.arm = 'treatment')
        """,
        name: "test"
      ).value(as: Int.self)
      #expect(seen.customers == truth)
      #expect(try await champion(harness) == "v2")
    }
  }

  @Test func `people have the last word`() async throws {
    try await Program.withFolder { folder in
      try await Harness.with { harness in
        try await Self.make(harness)
        let yaml = Self.yaml("promote: manual, calibration: 1")
        try yaml.write(
          to: folder.appendingPathComponent("plumbline.yaml"),
          atomically: true,
          encoding: .utf8
        )
        let program = Program(in: folder, dsn: harness.dsn)
        _ = try await harness.check(yaml, asOf: "2026-02-10")
        _ = try await harness.check(yaml, asOf: "2026-03-20")
        _ = try await harness.check(yaml, asOf: "2026-03-31")
        // It has passed and is not looked at again.
        #expect(try await states(harness) == ["v1 champion 0", "v2 awaiting_approval 1"])
        #expect(try await evidence(harness, yaml).count == 1)
        let list = try await program.run(["versions", "list"])
        #expect(list.output.contains("awaiting_approval since"), "\(list.errors)")
        let word = ["--model", "churn", "--author", "ann", "--reason", "board of 2026-04-01"]
        let promoted = try await program.run(["versions", "promote"] + word + ["v2"])
        #expect(promoted.errors.contains("churn: v2 is the champion"), "\(promoted.errors)")
        #expect(try await program.run(["versions", "champion"]).output == "v2\n")
        let again = try await program.run(["versions", "promote"] + word + ["v2"])
        #expect(again.status == 70 && again.errors.contains("v2 is the champion already"))
        let back = try await program.run(["versions", "rollback"] + word)
        #expect(back.errors.contains("churn: v1 is the champion"), "\(back.errors)")
        #expect(try await states(harness) == ["v1 champion 0", "v2 rejected 1"])
        let wrong = try await program.run(["versions", "reject"] + word + ["v9"])
        #expect(
          wrong.status == 70 && wrong.errors.contains("there is no version 'v9'; known are v1, v2")
        )
        let show = try await program.run(["versions", "show", "v2"])
        #expect(show.output.contains("recall of the top"), "\(show.errors)")
        #expect(show.output.contains("rejected, by ann: rolled back: by ann: board of 2026-04-01"))
      }
    }
  }
}
