// SPDX-License-Identifier: Apache-2.0
import Checks
import Evaluation
import Foundation
import Postgres
import Profiles
import Reports
import Service
import Settings
import Store
import TestKit
import Testing

/// The same rows give the same figures, however they lie in the database and however they are read.
@Suite(.enabled(if: ScratchDatabase.isAvailable, "\(ScratchDatabase.reason)"))
struct SourceShapeTests {
  private func figures(_ yaml: String, streams: Int = 2, _ prepare: String) async throws -> [String]
  {
    var found: [String] = []
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      try await harness.sql(prepare)
      _ = try await harness.check(yaml, asOf: "2026-04-01", streams: streams)
      found = try await harness.report(yaml).figures
    }
    return found
  }

  private static let segmented = Harness.standard + "\n    segments: [plan]"

  @Test func `a table, a view and a partitioned parent give the same figures`() async throws {
    let table = try await figures(Self.segmented, "select 1")
    #expect(table.count > 200)
    let view = try await figures(
      Self.segmented,
      "alter table predictions rename to base; create view predictions as select * from base"
    )
    #expect(view == table)
    let partitioned = try await figures(
      Self.segmented,
      """
      alter table predictions rename to base;
      create table predictions (like base) partition by range (predicted_at);
      create table p1 partition of predictions for values from ('2026-01-01') to ('2026-02-10');
      create table p2 partition of predictions for values from ('2026-02-10') to ('2027-01-01');
      insert into predictions select * from base;
      """
    )
    #expect(partitioned == table)
  }

  /// A parent's NOT NULL does not hold in its children, nor in foreign tables.
  @Test func `NULL in a column that says that it has none is a missing value`() async throws {
    let nulls =
      "update predictions set amount = null where calls = 3 and predicted_at >= '2026-03-01'; "
    let table = try await figures(Self.segmented, nulls)
    let child = try await figures(
      Self.segmented,
      nulls + """
        alter table predictions rename to base;
        create table predictions (like base);
        create table child () inherits (predictions);
        insert into child select * from base;
        alter table only predictions alter amount set not null, alter calls set not null,
          alter score set not null;
        """
    )
    #expect(child == table)
    #expect(table.contains { $0.contains(" missing amount ") })
  }

  @Test func `two spellings of one letter are two members of a jsonb column`() async throws {
    let yaml = Self.segmented + "\n    features: { json: features }"
    let found = try await figures(
      yaml,
      """
      alter table predictions add features jsonb;
      update predictions set features =
        jsonb_build_object(U&'caf\\00e9', amount, U&'cafe\\0301', calls);
      """
    )
    #expect(!found.isEmpty)
  }

  @Test func `one stream, two streams by page and by time give the same figures`() async throws {
    // Enough pages to be parted.
    let wide =
      "alter table predictions add filler text; update predictions set filler = repeat('x', 800); vacuum full predictions; "
    let yaml = Self.segmented.replacing(
      "windows: [1mo]",
      with: "features: { exclude: [filler] }\n    windows: [1mo]"
    )
    let one = try await figures(
      yaml,
      streams: 1,
      wide.replacing("vacuum full predictions; ", with: "")
    )
    let pages = try await figures(
      yaml,
      streams: 2,
      wide.replacing("vacuum full predictions; ", with: "")
    )
    #expect(one == pages)
    let time = try await figures(
      yaml,
      streams: 3,
      wide.replacing("vacuum full predictions; ", with: "")
        + "alter table predictions rename to base; create view predictions as select * from base"
    )
    #expect(one == time)
  }

  @Test func `a jsonb column gives what wide columns give`() async throws {
    let choice = "features: [amount, calls, plan, active, bill]\n    windows: [1mo]"
    let wide = Harness.standard.replacing("windows: [1mo]", with: choice)
    let json = Harness.standard.replacing(
      "windows: [1mo]",
      with: "features: { json: features }\n    windows: [1mo]"
    )
    let first = try await figures(wide, "select 1")
    let second = try await figures(
      json,
      """
      alter table predictions add features jsonb;
      update predictions set features = jsonb_build_object('amount', amount, 'calls', calls,
        'plan', plan, 'active', active, 'bill', bill);
      """
    )
    #expect(first == second)
  }

  @Test func `checks made day by day give what one check gives`() async throws {
    let once = try await figures(Self.segmented, "select 1")
    var daily: [String] = []
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      for day in stride(from: 33, through: 90, by: 3) {
        let date = CivilDate(dayNumber: 20_454 + day)
        _ = try await harness.check(Self.segmented, asOf: date.description)
      }
      _ = try await harness.check(Self.segmented, asOf: "2026-04-01")
      daily = try await harness.report(Self.segmented).figures
    }
    #expect(daily == once)
  }

  @Test func `outcomes by customer label each prediction within the horizon before`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      try await harness.sql(
        """
        create table churners as select 'c' || i as customer_id, '2026-02-20'::timestamptz as left_at
          from generate_series(100, 199) i;
        """
      )
      let yaml = Harness.standard.replacing(
        "{ table: outcomes, prediction: prediction_id, time: observed_at, label: label, horizon: 10d }",
        with: "{ table: churners, entity: customer_id, time: left_at, horizon: 10d }"
      )
      _ = try await harness.check(yaml, asOf: "2026-04-15")
      let february = try await harness.report(yaml).window("2026-02-01")
      let expected = try await harness.connection.query(
        """
        select count(*) from predictions where predicted_at < '2026-02-20'
          and predicted_at >= '2026-02-10' and substr(customer_id, 2)::int between 100 and 199
        """,
        name: "expected"
      ).value(as: Int.self)
      let share = try february.value(.prevalence, "outcome")
      #expect(Int((share * Double(february.labelled)).rounded()) == expected)
      #expect(expected > 10)
    }
  }

  @Test func `decisions by threshold, by column, by dated thresholds and by top share`()
    async throws
  {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      try await harness.sql(
        "alter table predictions add flagged boolean; update predictions set flagged = score >= 0.7"
      )
      func recall(_ decision: String) async throws -> [Double] {
        let yaml = Harness.standard.replacing(
          "name: churn",
          with: "name: m\(UInt32.random(in: 0 ... .max))"
        )
        .replacing(
          "windows:",
          with: "decision: \(decision)\n    features: { exclude: [flagged] }\n    windows:"
        )
        _ = try await harness.check(yaml, asOf: "2026-04-15")
        let window = try await harness.report(yaml).window("2026-02-01")
        let details = try #require(window.finding(.recall, "score")).reading.details.map(\.value)
        return details
      }
      let byThreshold = try await recall("{ threshold: 0.7 }")
      let excluded = "{ column: flagged }"
      let yamlColumn = try await recallOfColumn(harness, excluded)
      #expect(byThreshold == yamlColumn)
      let dated = try await recall(
        "{ thresholds: [{ threshold: 0.2 }, { from: 2026-02-01, threshold: 0.7 }] }"
      )
      #expect(dated == byThreshold)
      let top = try await recall("{ top: 25% }")
      // Ten of each day's forty.
      #expect(top[0] + top[1] == 280)
    }
  }

  private func recallOfColumn(_ harness: Harness, _ decision: String) async throws -> [Double] {
    let yaml = Harness.standard.replacing("windows:", with: "decision: \(decision)\n    windows:")
    _ = try await harness.check(yaml, asOf: "2026-04-15")
    let window = try await harness.report(yaml).window("2026-02-01")
    return try #require(window.finding(.recall, "score")).reading.details.map(\.value)
  }

  @Test func `a version without a reference is told so for its scores, not for its features`()
    async throws
  {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      try await harness.sql(
        "update predictions set model_version = 'v2' where predicted_at >= '2026-03-10'"
      )
      let models = try await harness.check(Harness.standard, asOf: "2026-04-01")
      let march = try models.window("2026-03-01", version: "v2")
      #expect(march.verdict(.scorePSI) == .noReference)
      #expect(march.verdict(.psi, "plan") == .ok)
    }
  }

  @Test func `a second run at the same time says so and does no harm`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      let holder = try await Connection.open(harness.dsn)
      try await holder.withTransaction { holder in
        let isOurs = try await ModelStore(holder).tryLock("churn")
        #expect(isOurs)
        await #expect(throws: ModelLocked.self) {
          try await harness.check(Harness.standard, asOf: "2026-04-01")
        }
      }
    }
  }

  @Test func `a reference chosen by a person holds from the next check on`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      _ = try await harness.check(Harness.standard, asOf: "2026-04-01")
      let from = try #require(Instant("2026-02-01"))
      let to = try #require(Instant("2026-03-01"))
      let range = try #require(TimeRange(from: from, to: to))
      let model = try harness.model(Harness.standard)
      try await harness.references.set(model, range, author: "ann", reason: "new tariff")
      _ = try await harness.check(Harness.standard, asOf: "2026-04-01")
      let state = try await harness.references.state(model)
      #expect(state.stored?.number == 2)
      #expect(state.stored?.referenceRows == 1120)
      #expect(state.choice?.author == "ann")
    }
  }

  @Test func `init proposes a configuration that works as it stands`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      let proposal = try await ConfigurationProposal.propose(harness.runtime())
      let settings = try SettingsFile.read(text: proposal.text, file: "proposed.yaml").settings
      let model = try #require(settings.models.first)
      #expect(model.predictions.table == "predictions")
      #expect(model.outcomes?.table == "outcomes")
      let asOf = try #require(Instant("2026-04-01"))
      let models = try await harness.checks().check(model, asOf: asOf, now: asOf)
      #expect(models.first?.windows.isEmpty == false)
      // Each outcome was the last word, until a "no" is followed by a "yes".
      #expect(model.outcomes?.isNegativeFinal == true)
      try await harness.sql(
        """
        insert into outcomes select prediction_id, observed_at + interval '2 days', true
        from outcomes where not label limit 1
        """
      )
      let other = try await ConfigurationProposal.propose(harness.runtime())
      #expect(!other.text.contains("final: true"))
    }
  }

  @Test func `init learns name, horizon, threshold, windows and codes from the log`() async throws {
    try await Harness.with { harness in
      // A year of 130 predictions a day, of which one in twenty churns; who does is known after 40
      // days on average, so that of the newest predictions most churners are still to come.
      try await harness.sql(
        """
        select setseed(0.5);
        create schema mobile;
        create table mobile.churn_scores as
        select i as prediction_id, 'v1' as model_version, 'c' || (i % 5000) as customer_id,
          '2025-01-01'::timestamptz + i * interval '665 seconds' as scored_at,
          case when random() < 0.05 then 0.2 + 0.6 * random() else 0.4 * random() end as score,
          case when random() < 0.03 then -1 else floor(72 * random()) end as tenure, random() as usage
        from generate_series(0, 47450) i;
        create table mobile.churn_labels as
        select prediction_id, 1 as label,
          scored_at - ln(1 - random()) * interval '40 days' as observed_at
        from mobile.churn_scores where random() < 0.05;
        delete from mobile.churn_labels where observed_at >= '2026-01-01';
        """
      )
      let text = try await ConfigurationProposal.propose(harness.runtime()).text
      let model = try #require(SettingsFile.read(text: text, file: "p.yaml").settings.models.first)
      #expect(model.name == "churn")
      // 99 % of an exponential law are known after 4.6 means.
      let horizon = try #require(model.outcomes?.horizon)
      #expect([150, 180, 240].map(FixedDuration.init(days:)).contains(horizon), "\(horizon)")
      #expect(text.contains("% of the churners come later"))
      // The twentieth of the scores from which on one in twenty lies.
      guard case .thresholds(let dated) = model.decision, let threshold = dated.first?.value
      else {
        Issue.record("\(model.decision)")
        return
      }
      #expect((0.37...0.41).contains(threshold), "\(threshold)")
      #expect(text.contains("flags as many as churned, "))
      #expect(model.windows.map(\.description) == ["1d", "7d", "28d", "91d"], "\(model.windows)")
      #expect(text.contains("% of tenure are -1"))
      #expect(text.contains("# missing: { tenure: [-1] }"))
    }
  }
}
