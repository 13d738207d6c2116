// SPDX-License-Identifier: Apache-2.0
import Checks
import Experiments
import Foundation
import Postgres
import Profiles
import Reports
import Service
import Settings
import SourceTables
import Statistics
import Store
import TestKit
import Testing

/// Drawing a campaign, and deciding about it.
extension CampaignTests {
  @Test(.timeLimit(.minutes(5)))
  func `a sign-off freezes the report, and one against the verdict needs a second name`()
    async throws
  {
    try await Harness.with { harness in
      try await make(harness)
      let settings = try settings()
      let experiment = try #require(settings.experiments.first)
      let now = try #require(Instant("2026-08-01"))
      func signOff(_ kind: RecordedDecision.Kind, _ second: String?) async throws -> CampaignReport
      {
        try await harness.campaigns.signOff(
          experiment,
          among: settings.experiments,
          CampaignSignOff(kind, author: "Ada", secondAuthor: second, reason: "it pays"),
          now: now,
          calendar: settings.calendar
        )
      }
      await #expect(throws: CampaignService.Unsigned.self) { try await signOff(.stop, nil) }
      await #expect(throws: CampaignService.Unsigned.self) { try await signOff(.stop, " ada ") }
      await #expect(throws: CampaignService.Unsigned.self) { try await signOff(.stop, "  ") }
      let signed = try await signOff(.rollOut, nil)
      #expect(signed.decisions.count == 1)
      // What happens to the tables afterwards does not change what was decided upon.
      try await harness.sql("delete from events where customer_id % 4 = 1")
      let frozen = try await analyze(harness, asOf: "2026-09-01")
      #expect(frozen.frozen?.author == "Ada")
      #expect(frozen.result.asOf == now)
      let text = try ExperimentFormat.json.render(frozen.result)
      #expect(text == (try ExperimentFormat.json.render(signed.result)))
      let live = try await analyze(harness, asOf: "2026-09-01", isLive: true)
      #expect(live.frozen == nil)
      #expect(live.result.money["offer"]?.net ?? 0 > signed.result.money["offer"]?.net ?? 0)
      // The forecast stands beside what came of it.
      #expect(frozen.decisions.first?.net?.value == signed.result.money["offer"]?.net)
      // Before the decision the campaign is as it was then.
      let before = try await analyze(harness, asOf: "2026-07-01")
      #expect(before.frozen == nil)
      // Sums are kept, and the names of columns, and no customer.
      let kept = try await harness.connection.query(
        """
        select distinct key from (
          select jsonb_object_keys(input) as key from plumbline.campaign_decision
          union all
          select jsonb_object_keys(c) from plumbline.campaign_decision, jsonb_array_elements(input -> 'cells') as c
        ) as keys order by 1
        """,
        name: "kept"
      )
      let keys: [String] = try kept.values()
      #expect(
        Set(keys).isSubset(of: [
          "arm", "asOf", "assigned", "before", "capped", "cells", "contaminated", "control", "cost",
          "elsewhere", "entries", "hasCovariate", "hasExposures", "hasTiers", "invalid", "lastDays",
          "looks", "metrics", "name", "next", "prices", "reached", "reachedMature", "segments",
          "split", "tier",
          "worth",
        ]),
        "\(keys)"
      )
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `a draw gives each tier its shares to the customer, and the same seed draws the same`()
    async throws
  {
    try await Harness.with { harness in
      try await make(harness)
      try await harness.sql(
        """
        create table pool as
        select i as customer_id, case when i % 7 = 0 then 'high' else 'low' end as risk,
          now() - (i % 100) * interval '1 day' as eligible_at, i % 50 = 0 as is_test
        from generate_series(1, 5003) i;
        insert into pool select * from pool where customer_id <= 20;
        """
      )
      let yaml = Self.yaml.replacing(
        "effect: 3%",
        with:
          "effect: 3%\n    candidates: { table: pool, unit: customer_id, tier: risk, time: eligible_at, where: \"not is_test\" }"
      ).replacing("{ control: 0.5, offer: 0.5 }", with: "{ control: 0.2, offer: 0.8 }")
      let experiment = try #require(try settings(yaml).experiments.first)
      let campaigns = harness.campaigns
      let question = PlanQuestion(
        baseline: 0.2,
        effect: nil,
        deviation: nil,
        power: 0.8,
        correlation: 0,
        reach: 1
      )
      let plan = try await campaigns.plan(experiment, question)
      let expected = SampleSize(control: 0.2, treated: 0.8).customers(
        .event(baseline: 0.2),
        effect: -0.03
      )
      #expect(plan.customers == expected)
      #expect(plan.candidates.reduce(0) { $0 + $1.customers } == 4903)
      #expect((plan.days ?? 0) > 0)
      for table in ["first_draw", "second_draw"] {
        let drawn = try await campaigns.draw(experiment, seed: "spring 2026", into: table)
        #expect(drawn == 4903)
      }
      _ = try await campaigns.draw(experiment, seed: "another", into: "other_draw")
      let counts = try await harness.connection.query(
        """
        select tier, count(*) as customers, count(*) filter (where arm = 'control') as held,
          (select count(*) from first_draw a join second_draw b using (customer_id) where a.arm <> b.arm) as same,
          (select count(*) from first_draw a join other_draw b using (customer_id) where a.arm <> b.arm) as others
        from first_draw group by 1 order by 1
        """,
        name: "counts"
      )
      try counts.forEach { row in
        let share = Double(try row.decode("customers", as: Int.self)) * 0.2
        #expect(abs(Double(try row.decode("held", as: Int.self)) - share) < 1)
        #expect(try row.decode("same", as: Int.self) == 0)
        #expect(try row.decode("others", as: Int.self) > 1000)
      }
      // Many small tiers do not add up to another split.
      try await harness.sql(
        "create table tiny as select i as customer_id, 'g' || i / 3 as risk from generate_series(1, 3000) i"
      )
      let small = try #require(
        try settings(
          yaml.replacing(
            "table: pool, unit: customer_id, tier: risk, time: eligible_at, where: \"not is_test\"",
            with: "table: tiny, unit: customer_id, tier: risk"
          )
        ).experiments.first
      )
      _ = try await campaigns.draw(small, seed: "s", into: "tiny_draw")
      let held = try await harness.connection.query(
        "select count(*) from tiny_draw where arm = 'control'",
        name: "held"
      ).value(as: Int.self)
      // A fifth of 3,000, with four standard errors of the borders' draws.
      #expect(abs(held - 600) < 70, "\(held)")
      // A table that is there is not written over.
      await #expect(throws: ServerError.self) {
        _ = try await campaigns.draw(experiment, seed: "x", into: "first_draw")
      }
      try await Program.withFolder { folder in
        let config = folder.appendingPathComponent("plumbline.yaml")
        try yaml.write(to: config, atomically: true, encoding: .utf8)
        let outcome = try await Program(in: folder, dsn: harness.dsn).run([
          "experiment", "plan", "spring", "--baseline", "0.2", "--draw", "draw.csv", "--seed",
          "spring 2026",
        ])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("4,903 candidates"))
        let csv = try String(
          contentsOf: folder.appendingPathComponent("draw.csv"),
          encoding: .utf8
        ).split(separator: "\n")
        #expect(csv.first == "customer_id,tier,arm" && csv.count == 4904)
        let same = try await harness.connection.query(
          "select customer_id || ',' || tier || ',' || arm from first_draw",
          name: "same"
        )
        #expect(try Set(csv.dropFirst().map(String.init)) == Set(same.values(as: String.self)))
        let missing = try await Program(in: folder, dsn: harness.dsn).run([
          "experiment", "plan", "spring",
        ])
        #expect(missing.status == 70 && missing.errors.contains("--baseline"))
      }
    }
  }
}
