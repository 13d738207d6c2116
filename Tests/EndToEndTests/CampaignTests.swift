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
import Store
import TestKit
import Testing

/// Campaigns from plan to sign-off: who counts, planned looks, money by customer, decisions.
@Suite(.enabled(if: ScratchDatabase.isAvailable, "\(ScratchDatabase.reason)"))
struct CampaignTests {
  static let yaml = """
    models:
      - name: churn
        predictions: { table: members, id: customer_id, time: assigned_at, score: covariate }
        reference: { from: 2026-01-01, to: 2026-02-01 }
    experiments:
      - name: spring
        assignments: { table: members, unit: customer_id, arm: arm, time: assigned_at, control: control }
        split: { control: 0.5, offer: 0.5 }
        tiers: tier
        segments: [region]
        exclusive: [autumn]
        exposures: { table: contacts, unit: customer_id, time: reached_at }
        metrics:
          - { name: churn, table: events, unit: customer_id, time: happened_at, event: churned, horizon: 60d, better: lower }
          - { name: basket, table: payments, unit: customer_id, time: paid_at, amount: amount, per: items, horizon: 30d, better: higher }
          - { name: spend, table: payments, unit: customer_id, time: paid_at, amount: amount, cap: 40, horizon: 30d, better: higher }
          - { name: complaints, table: complaints, unit: customer_id, time: at, horizon: 30d, better: lower, role: guardrail, margin: 2% }
        currency: EUR
        value: { column: worth }
        cost: { contact: 2 }
        effect: 3%
        capacity: 1000
      - name: autumn
        assignments: { table: others, unit: customer_id, arm: arm, time: assigned_at, control: control }
    """

  /// 6,000 customers in two regions who enter over 30 days; the offer saves a third of those who
  /// would leave.
  func make(_ harness: Harness) async throws {
    try await harness.sql(
      """
      create table members as
      select i as customer_id, case when i % 2 = 0 then 'control' else 'offer' end as arm,
        (array['high', 'low', 'middle'])[1 + i % 3] as tier, (array['north', 'south'])[1 + (i / 2) % 2] as region,
        '2026-03-01'::timestamptz + (i / 200) * interval '1 day' as assigned_at,
        100 + (hashtext('w' || i) % 100) as worth, (hashtext('x' || i) % 1000) / 1000.0 as covariate
      from generate_series(1, 6000) i;
      create table others as
      select i as customer_id, 'offer' as arm, '2026-03-20'::timestamptz as assigned_at
      from generate_series(1, 100) i
      union all
      -- Half a year later is another time.
      select i, 'offer', '2026-09-20' from generate_series(101, 200) i;
      create table contacts as
      select customer_id, assigned_at + interval '1 day' as reached_at from members
        where arm = 'offer' and customer_id % 10 < 8
      union all
      -- Before the assignment is no contact of this campaign.
      select customer_id, assigned_at - interval '9 days' from members where customer_id % 10 = 9;
      create table events as
      select customer_id, assigned_at + (customer_id % 59 + 1) * interval '1 day' as happened_at, true as churned
      from members
      where abs(hashtext('c' || customer_id) % 1000) < case arm when 'offer' then 160 else 240 end;
      create table payments as
      select customer_id, assigned_at + interval '3 days' as paid_at,
        (1 + abs(hashtext('n' || customer_id) % 5))::float8 as items,
        (1 + abs(hashtext('n' || customer_id) % 5)) * (8 + abs(hashtext('p' || customer_id) % 100) / 25.0
          + case when arm = 'offer' then 0.5 else 0 end) as amount
      from members where customer_id % 4 < 3;
      create table complaints as
      select customer_id, assigned_at + interval '2 days' as at from members
        where abs(hashtext('z' || customer_id) % 1000) < 60;
      """
    )
  }

  func settings(_ yaml: String = Self.yaml) throws -> Settings {
    try SettingsFile.read(text: yaml, file: "test.yaml").settings
  }

  func analyze(
    _ harness: Harness,
    _ yaml: String = Self.yaml,
    asOf: String = "2026-08-01",
    isLogged: Bool = false,
    isLive: Bool = false
  ) async throws -> CampaignReport {
    let settings = try settings(yaml)
    return try await harness.campaigns.analyze(
      try #require(settings.experiments.first),
      among: settings.experiments,
      asOf: try #require(Instant(asOf)),
      settings.calendar,
      isLogged: isLogged,
      isLive: isLive
    )
  }

  /// Who counts: not those of the other campaign.
  private static let counted = "members m where not (customer_id <= 100)"

  @Test(.timeLimit(.minutes(5)))
  func `ratios, caps, worth and who was reached are the server's own figures`() async throws {
    try await Harness.with { harness in
      try await make(harness)
      let result = try await analyze(harness).result
      let truth = try await harness.connection.query(
        """
        select m.arm, count(*) as assigned,
          count(*) filter (where exists (select from contacts c where c.customer_id = m.customer_id and c.reached_at >= m.assigned_at)) as reached,
          (sum(coalesce(p.amount, 0)) / sum(coalesce(p.items, 0)))::float8 as basket,
          avg(least(coalesce(p.amount, 0), 40))::float8 as spend,
          avg(case when exists (select from events e where e.customer_id = m.customer_id) then worth else 0 end)::float8 as lost,
          count(*) filter (where p.amount > 40) as capped
        from members m left join payments p using (customer_id)
        where m.customer_id > 100 group by 1 order by 1
        """,
        name: "truth"
      )
      let (assigned, reached): ([Int], [Int]) = (
        try truth.column("assigned"), try truth.column("reached")
      )
      let (baskets, spends): ([Double], [Double]) = (
        try truth.column("basket"), try truth.column("spend")
      )
      let basket = try #require(result.effects.first { $0.metric.name == "basket" }).contrast
      let spend = try #require(result.effects.first { $0.metric.name == "spend" }).contrast
      for (row, value) in [
        (basket.controlValue, spend.control), (basket.treatedValue, spend.treated),
      ]
      .enumerated() {
        #expect(result.arms[row].assigned == assigned[row])
        #expect(result.arms[row].reached == reached[row])
        #expect(abs(value.0 - baskets[row]) < 1e-9)
        #expect(abs(value.1.mean - spends[row]) < 1e-9)
      }
      #expect(try truth.column("capped", as: Int.self)[0] > 0)
      // The delta method against the residuals' own variance, row by row.
      let residual = try await harness.connection.query(
        """
        with r as (
          select m.arm, coalesce(p.amount, 0) as y, coalesce(p.items, 0) as x
          from members m left join payments p using (customer_id) where m.customer_id > 100
        ), s as (select arm, sum(y) / sum(x) as ratio, avg(x) as mean, count(*) as n from r group by 1)
        select sum(v)::float8 from (
          select var_samp(r.y - s.ratio * r.x) / (s.mean * s.mean) / s.n as v
          from r join s using (arm) group by arm, s.mean, s.n) as parts
        """,
        name: "residual"
      ).value(as: Double.self)
      #expect(abs(basket.standardError - residual.squareRoot()) < 1e-9)
      // Money by what each customer is worth.
      let money = try #require(result.money["offer"])
      let losses: [Double] = try truth.column("lost")
      let lost = losses[0] - losses[1]
      #expect(abs(money.net - (lost * Double(money.customers) - money.cost)) < 1e-6)
      #expect(money.cost == Double(money.customers) * 2)
      // Those who would have stayed got their part of the cost.
      let churn = try #require(result.effects.first { $0.isPrimary })
      #expect(
        abs((money.givenAway ?? 0) - money.cost * (1 - churn.contrast.control.mean)) < 1e-9
      )
      let perReached = try #require(churn.perReached)
      #expect(abs(perReached.value - churn.best.difference / 0.8) < 0.01)
      #expect(result.health.contains { $0.check == "overlap" && $0.text.contains("100 of 6000") })
      #expect(result.health.first { $0.check == "exposure" }?.state == .ok)
      // A guardrail that did not move.
      #expect(result.guardrails.map(\.state) == [.safe])
      let verdict = try #require(result.verdicts.first)
      #expect(verdict.kind == .rollOut, "\(verdict.sentence)")
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `a unique index changes how customers are read and nothing else`() async throws {
    try await Harness.with { harness in
      try await make(harness)
      let before = try await analyze(harness).result
      try await harness.sql("create unique index on members (customer_id)")
      let after = try await analyze(harness).result
      #expect(before.verdicts.map(\.sentence) == after.verdicts.map(\.sentence))
      #expect(before.arms.map(\.assigned) == after.arms.map(\.assigned))
      #expect(before.arms.map(\.reached) == after.arms.map(\.reached))
      for (first, second) in zip(before.effects, after.effects) {
        // Sums of doubles in another order.
        #expect(abs(first.best.difference - second.best.difference) < 1e-12)
        #expect(abs(first.best.standardError - second.best.standardError) < 1e-12)
      }
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `a customer counts from the first assignment on, with what was known then`() async throws {
    try await Harness.with { harness in
      try await make(harness)
      let before = try await analyze(harness).result
      // The same arm again, later, with another tier, region and worth.
      try await harness.sql(
        """
        insert into members
        select customer_id, arm, 'none', 'none', assigned_at + interval '3 days', 1e6, 0 from members
        where customer_id % 7 = 0
        """
      )
      let after = try await analyze(harness).result
      #expect(try ExperimentFormat.json.render(before) == ExperimentFormat.json.render(after))
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `segments have their own sums and family, and the curve ends where the shares do`()
    async throws
  {
    try await Harness.with { harness in
      try await make(harness)
      let result = try await analyze(harness).result
      let region = try #require(result.segments.first)
      #expect(region.column == "region" && region.levels.map(\.name) == ["north", "south"])
      let truth = try await harness.connection.query(
        """
        select region, count(*) as members, count(e.customer_id) as churners from members m left join events e using (customer_id)
        where m.customer_id > 100 and arm = 'offer' group by 1 order by 1
        """,
        name: "truth"
      )
      let (members, churners): ([Int], [Int]) = (
        try truth.column("members"), try truth.column("churners")
      )
      for (row, level) in region.levels.enumerated() {
        #expect(level.contrast.treated.count == members[row])
        #expect(Int(level.contrast.treated.total.rounded()) == churners[row])
      }
      for (arm, steps) in result.survival {
        let all = try #require(result.effects.first { $0.isPrimary }).contrast
        let sums = arm == "control" ? all.control : all.treated
        let last = try #require(steps.last)
        #expect(abs(last.survival - (1 - sums.mean)) < 0.01, "\(arm)")
      }
      #expect(result.ledger.reduce(0) { $0 + $1.assigned } == 5900)
      let who = try #require(result.who.first)
      #expect(who.cut?.plan.customers ?? 0 <= 1000)
      for format in ExperimentFormat.allCases {
        let text = try format.render(result)
        #expect(text.contains("region") || format == .json)
        #expect(text.contains("north"))
        #expect(!text.contains("<script"))
      }
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `decisions wait for planned reviews, each look is logged, and a changed metric blocks`()
    async throws
  {
    try await Harness.with { harness in
      try await make(harness)
      let yaml = Self.yaml.replacing(
        "effect: 3%",
        with: "effect: 3%\n    reviews: [2026-05-10, 2026-06-15]\n    planned: 5900"
      )
      let first = try await analyze(harness, yaml, asOf: "2026-05-05", isLogged: true).result
      #expect(first.look.kind == .unplanned && first.look.number == 1)
      #expect(first.verdicts.first?.kind == .keepRunning)
      #expect(first.verdicts.first?.sentence.contains("until the review on 2026-05-10") ?? false)
      let review = try await analyze(harness, yaml, asOf: "2026-05-11", isLogged: true).result
      #expect(review.look.kind == .planned && review.look.number == 2)
      let effect = try #require(review.effects.first { $0.isPrimary })
      let boundary = try #require(
        GroupSequential().boundaries([review.look.fraction]).last
      )
      #expect(
        abs(
          effect.interval.upper - effect.best.difference - boundary * effect.best.standardError
        )
          < 1e-9
      )
      // The same review is not made twice; the next one is.
      let between = try await analyze(harness, yaml, asOf: "2026-05-20", isLogged: true).result
      #expect(between.look.kind == .unplanned)
      let last = try await analyze(harness, yaml, asOf: "2026-06-16", isLogged: true).result
      #expect(last.look.kind == .planned && last.look.fraction == 1)
      #expect(last.verdicts.first?.kind == .rollOut, "\(last.verdicts)")
      // Looking again at the same data decides the same.
      let again = try await analyze(harness, yaml, asOf: "2026-06-20").result
      #expect(again.look.kind == .planned)
      #expect(again.verdicts.first?.kind == .rollOut)
      let logged = try await harness.connection.query(
        "select kind from plumbline.interim_look order by looked_at",
        name: "looks"
      ).values(as: String.self)
      #expect(logged == ["unplanned", "planned", "unplanned", "planned"])
      // A past moment sees the looks before it, and is none.
      let past = try await analyze(harness, yaml, asOf: "2026-05-08").result
      #expect(past.look.number == 2 && past.look.kind == .unplanned)
      // A review that is due and not logged decides nothing, so that looking first costs nothing
      // either.
      let peek = try await analyze(harness, yaml, asOf: "2026-05-10").result
      #expect(peek.look.kind == .unplanned && peek.verdicts.first?.kind == .keepRunning)
      let changed = try await analyze(
        harness,
        yaml.replacing("horizon: 60d", with: "horizon: 50d"),
        asOf: "2026-06-20"
      ).result
      #expect(changed.verdicts.first?.kind == .cannotJudge)
      #expect(changed.health.contains { $0.check == "metric" && $0.state == .blocked })
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `bad campaigns are told what is wrong with them`() async throws {
    try await Harness.with { harness in
      try await make(harness)
      for (change, word) in [
        ("delete from contacts", "nobody of the treated was reached"),
        (
          "insert into contacts select customer_id, '2026-05-01' from members where arm = 'control'",
          "of the control"
        ),
        (
          "insert into others select customer_id, 'offer', assigned_at from members where customer_id % 3 = 0",
          "no fair sample"
        ),
      ] {
        try await harness.sql(
          "begin; create table saved_contacts as select * from contacts; create table saved_others as select * from others; commit; "
            + change
        )
        let result = try await analyze(harness).result
        #expect(result.verdicts.first?.kind == .cannotJudge, "\(change)")
        #expect(result.verdicts.first?.sentence.contains(word) ?? false, "\(result.verdicts)")
        try await harness.sql(
          "drop table contacts, others; alter table saved_contacts rename to contacts; alter table saved_others rename to others"
        )
      }
      let faults = Self.yaml
        .replacing("role: guardrail, margin: 2%", with: "role: guardrail")
        .replacing("exclusive: [autumn]", with: "exclusive: [atumn]")
        .replacing("cap: 40", with: "cap: none")
        .replacing("segments: [region]", with: "segments: [region, region]")
        .replacing("effect: 3%", with: "effect: 3%\n    reviews: [2026-05-10]")
      do {
        _ = try settings(faults)
        Issue.record("no fault")
      } catch let error as ConfigErrors {
        let text = error.errors.map(\.description).joined(separator: "\n")
        #expect(text.contains("a guardrail has a 'margin'"))
        #expect(text.contains("did you mean 'autumn'"))
        #expect(text.contains("'region' is listed twice"))
        #expect(text.contains("'reviews' need 'planned'"))
        #expect(error.errors.count == 5, "\(text)")
      }
      let ratio = Self.yaml.replacing("event: churned,", with: "amount: a, per: b,")
      #expect(throws: ConfigErrors.self) { _ = try settings(ratio) }
      do {
        let text = Self.yaml.replacing(
          "table: contacts, unit: customer_id",
          with: "table: texts, unit: customer_id"
        )
        try await harness.sql("create table texts (customer_id text, reached_at timestamptz)")
        _ = try await analyze(harness, text)
        Issue.record("keys of two types were compared")
      } catch let error as ConfigErrors {
        #expect(error.errors.map(\.description).joined().contains("they cannot be compared"))
      }
      await #expect(throws: ConfigErrors.self) {
        _ = try await analyze(
          harness,
          Self.yaml.replacing("segments: [region]", with: "segments: [city]")
        )
      }
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `a guardrail of a rare event stops what harms it, though its figures are too small to show`()
    async throws
  {
    try await Harness.with { harness in
      try await make(harness)
      try await harness.sql(
        """
        delete from complaints;
        insert into complaints select customer_id, assigned_at + interval '2 days' from members
          where arm = 'offer' and customer_id % 10 = 1 or customer_id in (1002, 1004);
        """
      )
      let result = try await analyze(harness).result
      #expect(result.guardrails.map(\.state) == [.harmed])
      #expect(result.guardrails.first?.worse == nil)
      #expect(result.verdicts.first?.kind == .stopHarm, "\(result.verdicts)")
      let text = try ExperimentFormat.text.render(result)
      #expect(text.contains("too few customers have it to show figures"))
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `after the last review the look at all customers decides, with what is left to spend`()
    async throws
  {
    try await Harness.with { harness in
      try await make(harness)
      // The last review comes before all are mature, and fewer came than were planned.
      let yaml = Self.yaml.replacing(
        "effect: 3%",
        with: "effect: 3%\n    reviews: [2026-05-10]\n    planned: 7000"
      )
      let review = try await analyze(harness, yaml, asOf: "2026-05-11", isLogged: true).result
      #expect(review.look.kind == .planned && !review.look.isFinal)
      let last = try await analyze(harness, yaml, asOf: "2026-07-01", isLogged: true).result
      #expect(last.look.kind == .planned && last.look.isFinal)
      #expect(last.verdicts.first?.kind == .rollOut, "\(last.verdicts)")
      // Without reviews, and with fewer than were planned, it goes on.
      let short = Self.yaml.replacing("effect: 3%", with: "effect: 3%\n    planned: 20000")
      let open = try await analyze(harness, short, asOf: "2026-07-01").result
      #expect(!open.look.isFinal)
      let primary = try #require(open.effects.first { $0.isPrimary })
      #expect(primary.interval != primary.best.interval)
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `values that are no numbers and assignments without a time do no harm`() async throws {
    try await Harness.with { harness in
      try await make(harness)
      let before = try await analyze(harness).result
      try await harness.sql(
        """
        alter table members alter worth type float8, alter covariate type float8;
        insert into members select 900000 + i, 'offer', 'high', 'north', '-infinity', 100, 0 from generate_series(1, 50) i;
        update members set worth = 'NaN', covariate = 'infinity' where customer_id = 300;
        """
      )
      let yaml = Self.yaml.replacing("tiers: tier", with: "tiers: tier\n    covariate: covariate")
      let after = try await analyze(harness, yaml, isLogged: true).result
      #expect(after.arms.map(\.assigned) == before.arms.map(\.assigned))
      #expect(after.effects.first?.adjusted != nil)
      #expect(after.money["offer"]?.net.isFinite ?? false)
    }
  }
}
