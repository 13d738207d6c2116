// SPDX-License-Identifier: Apache-2.0
import Failpoints
import Foundation
import LocalServer
import Postgres
import Statistics
import Store
import TestKit
import Testing

/// Whatever stops a check, and wherever, the next one continues: what is stored in the end is what
/// an undisturbed run stores.
@Suite(
  .enabled(
    if: ScratchDatabase.isAvailable && PrivateServer.isAvailable,
    "\(ScratchDatabase.reason)"
  )
)
struct InterruptionTests {
  fileprivate static let seeds: ClosedRange<UInt64> = 1...20

  /// One check that is killed at every point in turn: each run continues where the one before was
  /// killed, and what the last one leaves is what an undisturbed check leaves.
  @Test(.timeLimit(.minutes(10)))
  func `killed at any point, the next run continues`() async throws {
    try await OneStage.use { stage in
      let bases = Self.seeds.map { Stage.Base(seed: $0, isCold: $0.isMultiple(of: 2)) }
      try await stage.each(bases.map { Stage.Case(number: 0, base: $0, point: .locked) }) {
        item,
        database,
        program in
        // Bins are made once, from the reference.
        let points = Failpoint.ofEveryCheck.filter { $0 != .binsStored || item.base.isCold }
        for point in points {
          let killed = try await program.run(
            stage.check,
            environment: ["PLUMBLINE_FAILPOINT": point.rawValue]
          )
          #expect(killed.wasKilled, "\(point) in \(item.base.name): \(killed.errors)")
        }
        let again = try await program.run(stage.check)
        #expect(again.status == 0, "\(item.base.name): \(again.errors)")
        let state = try await stage.state(of: database)
        #expect(state == stage.undisturbed[item.base], "\(item.base.name)")
      }
    }
  }

  /// All points at once, each in a database of its own, on a server that is stopped while they
  /// wait.
  @Test(.timeLimit(.minutes(10)))
  func `when the server stops at any point, the same run continues`() async throws {
    try await PrivateServer.with { server in
      let folder = server.folder.appendingPathComponent("stage")
      let stage = try await Stage.make(server.dsn, in: folder, Self.seeds)
      for seed in Self.seeds {
        // Every point in every other seed.
        let items = stage.cases.filter {
          $0.base.seed == seed && UInt64($0.number) % 2 == seed % 2
        }
        try await stage.interrupt(items, whileStopped: server) { item, outcome, database in
          #expect(outcome.status == 0, "\(item): \(outcome.errors)")
          #expect(
            outcome.errors.contains("trying again") || item.point == .recorded,
            "\(item): \(outcome.errors)"
          )
          let state = try await stage.state(of: database)
          #expect(state == stage.undisturbed[item.base], "\(item)")
        }
      }
    }
  }

  @Test(.timeLimit(.minutes(10)))
  func `of two runs at once one works and the other says so`() async throws {
    try await OneStage.use { stage in
      // The first waits at a point; the second must leave it alone.
      let some = stage.cases.filter { UInt64($0.number) % 4 == $0.base.seed % 4 }
      try await stage.each(some) { item, database, program in
        let file = stage.folder.appendingPathComponent("race-\(database)").path
        async let first = program.run(
          stage.check,
          environment: ["PLUMBLINE_FAILPOINT": "\(item.point.rawValue):\(file)"]
        )
        try await Stage.appears(file)
        let second = try await program.run(stage.check)
        #expect(second.status == 70, "\(item)")
        #expect(second.errors.contains("another run is checking"), "\(item): \(second.errors)")
        try FileManager.default.removeItem(atPath: file)
        let outcome = try await first
        #expect(outcome.status == 0, "\(item): \(outcome.errors)")
        let state = try await stage.state(of: database)
        #expect(state == stage.undisturbed[item.base], "\(item)")
      }
    }
  }

  /// The lock only saves work: without it nothing is counted twice either.
  @Test(.timeLimit(.minutes(10)))
  func `two runs at once that both believe they hold the lock store what one does`() async throws {
    try await OneStage.use { stage in
      let some = stage.cases.filter { UInt64($0.number) % 4 == $0.base.seed % 4 }
      try await stage.each(some) { item, database, program in
        let file = stage.folder.appendingPathComponent("blind-race-\(database)").path
        async let first = program.run(
          stage.check,
          environment: ["PLUMBLINE_FAILPOINT": "\(item.point.rawValue):\(file)"]
        )
        try await Stage.appears(file)
        // The server forgets who holds the lock.
        try await stage.run(
          database,
          """
          select pg_terminate_backend(pid) from pg_locks
          where locktype = 'advisory' and database = (
            select oid from pg_database where datname = current_database())
          """
        )
        async let second = program.run(stage.check)
        if UInt64(item.number) % 2 == 0 { try await Task.sleep(for: .milliseconds(150)) }
        try FileManager.default.removeItem(atPath: file)
        let outcomes = try await [first, second]
        for outcome in outcomes {
          #expect(
            outcome.status == 0 || outcome.errors.contains("another run is"),
            "\(item): \(outcome.errors)"
          )
        }
        #expect(outcomes.contains { $0.status == 0 }, "\(item)")
        let state = try await stage.state(of: database)
        #expect(state == stage.undisturbed[item.base], "\(item)")
      }
    }
  }
}

/// The databases on the common server, made once for all tests of the suite; they go with the
/// server.
private enum OneStage {
  private static let making = Task {
    try await Stage.make(
      ScratchDatabase.serverDSN ?? "",
      in: ScratchDatabase.folder.appendingPathComponent("stage"),
      InterruptionTests.seeds
    )
  }

  static func use(_ body: (Stage) async throws -> Void) async throws {
    try await body(try await making.value)
  }
}

/// Databases to interrupt checks on: for each seed one that was never checked, and one that was
/// checked and has changed since.
private struct Stage: Sendable {
  struct Base: Hashable, Sendable {
    let seed: UInt64
    let isCold: Bool
    var name: String { "base_\(seed)_\(isCold)" }
  }

  struct Case: Sendable, CustomStringConvertible {
    let number: Int
    let base: Base
    let point: Failpoint
    var description: String { "\(point.rawValue) in \(base.name)" }
  }

  let dsn: String
  let folder: URL
  /// Parts the names of this stage's databases from those of others.
  let prefix: String
  private(set) var undisturbed: [Base: String] = [:]
  let cases: [Case]
  let check = ["check", "--until", "2026-01-26", "--statement-timeout", "60"]

  static func make(_ dsn: String, in folder: URL, _ seeds: ClosedRange<UInt64>) async throws
    -> Stage
  {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try configuration.write(
      to: folder.appendingPathComponent("plumbline.yaml"),
      atomically: true,
      encoding: .utf8
    )
    var stage = Stage(dsn: dsn, folder: folder, seeds)
    try await stage.prepare(seeds)
    return stage
  }

  private init(dsn: String, folder: URL, _ seeds: ClosedRange<UInt64>) {
    self.dsn = dsn
    self.folder = folder
    prefix = "s" + UUID().uuidString.prefix(6).lowercased() + "_"
    cases = seeds.flatMap { seed in
      Failpoint.ofEveryCheck.enumerated().map { index, point in
        // Bins are made once.
        let isCold = point == .binsStored || UInt64(index) % 3 == seed % 3
        return Case(number: index, base: Base(seed: seed, isCold: isCold), point: point)
      }
    }
  }

  private static let configuration =
    Harness.standard
    .replacing("to: 2026-02-01", with: "to: 2026-01-11")
    .replacing("windows: [1mo]", with: "windows: [7d]")
    .replacing("horizon: 10d", with: "horizon: 6d")
    + "\n    segments: [plan]\n    retention: { findings: 2d }"

  private mutating func prepare(_ seeds: ClosedRange<UInt64>) async throws {
    let empty = prefix + "empty"
    try await onServer("create database \(empty)")
    let migrated = try await program(empty).run(["migrate"])
    #expect(migrated.status == 0, "\(migrated.errors)")
    let stage = self
    undisturbed = try await withThrowingTaskGroup(of: (Base, String).self) { group in
      let bases = seeds.flatMap { [Base(seed: $0, isCold: true), Base(seed: $0, isCold: false)] }
      var states: [Base: String] = [:]
      for (index, base) in bases.enumerated() {
        if index >= 3, let (base, state) = try await group.next() { states[base] = state }
        group.addTask { (base, try await stage.prepare(base)) }
      }
      for try await (base, state) in group { states[base] = state }
      return states
    }
    try await onServer("drop database \(empty)")
    // Seeds differ, and so does a database that was checked from one that was not.
    #expect(Set(undisturbed.values).count == undisturbed.count)
  }

  /// Makes a base and returns the state after a check that nothing disturbed.
  private func prepare(_ base: Base) async throws -> String {
    try await make(base)
    let undisturbed = prefix + base.name + "_undisturbed"
    try await copy(base, to: undisturbed)
    let done = try await program(undisturbed).run(check)
    #expect(done.status == 0, "\(done.errors)")
    return try await state(of: undisturbed)
  }

  private func make(_ base: Base) async throws {
    let name = prefix + base.name
    try await onServer("create database \(name) template \(prefix)empty")
    var random = SplitMix64(seed: base.seed)
    func chance(_ percent: Int) -> String {
      "abs(hashtextextended(prediction_id, \(random.next() % 1_000_000))) % 100 < \(percent)"
    }
    try await run(
      name,
      """
      create table predictions as
      select 'p' || i as prediction_id, 'c' || (i % 50) as customer_id, 'v1' as model_version,
        '2026-01-01'::timestamptz + i * interval '1 hour' as predicted_at,
        (abs(hashtextextended(i::text, \(base.seed))) % 1000 + 0.5) / 1000 as score,
        (i * 104729 % 997)::float8 as amount, (array['a', 'b', 'c'])[1 + (i * 13) % 3] as plan
      from generate_series(0, 620) i;
      create table outcomes as
      select prediction_id, predicted_at + interval '3 days' as observed_at,
        abs(hashtextextended(prediction_id, \(base.seed))) % 1000 < score * 1000 as label
      from predictions;
      """
    )
    guard !base.isCold else { return }
    let first = try await program(name).run(["check", "--until", "2026-01-20"])
    #expect(first.status == 0, "\(first.errors)")
    try await run(
      name,
      """
      delete from predictions where \(chance(2));
      update predictions set amount = 5000, score = 1 - score where \(chance(3));
      insert into predictions
      select 'late' || prediction_id, customer_id, model_version, predicted_at, score, 1, 'd'
      from predictions where \(chance(3));
      update outcomes set label = not label where \(chance(4));
      insert into outcomes
      select prediction_id, '2026-01-25', not label from outcomes where \(chance(4));
      delete from outcomes where \(chance(2));
      """
    )
  }

  func program(_ database: String) -> Program {
    Program(in: folder, dsn: "\(dsn) dbname=\(database)")
  }

  func run(_ database: String, _ sql: String) async throws {
    try await Connection.open("\(dsn) dbname=\(database)").executeScript(sql, name: "test")
  }

  private func onServer(_ sql: String) async throws {
    try await Connection.open(dsn).executeScript(sql, name: "test")
  }

  private func copy(_ base: Base, to name: String) async throws {
    try await onServer("create database \(name) template \(prefix)\(base.name)")
  }

  private func copy(_ item: Case) async throws -> String {
    // Tests that run side by side take copies of the same case.
    let name = prefix + "\(item.base.name)_\(UUID().uuidString.prefix(6).lowercased())"
    try await copy(item.base, to: name)
    return name
  }

  /// Runs `body` on each case with a database of its own, three at a time.
  func each(
    _ items: [Case],
    _ body: @escaping @Sendable (Case, String, Program) async throws -> Void
  ) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (index, item) in items.enumerated() {
        if index >= 3 { try await group.next() }
        group.addTask {
          let name = try await copy(item)
          try await body(item, name, program(name))
          try await onServer("drop database \(name) with (force)")
        }
      }
      try await group.waitForAll()
    }
  }

  /// Runs a check for each case up to its point, stops and starts the server, and lets all go on.
  func interrupt(
    _ items: [Case],
    whileStopped server: PrivateServer,
    _ body: @escaping @Sendable (Case, Program.Outcome, String) async throws -> Void
  ) async throws {
    var names: [(item: Case, name: String, file: String)] = []
    for item in items {
      let name = try await copy(item)
      names.append((item, name, folder.appendingPathComponent("stop-\(name)").path))
    }
    // What a copy's sequences give out is logged from its first checkpoint on; before it a crash
    // sets them back.
    try await onServer("checkpoint")
    let outcomes = try await withThrowingTaskGroup { group in
      for (item, name, file) in names {
        group.addTask {
          let outcome = try await program(name).run(
            check,
            environment: ["PLUMBLINE_FAILPOINT": "\(item.point.rawValue):\(file)"]
          )
          return (item, outcome, name)
        }
      }
      for (_, _, file) in names { try await Self.appears(file) }
      try await server.stopAtOnce()
      for (_, _, file) in names { try FileManager.default.removeItem(atPath: file) }
      try await Task.sleep(for: .milliseconds(100))
      try await server.start()
      return try await group.reduce(into: []) { $0.append($1) }
    }
    for (item, outcome, name) in outcomes { try await body(item, outcome, name) }
    for (_, name, _) in names { try await onServer("drop database \(name) with (force)") }
  }

  /// Waits until a file is there.
  static func appears(_ file: String) async throws {
    for _ in 0..<6000 {
      if FileManager.default.fileExists(atPath: file) { return }
      try await Task.sleep(for: .milliseconds(5))
    }
    Issue.record("the program never came to \(file)")
  }

  /// Everything that is stored but for the times of writing and the number of attempts.
  func state(of database: String) async throws -> String {
    let connection = try await Connection.open("\(dsn) dbname=\(database)")
    let rows = try await connection.query(
      """
      select string_agg(part, e'\\n') from (
        select 'rows ' || (select md5(string_agg(t::text, e'\\n' order by t::text)) from (
          select model_version, segment, bucket_from, bucket_to, revision, row_count, counts,
            out_of_range_sums from plumbline.feature_bucket) t) as part
        union all
        select 'labels ' || (select md5(string_agg(t::text, e'\\n' order by t::text)) from (
          select model_version, segment, bucket_from, labelled, positives, counts, recent
          from plumbline.label_bucket) t)
        union all
        select 'buckets ' || (select md5(string_agg(t::text, e'\\n' order by t::text)) from (
          select bucket_from, revision, row_count, row_digest, is_due from plumbline.bucket) t)
        union all
        select 'arrivals ' || (select md5(string_agg(t::text, e'\\n' order by t::text)) from (
          select arrival_from, outcome_count, outcome_digest from plumbline.arrival) t)
        union all
        select 'revisions ' || coalesce((select string_agg(t::text, e'\\n' order by t::text) from (
          select bucket_from, cause, rows_before, rows_after from plumbline.revision) t), '')
        union all
        select 'marks ' || (select string_agg(t::text, '') from (
          select number, kept_from, profiled_until, labelled_until, settled_as_of, labelled_as_of
          from plumbline.binning) t)
        union all
        select 'checks ' || (select string_agg(distinct as_of::text, ' ') from plumbline.check_run)
        union all
        select 'findings ' || (select md5(string_agg(t::text, e'\\n' order by t::text)) from (
          select distinct c.as_of, window_from, check_name, subject, segment, value, verdict, reason
          from plumbline.finding join plumbline.check_run c using (check_run_id)
          -- A run that is killed when all is done is followed by one more.
          where check_run_id in (select min(check_run_id) from plumbline.check_run group by as_of)) t)
      ) p
      """,
      name: "test"
    )
    return try rows.value()
  }
}

extension Failpoint {
  /// The points that every check passes, also one that leaves alerts alone.
  static var ofEveryCheck: [Failpoint] {
    let others: Set<Failpoint> = [
      .alerting, .notified, .jobClaimed, .jobSubmitting, .jobSubmitted, .jobRunning,
    ]
    return allCases.filter { !others.contains($0) }
  }
}
