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

/// Values that stand for "not known" count as missing once the configuration says so.
@Suite struct MissingCodesTests {
  private static let coded = """
    update predictions set calls = -1, amount = 999 where hashtext(prediction_id) % 10 = 0;
    alter table predictions add column state text;
    update predictions set state = case when hashtext(prediction_id) % 5 = 0 then 'n/a' else 'on' end;
    """

  private func missing(_ harness: Harness, _ yaml: String) async throws -> [String: Double] {
    _ = try await harness.check(yaml, asOf: "2026-04-15")
    let march = try await harness.report(yaml).window("2026-03-01")
    let shares = march.findings.map(\.reading).filter { $0.check == .missing }
    return Dictionary(shares.map { ($0.subject, $0.value ?? -1) }) { first, _ in first }
  }

  @Test func `codes of a column count as missing, and others do not`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      try await harness.sql(Self.coded)
      let yaml =
        Harness.standard
        + "\n    missing: { calls: [-1], amount: [999.0, -5], state: [\"n/a\"] }"
      let shares = try await missing(harness, yaml)
      let expected = try await harness.connection.query(
        """
        select avg((calls = -1)::int)::float8 as calls, avg((amount = 999)::int)::float8 as amount,
          avg((state = 'n/a')::int)::float8 as state
        from predictions where predicted_at >= '2026-03-01' and predicted_at < '2026-04-01'
        """,
        name: "shares"
      )
      try expected.only { (row) throws in
        for column in ["calls", "amount", "state"] {
          let share = try row.decode(column, as: Double.self)
          #expect(share > 0.05)
          #expect(abs((shares[column] ?? -1) - share) < 1e-9, "\(column)")
        }
      }
      #expect(shares["bill"] == 0)
    }
  }

  @Test func `codes of all features apply where their type fits`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      try await harness.sql(Self.coded)
      let yaml = Harness.standard + "\n    missing: [-1, \"n/a\"]"
      let shares = try await missing(harness, yaml)
      #expect(shares["calls"] ?? 0 > 0.05 && shares["state"] ?? 0 > 0.1)
      #expect(shares["amount"] == 0)
    }
  }

  @Test func `codes of members of a document count as missing`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      try await harness.sql(
        """
        create table documents as select prediction_id, customer_id, model_version, predicted_at, score,
          jsonb_build_object('calls', case when hashtext(prediction_id) % 10 = 0 then -1.0 else calls end,
            'plan', case when hashtext(prediction_id) % 5 = 0 then 'n/a' else plan end, 'amount', amount) as features
        from predictions;
        """
      )
      let yaml =
        Harness.standard.replacing("table: predictions", with: "table: documents")
        + "\n    features: { json: features }\n    missing: { calls: [-1], plan: [\"n/a\"] }"
      let shares = try await missing(harness, yaml)
      #expect(shares["calls"] ?? 0 > 0.05 && shares["plan"] ?? 0 > 0.1)
      #expect(shares["amount"] == 0)
    }
  }

  @Test func `codes that cannot be are errors that say where`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      for (codes, words) in [
        ("{ callz: [-1] }", ["test.yaml:13:23", "no column 'callz'", "calls"]),
        ("{ calls: [none] }", ["test.yaml:13:24", "'none' is no number"]),
        ("{ since: [-1] }", ["test.yaml:13:23", "'since'", "a number or a text"]),
      ] {
        let error = try await #require(throws: ConfigErrors.self) {
          try await harness.check(Harness.standard + "\n    missing: \(codes)", asOf: "2026-04-15")
        }
        for word in words { #expect("\(error)".contains(word), "\(error)") }
      }
    }
  }

  @Test func `doctor asks whether an isolated value is a code`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      try await harness.sql(Self.coded)
      func lines(_ missing: String) async throws -> [String] {
        let yaml = Harness.standard + missing
        let settings = try SettingsFile.read(text: yaml, file: "plumbline.yaml").settings
        return await Preflight(harness.runtime()).examine(settings, now: .now()).map(\.text)
      }
      let asked = try await lines("")
      #expect(
        asked.contains { $0.contains("column calls: ") && $0.contains("missing: { calls: [-1] }") },
        "\(asked)"
      )
      let known = try await lines("\n    missing: { calls: [-1] }")
      #expect(!known.contains { $0.contains("column calls: ") })
    }
  }
}
