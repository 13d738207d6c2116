// SPDX-License-Identifier: Apache-2.0
import Checks
import Experiments
import Foundation
import Postgres
import Profiles
import Reports
import Service
import Settings
import Statistics
import TestKit
import Testing

/// Campaigns from their tables to the verdict.
@Suite(.enabled(if: ScratchDatabase.isAvailable, "\(ScratchDatabase.reason)"))
struct ExperimentTests {
  private static let yaml = """
    models:
      - name: churn
        predictions: { table: members, id: customer_id, time: assigned_at, score: covariate }
        reference: { from: 2026-01-01, to: 2026-02-01 }
    experiments:
      - name: spring
        assignments:
          table: members
          unit: customer_id
          arm: arm
          time: assigned_at
          control: control
          where: "campaign = 'spring'"
        split: { control: 0.5, offer: 0.5 }
        tiers: tier
        covariate: covariate
        metrics:
          - { name: churn, table: events, unit: customer_id, time: happened_at, event: churned, horizon: 60d, better: lower }
          - { name: spend, table: payments, unit: customer_id, time: paid_at, amount: amount, horizon: 30d, better: higher }
        currency: EUR
        value: 300
        cost: { contact: 2, table: offers, unit: customer_id, amount: cost }
    """

  /// 8,000 customers who enter over 40 days; the offer saves a third of the leavers of the tier
  /// high, nobody in the middle, and drives some of the tier low away.
  private func make(_ harness: Harness) async throws {
    try await harness.sql(
      """
      create table members as
      select 'spring' as campaign, i as customer_id,
        case when i % 2 = 0 then 'control' else 'offer' end as arm,
        (array['high', 'low', 'middle'])[1 + i % 3] as tier,
        '2026-03-01'::timestamptz + (i / 200) * interval '1 day' as assigned_at,
        (hashtext('x' || i) % 1000) / 1000.0 as covariate
      from generate_series(1, 8000) i;
      insert into members select 'winter', i, 'offer', 'low', '2026-01-01', 0 from generate_series(1, 500) i;
      create table events as
      select customer_id, assigned_at + (customer_id % 59 + 1) * interval '1 day' as happened_at, true as churned
      from members
      where campaign = 'spring' and abs(hashtext('c' || customer_id) % 1000) < case tier
        when 'high' then case arm when 'offer' then 200 else 300 end
        when 'low' then case arm when 'offer' then 110 else 40 end else 120 end;
      create table payments as
      select customer_id, assigned_at + interval '3 days' as paid_at,
        20 + 30 * covariate + abs(hashtext('p' || customer_id) % 100) / 10.0 as amount
      from members where campaign = 'spring' and customer_id % 4 < 3;
      create table offers as select customer_id, 5.0 as cost from members
        where campaign = 'spring' and arm = 'offer' and customer_id % 5 = 0;
      """
    )
  }

  private func analyze(
    _ harness: Harness,
    _ yaml: String = Self.yaml,
    asOf: String = "2026-07-01"
  ) async throws -> ExperimentResult {
    let settings = try SettingsFile.read(text: yaml, file: "test.yaml").settings
    return try await harness.campaigns.analyze(
      try #require(settings.experiments.first),
      among: settings.experiments,
      asOf: try #require(Instant(asOf)),
      settings.calendar
    ).result
  }

  @Test(.timeLimit(.minutes(5)))
  func `sums are those of the server, and the verdict names whom to target`() async throws {
    try await Harness.with { harness in
      try await make(harness)
      let result = try await analyze(harness)
      let truth = try await harness.connection.query(
        """
        select m.arm, count(*) as members, count(e.customer_id) as churners,
          sum(coalesce(p.amount, 0))::float8 as spent,
          var_samp(coalesce(p.amount, 0))::float8 as variance
        from members m left join events e using (customer_id) left join payments p using (customer_id)
        where campaign = 'spring' group by 1 order by 1
        """,
        name: "truth"
      )
      let (members, churners): ([Int], [Int]) = (
        try truth.column("members"), try truth.column("churners")
      )
      let (sums, variances): ([Double], [Double]) = (
        try truth.column("spent"), try truth.column("variance")
      )
      let churn = try #require(result.effects.first { $0.metric.name == "churn" })
      let spend = try #require(result.effects.first { $0.metric.name == "spend" })
      for (row, sides) in [
        (churn.contrast.control, spend.contrast.control),
        (churn.contrast.treated, spend.contrast.treated),
      ].enumerated() {
        #expect(sides.0.count == members[row])
        #expect(Int(sides.0.total.rounded()) == churners[row])
        #expect(agree(sides.1.total, sums[row], 1e-9))
        #expect(agree(sides.1.variance, variances[row], 1e-9))
      }
      // The covariate explains part of the spending.
      #expect(try #require(spend.adjusted?.varianceReduction) > 0.2)
      #expect(result.maturity.isFinal && result.health.allSatisfy { $0.state == .ok })
      let verdict = try #require(result.verdicts.first)
      #expect(verdict.kind == .target && verdict.tiers == ["high"], "\(verdict.sentence)")
      #expect(verdict.sentence.contains("Leave out low"))
      let net = try #require(result.tiers.first { $0.name == "high" }?.money?.net)
      #expect(
        verdict.sentence.contains("There it brought EUR \(NumberText.grouped(Int(net.rounded())))")
      )
      #expect(result.tiers.first { $0.name == "low" }?.isHarmed ?? false)
      let money = try #require(result.money["offer"])
      // 4,000 contacts of 2, and 800 offers of 5.
      #expect(abs(money.cost - 12_000) < 1e-6)
      #expect(agree(money.net, -churn.best.difference * 4000 * 300 - 12_000, 1e-9))
      for format in ExperimentFormat.allCases {
        let text = try format.render(result)
        #expect(text.contains("target") && !text.contains("NaN") && !text.contains(" nan"))
      }
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `customers who are not mature do not count, and the date is told`() async throws {
    try await Harness.with { harness in
      try await make(harness)
      let early = try await analyze(harness, asOf: "2026-05-15")
      let churn = try #require(early.effects.first { $0.metric.name == "churn" })
      let count = try await harness.connection.query(
        """
        select count(*) from members
        where campaign = 'spring' and assigned_at + interval '60 days' <= '2026-05-15'
        """,
        name: "truth"
      ).value(as: Int.self)
      #expect(churn.contrast.control.count + churn.contrast.treated.count == count)
      #expect(!early.maturity.isFinal && early.maturity.allBy?.description == "2026-06-10")
      // Wider than the interval of one look.
      let wide = churn.interval.upper - churn.interval.lower
      #expect(wide > 1.4 * (churn.contrast.interval.upper - churn.contrast.interval.lower))
      #expect(try #require(early.verdicts.first).kind == .keepRunning)
      #expect(early.verdicts.first?.sentence.contains("until 2026-06-10") ?? false)
      // What happens to those who are not mature changes nothing.
      try await harness.sql(
        "insert into events select customer_id, '2026-05-14', true from members "
          + "where campaign = 'spring' and assigned_at > '2026-04-01' and arm = 'offer'"
      )
      let later = try await analyze(harness, asOf: "2026-05-15")
      let same = try #require(later.effects.first { $0.metric.name == "churn" })
      #expect(same.contrast.difference == churn.contrast.difference)
      let soon = try await analyze(harness, asOf: "2026-04-15")
      #expect(soon.verdicts.first?.kind == .cannotJudge)
      #expect(soon.verdicts.first?.sentence.contains("most are mature on") ?? false)
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `bad campaigns are blocked and say why`() async throws {
    try await Harness.with { harness in
      try await make(harness)
      func verdict(_ change: String, _ words: String, _ yaml: String = Self.yaml) async throws {
        try await harness.sql("drop table members, events, payments, offers")
        try await make(harness)
        try await harness.sql(change)
        let result = try await analyze(harness, yaml)
        let sentence = result.verdicts.map(\.sentence).joined()
        #expect(result.verdicts.first?.kind == .cannotJudge, "\(change): \(sentence)")
        #expect(sentence.contains(words), "\(change): \(sentence)")
        for format in ExperimentFormat.allCases { _ = try format.render(result) }
      }
      try await verdict(
        "delete from members where campaign = 'spring' and arm = 'offer' and customer_id % 10 = 1",
        "other sizes than intended"
      )
      try await verdict(
        "update members set tier = 'low' where campaign = 'spring' and tier = 'high' and arm = 'control' and customer_id % 4 = 0",
        "in the tier 'high'"
      )
      try await verdict(
        "insert into members select 'spring', customer_id, 'offer', tier, assigned_at, 0 from members "
          + "where campaign = 'spring' and arm = 'control' and customer_id % 20 = 0",
        "customers are in two arms"
      )
      try await verdict(
        "delete from members where arm = 'control'",
        "the control is called 'control'"
      )
      try await verdict("delete from members", "nobody is assigned")
      try await verdict(
        "delete from members where campaign = 'spring' and customer_id > 1",
        "the arms are offer"
      )
      try await verdict("delete from events", "all customers have the same outcome")
      try await verdict(
        "insert into events select customer_id, assigned_at + interval '1 day', true from members where campaign = 'spring'",
        "all customers have the same outcome"
      )
      try await verdict(
        "",
        "the arms of 'split' are not those",
        Self.yaml.replacing("{ control: 0.5, offer: 0.5 }", with: "{ a: 1, b: 1 }")
      )
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `odd rows are counted and left out`() async throws {
    try await Harness.with { harness in
      try await make(harness)
      let before = try await analyze(harness)
      try await harness.sql(
        """
        insert into events select customer_id, assigned_at - interval '2 days', true from members
          where campaign = 'spring' and customer_id <= 30;
        insert into payments values (1, '2026-03-05', 'Infinity'), (2, '2026-03-05', 'NaN'), (3, '2026-03-05', null);
        insert into payments values (4, null, 500);
        insert into events values (5, null, true);
        insert into offers values (7, 'NaN');
        insert into members values ('spring', 77, 'offer', 'aaa', '2026-04-20', 99),
          ('spring', null, 'offer', 'high', '2026-04-20', 0), ('spring', 9001, null, 'high', '2026-04-20', 0);
        insert into events values (999999, '2026-04-01', true), (null, '2026-04-01', true);
        """
      )
      let after = try await analyze(harness)
      for (first, second) in zip(before.effects, after.effects) {
        #expect(agree(first.contrast.difference, second.contrast.difference, 1e-12))
      }
      let health = after.health.map(\.text).joined(separator: "; ")
      #expect(health.contains("30 customers had an outcome before their assignment"))
      #expect(health.contains("fewer than 10 amounts are no numbers"))
      // An assignment that is there twice is one customer.
      #expect(after.arms.map(\.assigned) == before.arms.map(\.assigned))
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `small cells are hidden, and one alone takes another with it`() async throws {
    try await Harness.with { harness in
      try await make(harness)
      try await harness.sql(
        "update members set tier = 'rare' where customer_id <= 24 and campaign = 'spring'"
      )
      let result = try await analyze(harness)
      #expect(result.hiddenTiers >= 2 && !result.tiers.contains { $0.name == "rare" })
      // Of each arm, what is not shown is nobody or not a few.
      let shown = result.tiers.filter { $0.arm == "offer" }
      let treated = shown.reduce(0) { $0 + $1.contrast.treated.count }
      let events = shown.reduce(0) { $0 + Int($1.contrast.treated.total.rounded()) }
      let all = try #require(result.effects.first { $0.isPrimary }).contrast.treated
      #expect(all.count - treated >= 10 && Int(all.total.rounded()) - events >= 10)
      for format in ExperimentFormat.allCases {
        let text = try format.render(result)
        #expect(!text.contains("rare"))
      }
    }
  }

  @Test func `faults of the configuration are told together`() async throws {
    try await Harness.with { harness in
      try await make(harness)
      let yaml = Self.yaml.replacing(
        "unit: customer_id, time: happened_at",
        with: "unit: custumer_id, time: churned"
      )
      .replacing("covariate: covariate\n", with: "covariate: tier\n")
      do {
        _ = try await analyze(harness, yaml)
        Issue.record("a table without the column was read")
      } catch let error as ConfigErrors {
        let text = error.errors.map(\.description).joined(separator: "\n")
        #expect(text.contains("has no column 'custumer_id'; did you mean 'customer_id'?"))
        #expect(
          text.contains("'churned' of \"public\".\"events\" is of type bool, expected a timestamp")
            || text.contains("expected a timestamp")
        )
        #expect(text.contains("expected a number"))
      }
    }
  }

  @Test(
    .timeLimit(.minutes(5)),
    .enabled(if: SharedData.has("hillstrom/hillstrom.csv.gz"), "\(SharedData.reason)")
  )
  func `the Hillstrom e-mails give the figures that were measured independently`() async throws {
    try await Harness.with { harness in
      try await harness.sql(
        """
        create table customers (recency int, history_segment text, history double precision, mens int, womens int,
          zip_code text, newbie int, channel text, segment text, visit int, conversion int, spend double precision,
          mailed_at timestamptz default '2008-03-01', id bigint generated always as identity);
        """
      )
      try await harness.connection.copyIn(
        "copy customers (recency, history_segment, history, mens, womens, zip_code, newbie, channel, segment, "
          + "visit, conversion, spend) from stdin (format csv, header)",
        name: "load",
        from: TextSource(
          try SharedData.text("hillstrom/hillstrom.csv.gz").filter { $0 != 0x0D }
        )
      )
      let yaml = """
        models:
          - name: unused
            predictions: { table: customers, id: id, time: mailed_at, score: history }
            reference: { from: 2008-01-01, to: 2008-02-01 }
        experiments:
          - name: e-mail
            assignments: { table: customers, unit: id, arm: segment, time: mailed_at, control: No E-Mail }
            split: { No E-Mail: 1, Mens E-Mail: 1, Womens E-Mail: 1 }
            covariate: history
            metrics:
              - { name: visit, table: customers, unit: id, event: visit, horizon: 14d, better: higher }
              - { name: conversion, table: customers, unit: id, event: conversion, horizon: 14d, better: higher }
              - { name: spend, table: customers, unit: id, amount: spend, horizon: 14d, better: higher }
        """
      let result = try await analyze(harness, yaml)
      let women = result.effects.filter { $0.arm == "Womens E-Mail" }
      let sums = women.map { [$0.contrast.control.total, $0.contrast.treated.total] }
      let truth = [[2262.0, 3238], [122, 189], [13_908.33, 23_038.11]]
      #expect(zip(sums, truth).allSatisfy { zip($0, $1).allSatisfy { agree($0, $1, 1e-9) } })
      #expect(women.allSatisfy { $0.contrast.control.count == 21_306 })
      #expect(result.arms.map(\.assigned) == [21_306, 21_307, 21_387])
      // By scipy: `ExperimentsTests/Golden/contrasts.py`.
      struct Figure: Decodable { let difference, p, lower, upper: Double }
      struct Case: Decodable { let name: String, welch: Figure, cuped: Figure }
      struct File: Decodable { let means: [Case] }
      let url = Golden.root.appendingPathComponent("Tests/ExperimentsTests/Golden/contrasts.json")
      let golden = try JSONDecoder().decode(File.self, from: Data(contentsOf: url)).means
      for effect in women {
        let item = try #require(golden.first { $0.name == "hillstrom \(effect.metric.name)" })
        let adjusted = try #require(effect.adjusted)
        #expect(agree(adjusted.difference, item.cuped.difference, 1e-9))
        #expect(agree(adjusted.interval.lower, item.cuped.lower, 1e-9))
        #expect(abs(adjusted.p - item.cuped.p) < 1e-9)
        if effect.metric.name == "spend" {
          #expect(agree(effect.contrast.interval.upper, item.welch.upper, 1e-9))
          // The lift on the logarithmic scale, as measured independently: +21.8 % to +123.6 %.
          let lift = try #require(effect.contrast.lift).interval
          #expect(abs(lift.lower - 0.218) < 0.0005 && abs(lift.upper - 1.236) < 0.0005)
        }
      }
      try Self.comparePeers(women)
    }
  }

  /// By statsmodels and tea-tasting: `ExperimentsTests/Golden/peers.py`, which says where
  /// definitions differ.
  private static func comparePeers(_ effects: [ExperimentResult.Effect]) throws {
    struct Tea: Decodable {
      let difference, lower, upper, p, lift, lift_lower, lift_upper: Double
    }
    struct Metric: Decodable {
      let name: String
      let welch_interval: [Double]
      let welch_p: Double
      let newcombe: [Double]?
      let z_p: Double?
      let tea_plain: Tea
      let tea_cuped: Tea
    }
    struct File: Decodable { let metrics: [Metric] }
    let url = Golden.root.appendingPathComponent("Tests/ExperimentsTests/Golden/peers.json")
    let metrics = try JSONDecoder().decode(File.self, from: Data(contentsOf: url)).metrics
    for effect in effects {
      let peer = try #require(metrics.first { $0.name == effect.metric.name })
      let adjusted = try #require(effect.adjusted)
      #expect(agree(adjusted.difference, peer.tea_cuped.difference, 1e-9))
      #expect(agree(adjusted.interval.lower, peer.tea_cuped.lower, 1e-9))
      #expect(agree(adjusted.interval.upper, peer.tea_cuped.upper, 1e-9))
      #expect(abs(adjusted.p - peer.tea_cuped.p) < 1e-9)
      #expect(agree(effect.contrast.difference, peer.tea_plain.difference, 1e-9))
      let lift = try #require(effect.contrast.lift)
      #expect(agree(lift.value, peer.tea_plain.lift, 1e-9))
      if let newcombe = peer.newcombe, let p = peer.z_p {
        #expect(agree(effect.contrast.interval.lower, newcombe[0], 1e-9))
        #expect(agree(effect.contrast.interval.upper, newcombe[1], 1e-9))
        #expect(abs(effect.contrast.p - p) < 1e-9)
      } else {
        #expect(agree(effect.contrast.interval.lower, peer.welch_interval[0], 1e-9))
        #expect(agree(effect.contrast.interval.upper, peer.welch_interval[1], 1e-9))
        #expect(abs(effect.contrast.p - peer.welch_p) < 1e-9)
        #expect(agree(lift.interval.lower, peer.tea_plain.lift_lower, 1e-9))
        #expect(agree(lift.interval.upper, peer.tea_plain.lift_upper, 1e-9))
      }
    }
  }
}
