// SPDX-License-Identifier: Apache-2.0
import Checks
import Postgres
import Profiles
import Reports
import Service
import Store
import TestKit
import Testing

@Suite(.enabled(if: ScratchDatabase.isAvailable, "\(ScratchDatabase.reason)"))
struct ColumnTypeTests {
  /// Four and more `float8` columns travel together; what they hold must not change on the way.
  @Test func `numbers that travel together arrive as those that travel alone`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      let values = [
        "case when i % 7 = 0 then null when i % 11 = 0 then 'NaN'::float8 else i % 97 end",
        "case when i % 5 = 0 then 'Infinity'::float8 when i % 13 = 0 then '-Infinity'::float8 else i % 89 / 3.0 end",
        "case when i % 3 = 0 then null else -(i % 83) end", "i % 79 * 1e300",
        "case when i % 2 = 0 then '-0'::float8 else 5e-324 end", "i * i % 1009 / 7.0",
        "case when i < 2000 then null else i % 71 end", "null", "i % 2",
      ]
      let columns = values.enumerated().map { "(\($1))::float8 as f\($0)" }.joined(separator: ", ")
      try await harness.sql(
        """
        alter table predictions rename to base;
        create table predictions as
        select b.prediction_id, b.customer_id, b.model_version, b.predicted_at, b.score, \(columns)
        from (select *, substr(prediction_id, 2)::int as i from base) b
        """
      )
      func figures(_ features: String, _ name: String) async throws -> [String] {
        let yaml =
          Harness.standard.replacing("name: churn", with: "name: \(name)")
          .replacing("entity: customer_id", with: "")
          + "\n    features: [\(features)]"
        _ = try await harness.check(yaml, asOf: "2026-04-01")
        return try await harness.report(yaml).figures.filter {
          $0.split(separator: " ")[5].hasPrefix("f")
        }
      }
      var alone: [String] = []
      for index in values.indices { alone += try await figures("f\(index)", "m\(index)") }
      let names = values.indices.map { "f\($0)" }.joined(separator: ", ")
      let together = try await figures(names, "together")
      #expect(together.count > 100)
      #expect(together == alone.sorted())
    }
  }

  @Test func `columns of every type are watched, or named when they cannot be`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      try await harness.sql(
        """
        create type tariff as enum ('flat', 'metered');
        create domain percent as numeric check (value between 0 and 100);
        alter table predictions
          add a_smallint smallint, add a_bigint bigint, add a_real real, add a_numeric numeric(12, 4),
          add a_percent percent, add a_char char(3), add a_varchar varchar(10), add an_enum tariff,
          add a_timestamp timestamp, add a_timestamptz timestamptz, add an_interval interval,
          add a_time time, add a_uuid uuid, add an_array int[], add a_json json, add a_bytea bytea,
          add "Odd name" int;
        update predictions set
          a_smallint = calls, a_bigint = calls * 10000000000, a_real = amount / 3,
          a_numeric = amount / 7, a_percent = calls * 10, a_char = plan, a_varchar = plan,
          an_enum = case when active then 'flat' else 'metered' end::tariff,
          a_timestamp = since, a_timestamptz = since, an_interval = calls * interval '1 hour',
          a_time = time '08:00' + calls * interval '1 hour', a_uuid = gen_random_uuid(),
          an_array = '{1}', a_json = '{}', a_bytea = '\\x00', "Odd name" = calls
          where prediction_id not like 'p150%';
        """
      )
      let models = try await harness.check(Harness.standard, asOf: "2026-04-01")
      let kinds = Dictionary(
        try #require(models.first).features.map { ($0.name, $0.kind) },
        uniquingKeysWith: { $1 }
      )
      let numbers = [
        "a_smallint", "a_bigint", "a_real", "a_numeric", "a_percent", "a_timestamp",
        "a_timestamptz", "an_interval", "a_time", "since", "Odd name",
      ]
      for name in numbers { #expect(kinds[name] == .numeric, "\(name)") }
      for name in ["a_char", "a_varchar", "an_enum", "active"] {
        #expect(kinds[name] == .category, "\(name)")
      }
      #expect(kinds["a_uuid"] == .identifier)
      let unsupported = try #require(models.first).issues.filter { $0.kind == .unsupportedColumn }
      #expect(Set(unsupported.map(\.subject)) == ["an_array", "a_json", "a_bytea"])
      // Ten rows of February have none of these values.
      let february = try await harness.report(Harness.standard).window("2026-02-01")
      for name in numbers + ["a_char", "an_enum", "a_uuid"] where name != "since" {
        #expect(try abs(february.value(.missing, name) - 10.0 / 1120) < 1e-12, "\(name)")
      }
      // A type makes no difference to the figures of the same values.
      let psi = try february.value(.psi, "a_smallint")
      for name in ["a_bigint", "an_interval", "a_time", "Odd name"] {
        #expect(try abs(february.value(.psi, name) - psi) < 1e-12, "\(name)")
      }
    }
  }

  @Test func `a table of three hundred columns is one pass like any other`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      let columns = (0..<300).map { "amount + \($0) as wide_\($0)" }.joined(separator: ", ")
      try await harness.sql(
        """
        alter table predictions rename to narrow;
        create table predictions as select *, \(columns) from narrow;
        """
      )
      _ = try await harness.check(Harness.standard, asOf: "2026-04-01")
      let february = try await harness.report(Harness.standard).window("2026-02-01")
      let psi = try february.value(.psi, "amount")
      for index in [0, 150, 299] {
        #expect(try abs(february.value(.psi, "wide_\(index)") - psi) < 1e-9)
      }
    }
  }
}
