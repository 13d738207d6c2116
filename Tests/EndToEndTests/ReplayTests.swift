// SPDX-License-Identifier: Apache-2.0
import Checks
import Foundation
import Postgres
import Profiles
import Reports
import Service
import Settings
import Store
import Synchronization
import TestKit
import Testing

/// Past time run as if it were live.
@Suite(.enabled(if: ScratchDatabase.isAvailable, "\(ScratchDatabase.reason)"))
struct ReplayTests {
  private static let yaml = Harness.standard + "\n    segments: [plan]"

  private func replay(
    _ harness: Harness,
    _ yaml: String,
    from: String,
    to: String,
    every: String,
    isDry: Bool = true
  ) async throws -> [Instant: [ModelReport]] {
    let model = try harness.model(yaml)
    let range = try span(from, to)
    let plan = try #require(ReplayPlan(range, every: every, model.grid.calendar))
    let steps = Mutex<[Instant: [ModelReport]]>([:])
    let now = try #require(Instant("2026-11-01"))
    try await harness.replays().replay(model, plan, isDry: isDry, now: now) { step in
      steps.withLock { $0[step.moment] = step.reports }
    }
    return steps.withLock { $0 }
  }

  @Test func `a replay says what checks made at the time would have said`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      let steps = try await replay(
        harness,
        Self.yaml,
        from: "2026-01-25",
        to: "2026-03-22",
        every: "7d"
      )
      #expect(steps.count == 9)
      #expect(steps[try #require(Instant("2026-01-25"))]?.isEmpty == true)
      var compared = 0
      for (moment, reports) in steps.sorted(by: { $0.key < $1.key }) where !reports.isEmpty {
        let live = try await harness.check(Self.yaml, asOf: moment.description)
        #expect(reports.figures == live.figures, "\(moment)")
        compared += live.figures.count
      }
      #expect(compared > 500)
    }
  }

  @Test func `a dry run writes nothing, and marks and counts are never touched`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      let dry = try await replay(
        harness,
        Self.yaml,
        from: "2026-02-08",
        to: "2026-03-22",
        every: "7d"
      )
      let tables = """
        select (select count(*) from plumbline.model) + (select count(*) from plumbline.binning)
          + (select count(*) from plumbline.check_run) + (select count(*) from plumbline.replay)
        """
      #expect(try await harness.numbers(tables) == [0])
      let wet = try await replay(
        harness,
        Self.yaml,
        from: "2026-02-08",
        to: "2026-03-22",
        every: "7d",
        isDry: false
      )
      #expect(dry.mapValues(\.figures) == wet.mapValues(\.figures))
      let cycles = try await harness.numbers(
        "select count(*) from plumbline.check_run where replay_id is not null"
      )
      #expect(cycles == [7])
      let buckets = try await harness.numbers("select count(*) from plumbline.bucket")
      #expect(buckets == [0])
    }
  }

  @Test func `an interrupted replay goes on where it stopped`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      let whole = try await replay(
        harness,
        Self.yaml,
        from: "2026-02-08",
        to: "2026-03-22",
        every: "7d",
        isDry: false
      )
      // As if it had been killed after the third moment.
      try await harness.sql(
        """
        delete from plumbline.advice where check_run_id in (
          select check_run_id from plumbline.check_run where as_of > '2026-02-22');
        delete from plumbline.finding where check_run_id in (
          select check_run_id from plumbline.check_run where as_of > '2026-02-22');
        delete from plumbline.check_run where as_of > '2026-02-22';
        update plumbline.replay set done_until = '2026-02-22', finished_at = null;
        """
      )
      let rest = try await replay(
        harness,
        Self.yaml,
        from: "2026-02-08",
        to: "2026-03-22",
        every: "7d",
        isDry: false
      )
      #expect(rest.count == 4)
      for (moment, reports) in rest { #expect(reports.figures == whole[moment]?.figures) }
      let replays = try await harness.numbers(
        "select count(*) from plumbline.replay where finished_at is not null"
      )
      #expect(replays == [1])
    }
  }

  @Test func `steps of days and months follow the calendar`() throws {
    let calendar = try #require(ZonedCalendar(identifier: "Europe/Berlin"))
    func moments(_ from: String, _ to: String, _ every: String) throws -> [String] {
      let range = try span(from, to, calendar)
      return try #require(ReplayPlan(range, every: every, calendar)).moments.map(\.description)
    }
    #expect(
      try moments("2026-03-28", "2026-03-30", "1d") == [
        "2026-03-27T23:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z",
      ]
    )
    #expect(
      try moments("2026-01-31", "2026-04-30", "1mo") == [
        "2026-01-30T23:00:00Z", "2026-02-27T23:00:00Z", "2026-03-30T22:00:00Z",
        "2026-04-29T22:00:00Z",
      ]
    )
    let range = try span("2026-01-01", "2026-02-01")
    #expect(ReplayPlan(range, every: "0d", calendar) == nil)
    #expect(ReplayPlan(range, every: "often", calendar) == nil)
  }

  @Test func `notes stand in reports, and the present can be accepted`() async throws {
    try await Harness.with { harness in
      try await harness.makeStandardTables()
      let model = try harness.model(Self.yaml)
      let references = harness.references
      await #expect(throws: NeverChecked.self) {
        try await references.accept(model, nil, author: "ann", reason: "x")
      }
      _ = try await harness.check(Self.yaml, asOf: "2026-03-29")
      let note = Note(
        from: try #require(Instant("2026-02-10")),
        until: nil,
        text: "price rise | *5 %*",
        author: "ann"
      )
      try await EventService(harness.runtime()).add(model, note)
      try await harness.sql("delete from predictions where predicted_at > '2026-03-27 20:00'")
      _ = try await harness.check(Self.yaml, asOf: "2026-03-29")
      let report = try await harness.report(Self.yaml, from: "2026-02-01")
      let events = try #require(report.first).events
      #expect(events.map(\.kind) == [.note, .revision])
      let whole = Report(asOf: note.from, models: report)
      for format in ReportFormat.allCases {
        let text = try format.render(whole)
        #expect(text.contains("price rise"), "\(format)")
        #expect(text.contains("changed or removed"), "\(format)")
      }
      let range = try await references.accept(
        model,
        .month,
        author: "ann",
        reason: "new prices"
      )
      #expect(range.from == Instant("2026-02-01") && range.to == Instant("2026-03-01"))
      _ = try await harness.check(Self.yaml, asOf: "2026-03-29")
      let state = try await references.state(model)
      #expect(state.stored?.number == 2 && state.choice?.reason == "new prices")
    }
  }
}

/// The range between two moments as they are written.
func span(_ from: String, _ to: String, _ calendar: ZonedCalendar? = nil) throws -> TimeRange {
  let from = try #require(calendar.map { $0.instant(from) } ?? Instant(from))
  let to = try #require(calendar.map { $0.instant(to) } ?? Instant(to))
  return try #require(TimeRange(from: from, to: to))
}
