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

/// Data that are legal and unkind.
@Suite(.enabled(if: ScratchDatabase.isAvailable, "\(ScratchDatabase.reason)"))
struct HostileDataTests {
  @Test func `the labels of a version that was replaced are still judged`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      try await harness.sql(
        "update predictions set model_version = 'v2' where predicted_at >= '2026-03-01'"
      )
      _ = try await harness.check(Harness.standard, asOf: "2026-03-05")
      // February's labels are final on 11 March; by then only v2 is active.
      let models = try await harness.check(Harness.standard, asOf: "2026-04-01")
      let february = try models.window("2026-02-01", version: "v1")
      #expect(february.isMature)
      #expect(february.verdict(.recall) == .ok)
      #expect(models.first { $0.version == "v1" }?.windows.count == 1)
    }
  }

  @Test func `a level called other, and one called like the rest, break nothing`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      try await harness.sql(
        """
        update predictions set plan = 'other' where plan = 'b';
        update predictions set plan = '(other)' where plan = 'c' and calls > 3;
        update predictions set plan = null where plan = 'c' and calls < 2;
        """
      )
      let yaml = Harness.standard + "\n    segments: [plan]"
      _ = try await harness.check(yaml, asOf: "2026-04-01")
      let march = try await harness.report(yaml).window("2026-03-01")
      let segments = Set(march.findings.compactMap(\.reading.segment))
      #expect(segments == ["plan=a", "plan=other", "plan=c", "plan=(other)"])
    }
  }

  @Test func `versions whose names are one name are one version, and no row is lost`() async throws
  {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      try await harness.sql(
        """
        update predictions set model_version = case
          when calls < 2 then null when calls < 3 then '(missing)'
          when calls < 5 then U&'mod\\00E9l' else U&'mode\\0301l' end;
        """
      )
      _ = try await harness.check(Harness.standard, asOf: "2026-04-15")
      let models = try await harness.report(Harness.standard)
      let march = models.flatMap(\.windows).filter {
        $0.range.from.description.hasPrefix("2026-03")
      }
      #expect(march.count == 2)
      #expect(march.reduce(0) { $0 + $1.rows } == 1240)
      #expect(march.reduce(0) { $0 + $1.labelled } == 1240)
    }
  }

  @Test func `rows without an id are told and not taken for one another`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      try await harness.sql(
        "update predictions set prediction_id = null where calls = 1 and predicted_at >= '2026-02-01'"
      )
      let models = try await harness.check(Harness.standard, asOf: "2026-04-01")
      #expect(models.issues()["duplicate_prediction"] == nil)
      #expect(models.issues()["no_id"] ?? 0 > 300)
      #expect(try models.window("2026-03-01").rows == 1240)
      try await harness.sql(
        "insert into predictions select * from predictions where prediction_id = 'p3000'"
      )
      let again = try await harness.check(
        Harness.standard.replacing("name: churn", with: "name: again"),
        asOf: "2026-04-01"
      )
      #expect(again.issues()["duplicate_prediction"] == 1)
      #expect(try again.window("2026-03-01").rows == 1240)
    }
  }

  @Test func `the largest double in the reference, and infinite times, stop nothing`() async throws
  {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      try await harness.sql(
        """
        update predictions set amount = 1.7976931348623157e308 where calls = 3;
        update outcomes set observed_at = 'infinity' where prediction_id = 'p1600';
        update predictions set predicted_at = 'infinity' where prediction_id = 'p3500';
        """
      )
      _ = try await harness.check(Harness.standard, asOf: "2026-04-01")
      let february = try await harness.report(Harness.standard).window("2026-02-01")
      #expect(february.verdict(.psi, "amount") == .ok)
      let lines = await Preflight(harness.runtime()).examine(
        try SettingsFile.read(text: Harness.standard, file: "x").settings,
        now: try #require(Instant("2026-04-01"))
      )
      #expect(!lines.contains { $0.level == .fail }, "\(lines)")
    }
  }

  @Test func `a threshold means the nearest number that a real column can hold`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      try await harness.sql(
        "alter table predictions alter column score type real using case when score > 0.5 then 0.7 else 0.2 end"
      )
      let yaml = Harness.standard.replacing(
        "windows:",
        with: "decision: { threshold: 0.7 }\n    windows:"
      )
      _ = try await harness.check(yaml, asOf: "2026-04-15")
      let february = try await harness.report(yaml).window("2026-02-01")
      #expect(try february.value(.recall) > 0.5)
    }
  }

  @Test func `the top share is not rounded up by floating point`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      // A hundred rows on one day.
      try await harness.sql(
        "delete from predictions where predicted_at >= '2026-02-02' and predicted_at < '2026-03-01'"
      )
      try await harness.sql(
        """
        insert into predictions (prediction_id, customer_id, model_version, predicted_at, score)
        select 'x' || i, 'c', 'v1', '2026-02-10', i / 1000.0 from generate_series(1, 100) i;
        insert into outcomes select 'x' || i, '2026-02-12', false from generate_series(1, 100) i;
        delete from predictions where predicted_at >= '2026-02-01' and predicted_at < '2026-02-02';
        """
      )
      let yaml = Harness.standard.replacing("windows:", with: "decision: { top: 7% }\n    windows:")
      _ = try await harness.check(yaml, asOf: "2026-04-15")
      let february = try await harness.report(yaml).window("2026-02-01")
      let accuracy = try february.value(.accuracy)
      #expect(abs(accuracy - 0.93) < 1e-12)
    }
  }

  @Test func `rows that come after their bucket has closed are told`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      _ = try await harness.check(Harness.standard, asOf: "2026-04-01")
      try await harness.sql(
        """
        insert into predictions (prediction_id, customer_id, model_version, predicted_at, score)
        select 'late' || i, 'c', 'v1', '2026-03-10', 0.5 from generate_series(1, 25) i;
        """
      )
      let models = try await harness.check(Harness.standard, asOf: "2026-04-02")
      #expect(models.issues()["late_rows"] == 25)
    }
  }

  @Test func `names and types that cannot work are refused with their place`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      func faults(_ yaml: String) async throws -> String {
        do {
          _ = try await harness.check(yaml, asOf: "2026-04-01")
          return ""
        } catch let faults as ConfigErrors {
          return faults.description
        }
      }
      let twice = Harness.standard.replacing(
        "windows:",
        with: "features: [amount, amount]\n    windows:"
      )
      #expect(throws: ConfigErrors.self) { try SettingsFile.read(text: twice, file: "x").settings }
      let segments = Harness.standard + "\n    segments: [plan, plan]"
      #expect(throws: ConfigErrors.self) {
        try SettingsFile.read(text: segments, file: "x").settings
      }
      try await harness.sql("alter table outcomes add number bigint")
      let key = Harness.standard.replacing("prediction: prediction_id", with: "prediction: number")
      let text = try await faults(key)
      #expect(text.contains("'number' is of type int8 and the predictions' id of type text"))
      try await harness.sql(
        "alter table predictions rename score to p; alter table predictions add score int"
      )
      let renamed = Harness.standard.replacing("score: score", with: "score: p")
      let models = try await harness.check(renamed, asOf: "2026-04-01")
      #expect(models.issues().keys.contains("reserved_name"))
    }
  }
}
