// SPDX-License-Identifier: Apache-2.0
import Checks
import Evaluation
import Postgres
import Profiles
import Reports
import Service
import Settings
import Store
import TestKit
import Testing

/// Rows that are not as they should be are counted and named, and the run goes on.
@Suite(.enabled(if: ScratchDatabase.isAvailable, "\(ScratchDatabase.reason)"))
struct BadInputTests {
  @Test func `scores that are no probabilities are counted and left out of measures`() async throws
  {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      try await harness.sql(
        """
        update predictions set score = 1.5 where prediction_id = 'p2000';
        update predictions set score = -0.1 where prediction_id = 'p2001';
        update predictions set score = 'NaN' where prediction_id = 'p2002';
        update predictions set score = null where prediction_id in ('p2003', 'p2004');
        update predictions set score = 'Infinity' where prediction_id = 'p2005';
        """
      )
      let models = try await harness.check(Harness.standard, asOf: "2026-04-01")
      let faults = models.issues()
      #expect(faults["score_out_of_range"] == 3)
      #expect(faults["nan_score"] == 1)
      #expect(faults["null_score"] == 2)
      let clean = try await harness.report(Harness.standard, from: "2026-02-01")
      let february = try clean.window("2026-02-01")
      #expect(february.rows == 1120)
      #expect(february.labelled == 1114)
    }
  }

  @Test func `labels that are neither 0 nor 1, and outcomes that disagree, count as unlabelled`()
    async throws
  {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      try await harness.sql(
        """
        alter table outcomes alter column label type int using label::int;
        update outcomes set label = 2 where prediction_id in ('p1500', 'p1501');
        insert into outcomes select prediction_id, observed_at, 1 - label from outcomes
          where prediction_id in ('p1600', 'p1601', 'p1602');
        -- A later correction wins.
        insert into outcomes select prediction_id, observed_at + interval '1 day', 1 from outcomes
          where prediction_id = 'p1700';
        -- Too late to count.
        insert into outcomes select prediction_id, observed_at + interval '30 days', 1 - label
          from outcomes where prediction_id = 'p1701';
        -- Of no prediction.
        insert into outcomes values ('stranger', '2026-02-05', 1), ('other', '2026-02-05', 0);
        """
      )
      let yaml = Harness.standard.replacing("horizon: 10d", with: "horizon: 10d, absent: unknown")
      let models = try await harness.check(yaml, asOf: "2026-04-15")
      let faults = models.issues()
      #expect(faults["invalid_label"] == 2)
      #expect(faults["contradictory_outcome"] == 3)
      #expect(faults["outcome_after_horizon"] == 1)
      #expect(faults["orphan_outcome"] == 2)
      let february = try await harness.report(yaml).window("2026-02-01")
      #expect(february.rows - february.labelled == 5)
      // Contradictory and unlabelled rows whose horizon has passed keep nobody waiting.
      #expect(february.isMature)
    }
  }

  @Test func `an outcome older than its prediction is used and told`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      try await harness.sql(
        "update outcomes set observed_at = '2025-12-01' where prediction_id = 'p1500'"
      )
      let models = try await harness.check(Harness.standard, asOf: "2026-04-15")
      #expect(models.issues()["outcome_before_prediction"] == 1)
    }
  }

  @Test func `predictions of the future wait, those without a time are left out`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      try await harness.sql(
        """
        update predictions set predicted_at = '2027-01-01' where prediction_id in ('p1', 'p2');
        update predictions set predicted_at = null where prediction_id = 'p3';
        """
      )
      let models = try await harness.check(Harness.standard, asOf: "2026-04-01")
      #expect(models.issues()["future_prediction"] == 2)
      #expect(models.issues()["no_time"] == 1)
      #expect(try models.window("2026-03-01").rows == 1240)
    }
  }

  @Test func `a repeated prediction id counts once, the earliest row`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      let before = try await harness.check(Harness.standard, asOf: "2026-04-01")
      #expect(before.issues()["duplicate_prediction"] == nil)
    }
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      try await harness.sql(
        """
        insert into predictions select * from predictions where prediction_id like 'p20%';
        insert into predictions
          select prediction_id, customer_id, model_version, predicted_at + interval '1 month', 0.9,
            amount, calls, plan, active, since, bill
          from predictions where prediction_id = 'p1001';
        """
      )
      let models = try await harness.check(Harness.standard, asOf: "2026-04-01")
      #expect(models.issues()["duplicate_prediction"] == 112)
      #expect(try models.window("2026-03-01").rows == 1240)
      let february = try await harness.report(Harness.standard).window("2026-02-01")
      #expect(february.rows == 1120 && february.labelled == 1120)
    }
  }

  @Test func `an empty table, and a reference without rows, are said`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      try await harness.sql("truncate predictions; truncate outcomes")
      let models = try await harness.check(Harness.standard, asOf: "2026-04-01")
      #expect(models.first?.windows.isEmpty ?? false)
      #expect(models.issues()["no_reference"] == 0)
    }
  }

  @Test func `a window without rows is no data, never ok and never an alarm`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      let models = try await harness.check(Harness.standard, asOf: "2026-07-01")
      let june = try models.window("2026-06-01")
      #expect(june.rows == 0)
      #expect(june.findings.allSatisfy { $0.verdict == .noData })
    }
  }

  @Test func `columns that vanish, appear or change their type are named and the rest goes on`()
    async throws
  {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      _ = try await harness.check(Harness.standard, asOf: "2026-03-01")
      try await harness.sql(
        """
        alter table predictions drop column amount;
        alter table predictions alter column calls type text using calls::text;
        alter table predictions add column tariff text default 'new';
        """
      )
      let models = try await harness.check(Harness.standard, asOf: "2026-04-01")
      let faults = models.issues()
      #expect(faults.keys.contains("column_vanished"))
      #expect(faults.keys.contains("type_changed"))
      #expect(faults.keys.contains("new_column"))
      let march = try models.window("2026-03-01")
      #expect(march.verdict(.psi, "amount") == .noData)
      #expect(march.finding(.psi, "amount")?.reason.contains("not in the table") ?? false)
      #expect(march.verdict(.psi, "calls") == .noData)
      #expect(march.verdict(.psi, "plan") == .ok)
      #expect(march.finding(.psi, "tariff") == nil)
    }
  }

  @Test func `a configuration that does not fit the database lists all that is wrong`() async throws
  {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      let yaml = Harness.standard
        .replacing("time: predicted_at", with: "time: predicted_on")
        .replacing("score: score", with: "score: plan")
        .replacing("label: label", with: "label: prediction_id")
      do {
        _ = try await harness.check(yaml, asOf: "2026-04-01")
        Issue.record("accepted")
      } catch let faults as ConfigErrors {
        let text = faults.description
        #expect(text.contains("no column 'predicted_on'; did you mean 'predicted_at'?"))
        #expect(text.contains("'plan' of predictions is of type text, expected a number"))
        #expect(
          text.contains("'prediction_id' of outcomes is of type text, expected boolean or 0/1")
        )
        #expect(faults.errors.allSatisfy { $0.place?.line ?? 0 > 3 })
        #expect(faults.errors.first?.path.description == "models[churn].predictions.time")
      }
      do {
        let missing = Harness.standard.replacing("table: predictions", with: "table: prediction")
        _ = try await harness.check(missing, asOf: "2026-04-01")
        Issue.record("accepted")
      } catch let faults as ConfigErrors {
        #expect(
          faults.description.contains("no table or view 'prediction'; did you mean 'predictions'?")
        )
      }
    }
  }

  @Test func `a missing index is a warning with the statement that makes one`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      let models = try await harness.check(Harness.standard, asOf: "2026-04-01")
      let warning = models.first?.issues.first { $0.kind == .noIndex }
      #expect(
        warning?.message.contains("create index concurrently on predictions (predicted_at)")
          ?? false
      )
    }
  }

  @Test func `a role without rights is told which it needs`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      let role = "pl_guest_\(UInt32.random(in: .min ... .max))"
      try await harness.sql(
        """
        create role \(role) login;
        grant usage on schema plumbline to \(role);
        grant all on all tables in schema plumbline to \(role);
        """
      )
      let runtime = Runtime(Runtime.Database(dsn: harness.dsn + " user=\(role)"))
      let asOf = try #require(Instant("2026-04-01"))
      do {
        _ = try await CheckService(runtime, rules: [])
          .check(try harness.model(Harness.standard), asOf: asOf, now: asOf)
        Issue.record("accepted")
      } catch let faults as ConfigErrors {
        #expect(faults.description.contains("grant select on predictions"))
      }
      try await harness.sql("drop owned by \(role); drop role \(role)")
    }
  }

  @Test func `an unreachable server and a missing schema say what to do`() async throws {
    let asOf = try #require(Instant("2026-04-01"))
    let unreachable = Runtime(
      Runtime.Database(dsn: "host=127.0.0.1 port=1 connect_timeout=2")
    )
    try await ScratchDatabase.with { _, dsn in
      let model = try #require(
        SettingsFile.read(text: Harness.standard, file: "x").settings.models.first
      )
      await #expect(throws: NotMigrated.self) {
        try await CheckService(Runtime(Runtime.Database(dsn: dsn)), rules: []).check(
          model,
          asOf: asOf,
          now: asOf
        )
      }
      await #expect(throws: ServerError.self) {
        try await CheckService(unreachable, rules: [])
          .check(model, asOf: asOf, now: asOf)
      }
      let lines = await Preflight(unreachable)
        .examine(try SettingsFile.read(text: Harness.standard, file: "x").settings, now: asOf)
      #expect(lines.map(\.level) == [.fail])
    }
  }

  @Test func `extreme numbers go through`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      try await harness.sql(
        """
        update predictions set amount = 1e308 where prediction_id in ('p1500', 'p1501', 'p1502');
        update predictions set amount = -1e308 where prediction_id = 'p1503';
        update predictions set amount = 'NaN' where prediction_id = 'p1504';
        update predictions set amount = 'Infinity' where prediction_id = 'p1505';
        update predictions set bill = 'NaN' where prediction_id = 'p1506';
        update predictions set bill = 1e50 where prediction_id = 'p1507';
        update predictions set since = 'infinity' where prediction_id = 'p1508';
        """
      )
      _ = try await harness.check(Harness.standard, asOf: "2026-04-01")
      let february = try await harness.report(Harness.standard).window("2026-02-01")
      let missing = try #require(february.finding(.missing, "amount")).reading.details
      #expect(missing.first { $0.name == "nan" }?.value == 1)
      #expect(missing.first { $0.name == "infinite" }?.value == 1)
      #expect(try february.value(.outOfRange, "amount") > 0)
      for finding in february.findings { #expect(finding.reading.value?.isFinite ?? true) }
    }
  }
}
