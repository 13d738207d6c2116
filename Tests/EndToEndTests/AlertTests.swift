// SPDX-License-Identifier: Apache-2.0
import Alerting
import Foundation
import Service
import Postgres
import Profiles
import Reports
import Store
import TestKit
import Testing

/// Alerts from check to check, stored and as people see them.
@Suite(.enabled(if: ScratchDatabase.isAvailable, "\(ScratchDatabase.reason)"))
struct AlertTests {
  /// Weeks, so that windows that do not overlap come soon; each outcome is the last word.
  static let weekly = Harness.standard.replacing("[1mo]", with: "[7d]")
    .replacing("horizon: 10d", with: "horizon: 10d, final: true")

  /// The alerts of a rule, as `state subject`.
  private func states(_ harness: Harness, _ rule: String) async throws -> [String] {
    let alerts = try await harness.alerts.alerts(try harness.model(Self.weekly))
    return alerts.filter { $0.alert.key.rule == rule }
      .map { "\($0.alert.state.rawValue) \($0.alert.key.subject)" }.sorted()
  }

  /// Predictions and outcomes up to this hour, of which `amount` has moved in the last twenty days.
  static func makeLiveTables(_ harness: Harness) async throws {
    try await harness.makeStandardTables()
    try await harness.sql(
      """
      update predictions set
        predicted_at = predicted_at + (date_trunc('day', now()) - '2026-04-01'::timestamptz);
      update outcomes set observed_at = (
        select p.predicted_at + interval '5 days' from predictions p
        where p.prediction_id = outcomes.prediction_id);
      delete from outcomes where observed_at > now();
      update predictions set amount = amount + 900 where predicted_at > now() - interval '20 days';
      """
    )
  }

  /// The configuration for `makeLiveTables`; the reference is the first month.
  static func liveConfiguration() -> String {
    let today = Date().timeIntervalSince1970 / 86_400
    func date(_ daysAgo: Double) -> Substring {
      let moment = Instant(microseconds: Int64((today - daysAgo).rounded(.down) * 86_400e6))
      return moment.description.prefix(10)
    }
    return weekly.replacing(
      "{ from: 2026-01-01, to: 2026-02-01 }",
      with: "{ from: \(date(90)), to: \(date(59)) }"
    )
  }

  @Test func `an alert goes its way from check to check, with every step and its reason`()
    async throws
  {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      try await harness.sql(
        """
        update predictions set amount = amount + 900
        where predicted_at >= '2026-02-15' and predicted_at < '2026-03-08'
        """
      )
      let yaml = Self.weekly
      _ = try await harness.check(yaml, asOf: "2026-02-15")
      #expect(try await states(harness, "FeatureDrift").isEmpty)
      let first = try await harness.check(yaml, asOf: "2026-02-22")
      #expect(try await states(harness, "FeatureDrift") == ["pending amount"])
      #expect(first.first?.alerts.first?.state == .firing, "out-of-range needs no second window")
      let second = try await harness.check(yaml, asOf: "2026-03-01")
      #expect(try await states(harness, "FeatureDrift") == ["firing amount"])
      let shown = try #require(second.first?.alerts.first { $0.alert.key.rule == "FeatureDrift" })
      #expect(shown.since == Instant("2026-03-01") && shown.reason.contains("PSI"))
      // Seen again it is the same alert, whose start stays.
      _ = try await harness.check(yaml, asOf: "2026-03-02")
      let again = try await harness.report(yaml, from: "2026-02-01")
      #expect(
        again.first?.alerts.first { $0.alert.key.rule == "FeatureDrift" }?.since == shown.since
      )
      for date in ["2026-03-15", "2026-03-22", "2026-03-29"] {
        _ = try await harness.check(yaml, asOf: date)
      }
      #expect(try await states(harness, "FeatureDrift") == ["resolved amount"])
      let number = try #require(shown.number)
      let steps = try await harness.alerts.transitions(of: number)
      #expect(steps.map(\.to) == [.pending, .firing, .resolved])
      #expect(steps.allSatisfy { !$0.reason.isEmpty })
      #expect(steps[0].reason.contains("1 of 3 windows"))
    }
  }

  @Test func `what is told of the past leaves alerts as they are`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      try await harness.sql(
        "update predictions set amount = amount + 900 where predicted_at >= '2026-03-01'"
      )
      let model = try harness.model(Self.weekly)
      _ = try await harness.check(Self.weekly, asOf: "2026-03-15")
      let before = try await harness.alerts.alerts(model)
      #expect(before.contains { $0.alert.state == .firing })
      let now = try #require(Instant("2026-04-01"))
      _ = try await harness.checks().check(model, asOf: now, now: now, .init(isLive: false))
      #expect(try await harness.alerts.alerts(model) == before)
      // Nor does a check of a moment before the last one move them.
      _ = try await harness.check(Self.weekly, asOf: "2026-03-08")
      #expect(try await harness.alerts.alerts(model) == before)
    }
  }

  @Test func `a stopped feed fires, and data that are missing resolve nothing`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      try await harness.sql(
        """
        update predictions set amount = null where predicted_at >= '2026-03-01' and prediction_id like '%3';
        delete from predictions where predicted_at >= '2026-03-15';
        """
      )
      _ = try await harness.check(Self.weekly, asOf: "2026-03-15")
      #expect(try await states(harness, "MissingValues") == ["firing amount"])
      #expect(try await states(harness, "VolumeDrop").isEmpty)
      _ = try await harness.check(Self.weekly, asOf: "2026-03-29")
      #expect(try await states(harness, "MissingValues").contains("firing amount"))
      #expect(try await states(harness, "VolumeDrop") == ["firing score"])
      #expect(try await states(harness, "ScoreDrift") == ["no_data score"])
    }
  }

  @Test func `a version that was replaced ends its alerts`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      try await harness.sql(
        """
        update predictions set amount = null where predicted_at >= '2026-03-01' and predicted_at < '2026-03-15';
        update predictions set model_version = 'v2' where predicted_at >= '2026-03-15';
        """
      )
      _ = try await harness.check(Self.weekly, asOf: "2026-03-15")
      #expect(try await states(harness, "MissingValues") == ["firing amount"])
      _ = try await harness.check(Self.weekly, asOf: "2026-03-25")
      #expect(try await states(harness, "MissingValues") == ["resolved amount"])
      let alert = try #require(
        await harness.alerts.alerts(try harness.model(Self.weekly))
          .first { $0.alert.key.rule == "MissingValues" }
      )
      #expect(alert.alert.reason == "the version is no longer in use")
    }
  }

  /// All alerts and their steps, without what depends on when and as which number they were
  /// written.
  private func stored(_ connection: Connection) async throws -> String {
    let rows = try await connection.query(
      """
      select string_agg(concat_ws('|', rule, subject, a.state, t.from_state, t.to_state, t.reason), e'\\n'
        order by rule, subject, transition_id)
      from plumbline.alert a left join plumbline.alert_transition t using (alert_id)
      """,
      name: "test"
    )
    return try rows.value(as: String?.self) ?? ""
  }

  @Test(.timeLimit(.minutes(5)))
  func `killed while alerts are stored, the next check stores them once`() async throws {
    var undisturbed: String?
    for point in [nil, "evaluated", "recording", "dropping", "recorded"] {
      try await Program.withFolder { folder in
        try await Harness.with { harness in
          try await Self.makeLiveTables(harness)
          try Self.liveConfiguration().write(
            to: folder.appendingPathComponent("plumbline.yaml"),
            atomically: true,
            encoding: .utf8
          )
          let program = Program(in: folder, dsn: harness.dsn)
          if let point {
            let killed = try await program.run(
              ["check"],
              environment: ["PLUMBLINE_FAILPOINT": point]
            )
            #expect(killed.wasKilled)
          }
          let done = try await program.run(["check", "--detailed-exit-code"])
          #expect(done.status == 10, "\(done.errors)")
          let state = try await stored(harness.connection)
          #expect(state.contains("OutOfRange|amount|firing|inactive|firing|"))
          #expect(undisturbed == nil || state == undisturbed, "\(point ?? "")")
          undisturbed = state
        }
      }
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `people list, read, silence and acknowledge alerts`() async throws {
    try await Program.withFolder { folder in
      try await Harness.with { harness in
        try await Self.makeLiveTables(harness)
        try Self.liveConfiguration().write(
          to: folder.appendingPathComponent("plumbline.yaml"),
          atomically: true,
          encoding: .utf8
        )
        let program = Program(in: folder, dsn: harness.dsn)
        func run(_ line: String, _ status: Int32 = 0) async throws -> String {
          let words = line.split(separator: "|").map(String.init)
          let outcome = try await program.run(words)
          #expect(outcome.status == status, "\(line): \(outcome.errors)")
          return outcome.output + outcome.errors
        }
        let check = try await run("check")
        #expect(check.contains("alerts\n"))
        let list = try await run("alerts|list")
        let line = try #require(
          list.split(separator: "\n").first { $0.contains("OutOfRange of amount") }
        )
        #expect(line.contains("firing, warning"))
        let number = try #require(line.split { !$0.isNumber }.compactMap { Int($0) }.first)
        let page = try await run("alerts|show|\(number)")
        #expect(page.contains("inactive → firing") && page.contains("rule OutOfRange"))
        // The SQL that it prints is the server's to run.
        let sql = try #require(page.range(of: "select * from"))
        let rows = try await harness.connection.query(
          String(page[sql.lowerBound...]).trimmingCharacters(in: .whitespacesAndNewlines),
          name: "test"
        )
        #expect(rows.rowCount == 280)
        let given = "--for|2h|--author|ann|--reason|known"
        #expect(
          try await run("alerts|silence|--rule|OutOfRang|\(given)", 64).contains("'OutOfRange'")
        )
        #expect(try await run("alerts|silence|\(given)", 64).contains("say which alerts"))
        #expect(
          try await run("alerts|silence|--rule|OutOfRange|\(given)").contains("silence 1")
        )
        #expect(try await run("alerts|list").contains("silenced"))
        #expect(try await run("alerts|silences").contains("rule OutOfRange, until"))
        _ = try await run("alerts|unsilence|1")
        #expect(try await run("alerts|unsilence|1", 64).contains("no silence 1 holds"))
        #expect(!(try await run("alerts|list").contains("silenced")))
        _ = try await run("alerts|acknowledge|\(number)|--author|bob|--reason|on it")
        #expect(try await run("alerts|list").contains("acknowledged by bob"))
        #expect(try await run("alerts|show|\(number)").contains("on it"))
        #expect(try await run("alerts|show|99999", 64).contains("no alert 99999"))
      }
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `a back-test says what each rule would have done, and how late after what happened`()
    async throws
  {
    try await Program.withFolder { folder in
      try await Harness.with { harness in
        try await harness.makeStandardTables()
        try await harness.sql(
          "update predictions set amount = amount + 900 where predicted_at >= '2026-03-01'"
        )
        try Self.weekly.write(
          to: folder.appendingPathComponent("plumbline.yaml"),
          atomically: true,
          encoding: .utf8
        )
        let program = Program(in: folder, dsn: harness.dsn)
        let noted = try await program.run([
          "note", "add", "--at", "2026-03-01", "--author", "ann", "prices rose",
        ])
        #expect(noted.status == 0, "\(noted.errors)")
        let replay = try await program.run([
          "replay", "--from", "2026-02-10", "--to", "2026-03-31", "--every", "1d", "--dry-run",
        ])
        #expect(replay.status == 0, "\(replay.errors)")
        #expect(replay.output.contains("FeatureDrift: 1 alert on amount"), "\(replay.output)")
        #expect(replay.output.contains("still firing"))
        let truth = try #require(replay.output.split(separator: "\n").last)
        #expect(
          truth.contains("prices rose: OutOfRange of amount") && truth.contains("days"),
          "\(truth)"
        )
        let alerts = try await harness.connection.query(
          "select count(*) from plumbline.alert",
          name: "test"
        ).value(as: Int.self)
        #expect(alerts == 0)
      }
    }
  }

  @Test(.timeLimit(.minutes(2)))
  func `rules are checked, explained and tested without a database`() async throws {
    let alerts = Golden.root.appendingPathComponent("alerts").path
    try await Program.withFolder { folder in
      let program = Program(in: folder, dsn: "host=/nowhere")
      let check = try await program.run(["rules", "check", alerts])
      #expect(check.status == 0 && check.output.contains("no faults"), "\(check.errors)")
      let test = try await program.run(["rules", "test", alerts])
      #expect(test.status == 0 && test.output.contains("all pass"), "\(test.output)\(test.errors)")
      let explain = try await program.run(["rules", "explain", "--check", "recall"])
      #expect(
        explain.output.contains("does not begin while LabelFeedBroken or LabelFeedExcess fires")
      )
      let text = """
        rule_files: [\(alerts)/churn.rules.yaml]
        tests:
          - name: wrong on purpose
            readings: [{ check: missing, subject: tenure, reference: 0, values: 0 0.5 }]
            expect: [{ at: 2, firing: [], retrain: true }]
        """
      let file = folder.appendingPathComponent("wrong.test.yaml")
      try text.write(to: file, atomically: true, encoding: .utf8)
      let wrong = try await program.run(["rules", "test", "wrong.test.yaml"])
      #expect(wrong.status == 70)
      #expect(
        wrong.output.contains(
          "wrong.test.yaml:5:14: wrong on purpose, check 2: firing: expected [], found [MissingValues]"
        ),
        "\(wrong.output)"
      )
      #expect(wrong.output.contains("retrain: expected some, found none"))
      try text.replacing("values: 0 0.5", with: "values: 0 x5").write(
        to: file,
        atomically: true,
        encoding: .utf8
      )
      let faulty = try await program.run(["rules", "test", "wrong.test.yaml"])
      #expect(faulty.status == 64 && faulty.errors.contains("found 'x5'"), "\(faulty.errors)")
    }
  }
}
