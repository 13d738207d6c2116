// SPDX-License-Identifier: Apache-2.0
import Checks
import Evaluation
import Postgres
import Profiles
import Reports
import Service
import Settings
import Statistics
import Synchronization
import TestKit
import Testing

/// Customers as such: who was scored, who was scored again, and what that means for intervals.
@Suite(.enabled(if: ScratchDatabase.isAvailable, "\(ScratchDatabase.reason)"))
struct CustomerTests {
  private static let yaml = Harness.standard.replacing(
    "reference:",
    with: """
      decision: { threshold: 0.5 }
          customers: { table: customers, entity: customer_id, since: joined, until: gone, where: "not is_test" }
          reference:
      """
  )

  @Test(.timeLimit(.minutes(5)))
  func `customers who were there and not scored are told`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      try await harness.sql(
        """
        -- c0 to c499 are scored each month; forty more are not from March on.
        create table customers as
        select 'c' || i as customer_id, '2025-01-01'::timestamptz as joined,
          null::timestamptz as gone, false as is_test
        from generate_series(0, 499) i
        union all
        select 'x' || i, '2026-02-20', null, false from generate_series(1, 40) i
        union all
        -- Who came or went within March was no customer for the whole of it; nor were test accounts ever.
        select 'y' || i, '2026-03-05', null, false from generate_series(1, 30) i
        union all
        select 'z' || i, '2025-01-01', '2026-03-20', false from generate_series(1, 20) i
        union all
        select 't' || i, '2025-01-01', null, true from generate_series(1, 10) i;
        """
      )
      _ = try await harness.check(Self.yaml, asOf: "2026-04-15")
      let models = try await harness.report(Self.yaml)
      let march = try models.window("2026-03-01")
      let reading = try #require(march.finding(.coverage, "score")?.reading)
      #expect(reading.sample.current == 540)
      #expect(reading.value == 500.0 / 540)
      // In January the twenty who went later were customers and were not scored either.
      #expect(reading.reference == 500.0 / 520)
      #expect(march.verdict(.coverage) == .ok)
      #expect(reading.note?.contains("40 of 540 customers were not scored") ?? false)
      try await harness.sql(
        "delete from predictions where predicted_at >= '2026-03-01' and customer_id < 'c3'"
      )
      _ = try await harness.check(Self.yaml, asOf: "2026-04-16")
      let fewer = try await harness.report(Self.yaml).window("2026-03-01")
      #expect(fewer.verdict(.coverage) == .drift)
    }
  }

  @Test func `a faulty table of customers is named with its line`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      try await harness.sql("create table customers (customer_id bigint, joined text)")
      let yaml = Self.yaml.replacing(", until: gone, where: \"not is_test\"", with: "")
      await #expect(throws: ConfigErrors.self) {
        _ = try await harness.check(yaml, asOf: "2026-04-15")
      }
      do {
        _ = try await harness.check(yaml, asOf: "2026-04-15")
      } catch let error as ConfigErrors {
        let text = error.errors.map(\.description).joined(separator: "\n")
        #expect(text.contains("'joined' of customers is of type text"))
        #expect(text.contains("they cannot be compared"))
        #expect(text.contains("test.yaml:12:64"))
      }
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `intervals are by customer, with the factor that the server's own sums give`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      // Each customer of a month is scored about twelve times with nearly one score and one
      // outcome.
      try await harness.sql(
        """
        update predictions set customer_id = 'k' || (extract(epoch from predicted_at - '2026-01-01') / 43200)::int % 60;
        update predictions set score = 0.05 + 0.9 * (((hashtext(customer_id) % 100) + 100) % 100) / 100.0
          + 0.0001 * amount / 1000;
        update outcomes o set label = hashtext(p.customer_id || date_part('month', p.predicted_at)) % 3 = 0
          from predictions p where p.prediction_id = o.prediction_id;
        """
      )
      let yaml = Self.yaml.replacing(
        "customers: { table: customers, entity: customer_id, since: joined, until: gone, where: \"not is_test\" }\n",
        with: "segments: [plan]\n"
      )
      let models = try await harness.check(yaml, asOf: "2026-04-15")
      let truth = try await harness.connection.query(
        """
        with reference as (
          select p.customer_id, (p.score >= 0.5)::int as flag
          from predictions p join outcomes o using (prediction_id)
          where o.label and p.predicted_at < '2026-02-01'
        ), mean as (select avg(flag)::float8 as recall from reference)
        select sum(c.s * c.s) / sum(c.q)
        from (
          select sum(flag - recall) as s, sum((flag - recall) ^ 2) as q
          from reference, mean group by customer_id
        ) as c
        """,
        name: "truth"
      ).value(as: Double.self)
      let recall = try #require(
        try models.window("2026-03-01").finding(.recall, "score")?.reading
      )
      let factor = try #require(recall.details.first { $0.name == "design_effect" }?.value)
      #expect(abs(factor - truth) < 1e-9)
      #expect(factor > 3)
      let interval = try #require(recall.interval)
      let plain = try #require(
        Proportion(
          Int((recall.value ?? 0) * Double(recall.sample.current) + 0.5),
          of: recall.sample.current
        )
      )
      .wilsonInterval()
      #expect(interval.upper - interval.lower > 1.5 * (plain.upper - plain.lower))
      // The report from what is stored says the same.
      let stored = try await harness.report(yaml).window("2026-03-01")
      #expect(stored.finding(.recall, "score")?.reading.interval == interval)
      // So does a replay, from the rows.
      let from = try #require(Instant("2026-04-01"))
      let to = try #require(Instant("2026-04-15"))
      let range = try #require(TimeRange(from: from, to: to))
      let calendar = try #require(ZonedCalendar(identifier: "UTC"))
      let plan = try #require(ReplayPlan(range, every: "14d", calendar))
      let found = Mutex<Interval?>(nil)
      try await harness.replays().replay(
        try harness.model(yaml),
        plan,
        isDry: true,
        now: to
      ) { step in
        let window = try? step.reports.window("2026-03-01")
        if let seen = window?.finding(.recall, "score")?.reading.interval {
          found.withLock { $0 = seen }
        }
      }
      #expect(found.withLock { $0 } == interval)
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `customers who are scored twice in a bucket are counted, repeated rows are not`()
    async throws
  {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      try await harness.sql(
        """
        insert into predictions
        select prediction_id || 'again', customer_id, model_version, predicted_at + interval '1 minute', score,
          amount, calls, plan, active, since, bill
        from predictions where predicted_at < '2026-01-03' and score < 0.1;
        insert into predictions select * from predictions where predicted_at < '2026-01-02' and score > 0.9;
        """
      )
      let expected = try await harness.connection.query(
        """
        select coalesce(sum(n - 1), 0)::bigint from (
          select count(distinct prediction_id) as n from predictions
          group by date_trunc('day', predicted_at at time zone 'UTC'), customer_id, model_version) as r
        """,
        name: "truth"
      ).value(as: Int.self)
      #expect(expected > 0)
      let yaml = Harness.standard
      let models = try await harness.check(yaml, asOf: "2026-04-15")
      #expect(models.issues()["repeated_customer"] == expected)
      // Only what is new is counted at the next check.
      let later = try await harness.check(yaml, asOf: "2026-04-16")
      #expect(later.issues()["repeated_customer"] == nil)
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `distances over raw values are those of sorted samples`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      try await harness.sql(
        """
        update predictions set amount = case when random() < 0.1 then 'NaN' when random() < 0.1 then null
          else amount * (1 + 0.3 * (predicted_at >= '2026-03-01')::int) end;
        """
      )
      _ = try await harness.check(Harness.standard, asOf: "2026-04-15")
      var models = try await harness.report(Harness.standard)
      try await harness.reports().addExactDistances(&models, try harness.model(Harness.standard))
      let march = try models.window("2026-03-01")
      for (subject, sql) in [
        ("amount", "amount"), ("score", "score"), ("calls", "calls::float8"),
        ("since", "(extract(epoch from since) / 86400)::float8"),
      ] {
        func sample(_ from: String, _ to: String) async throws -> [Double] {
          let rows = try await harness.connection.query(
            "select \(sql) from predictions where predicted_at >= '\(from)' and predicted_at < '\(to)' and (\(sql)) < 'infinity'",
            name: "sample"
          )
          return try rows.values(as: Double.self).sorted()
        }
        let mine = try await sample("2026-03-01", "2026-04-01")
        let theirs = try await sample("2026-01-01", "2026-02-01")
        var distance = 0.0
        for x in mine + theirs {
          let f = Double(mine.count { $0 <= x }) / Double(mine.count)
          let g = Double(theirs.count { $0 <= x }) / Double(theirs.count)
          distance = max(distance, abs(f - g))
        }
        let reading = try #require(march.finding(.ks, subject)?.reading)
        let exact = try #require(reading.details.first { $0.name == "exact" }?.value, "\(subject)")
        #expect(abs(exact - distance) < 1e-12, "\(subject)")
        let p = try #require(reading.details.first { $0.name == "exact_p" }?.value)
        #expect(
          p == Kolmogorov.twoSampleP(distance: exact, mine.count, theirs.count),
          "\(subject): \(p)"
        )
        // What is told by cells keeps its promise.
        let bound = try #require(reading.details.first { $0.name == "bin_bound" }?.value)
        let value = try #require(reading.value)
        #expect(value <= exact + 1e-12 && exact <= value + bound + 1e-12, "\(subject)")
        try Self.expectExactWasserstein(
          try #require(march.finding(.wasserstein, subject)?.reading),
          mine,
          theirs
        )
      }
    }
  }

  /// The distance over raw values is that of the sorted samples, and as far from the one by bins as
  /// is said.
  private static func expectExactWasserstein(
    _ reading: Reading,
    _ mine: [Double],
    _ theirs: [Double]
  ) throws {
    let places = Set(mine + theirs).sorted()
    var raw = 0.0
    for (x, next) in zip(places, places.dropFirst()) {
      let f = Double(mine.count { $0 <= x }) / Double(mine.count)
      let g = Double(theirs.count { $0 <= x }) / Double(theirs.count)
      raw += abs(f - g) * (next - x)
    }
    func detail(_ name: String) throws -> Double {
      try #require(reading.details.first { $0.name == name }?.value, "\(reading.subject): \(name)")
    }
    let value = try #require(reading.value)
    let scale = try detail("raw") / value
    #expect(abs(try detail("exact") - raw / scale) <= 1e-9 * max(1, raw / scale))
    let bound = try detail("bin_bound")
    #expect(
      abs(raw / scale - value) <= bound + 1e-12,
      "\(reading.subject): \(raw / scale), \(value), \(mine.min() ?? 0) to \(mine.max() ?? 0)"
    )
    #expect(bound < 0.4, "\(reading.subject): \(bound)")
  }

  @Test(.timeLimit(.minutes(5)))
  func `when churners become known is told for all, by decision, by score and by segment`()
    async throws
  {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      try await harness.sql(
        """
        update outcomes o set observed_at = p.predicted_at
          + case when p.plan = 'a' then interval '2 days' else interval '8 days' end
        from predictions p where p.prediction_id = o.prediction_id;
        """
      )
      let yaml = Harness.standard.replacing("reference:", with: "segments: [plan]\n    reference:")
      _ = try await harness.check(yaml, asOf: "2026-04-15")
      let arrivals = try #require(try await harness.report(yaml).first).arrivals
      #expect(
        arrivals.map(\.name) == [
          "all", "flagged", "others", "lowest third of the scores", "middle third",
          "highest third", "plan=a", "plan=b", "plan=c",
        ]
      )
      let early = try #require(arrivals.first { $0.name == "plan=a" })
      let late = try #require(arrivals.first { $0.name == "plan=b" })
      #expect(try #require(early.days(until: 0.9)) <= 3)
      #expect(try #require(late.days(until: 0.5)) > 7)
      let counted = try await harness.connection.query(
        """
        select count(*) from predictions join outcomes using (prediction_id)
        where label and plan = 'a' and predicted_at < '2026-02-01'
        """,
        name: "truth"
      ).value(as: Int.self)
      #expect(early.churners == counted)
    }
  }
}
