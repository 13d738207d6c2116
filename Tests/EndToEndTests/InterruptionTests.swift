// SPDX-License-Identifier: Apache-2.0
import Failpoints
import Foundation
import LocalServer
import Postgres
import Statistics
import Store
import Synchronization
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

  @Test(.timeLimit(.minutes(10)))
  func `killed at any point, the next run continues`() async throws {
    try await OneStage.use { stage in
      try await stage.each(stage.cases) { item, database, program in
        let killed = try await program.run(
          stage.check,
          environment: ["PLUMBLINE_FAILPOINT": item.point.rawValue]
        )
        #expect(killed.wasKilled, "\(item): \(killed.errors)")
        let again = try await program.run(stage.check)
        #expect(again.status == 0, "\(item): \(again.errors)")
        let state = try await stage.state(of: database)
        #expect(state == stage.undisturbed[item.base], "\(item)")
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
      let databases = try await stage.databases()
      for seed in Self.seeds {
        let items = stage.cases.filter { $0.base.seed == seed }
        try await stage.interrupt(items, in: databases, whileStopped: server) {
          item,
          outcome,
          database in
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
        let file = stage.file("race", item)
        async let first = program.run(
          stage.check,
          environment: ["PLUMBLINE_FAILPOINT": "\(item.point.rawValue):\(file)"]
        )
        try await Stage.appears(file)
        let second = try await program.run(stage.check)
        #expect(second.status == 75, "\(item)")
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
        let file = stage.file("blind-race", item)
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

/// The stage on the common server, made once for all tests of the suite; it goes with the server.
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

/// States of a database to interrupt checks in: for each seed one that was never checked, and one
/// that was checked and has changed since.
///
/// They are kept as files of the server, and a few databases are put into them again and again: the
/// files of hundreds of new databases would cost most of the time.
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
    try await onServer("create database \(empty)")
    let migrated = try await program(empty).run(["migrate"])
    #expect(migrated.status == 0, "\(migrated.errors)")
    try await run(empty, Self.tables)
    try await save(empty, as: "empty")
    let stage = self
    let bases = seeds.flatMap { [Base(seed: $0, isCold: true), Base(seed: $0, isCold: false)] }
    let states = Mutex<[Base: String]>([:])
    try await spread(bases) { base, database, _ in
      let state = try await stage.prepare(base, in: database)
      states.withLock { $0[base] = state }
    }
    undisturbed = states.withLock { $0 }
    // Seeds differ, and so does a database that was checked from one that was not.
    #expect(Set(undisturbed.values).count == bases.count)
  }

  /// Makes and keeps a base in a database, and returns the state after a check that nothing
  /// disturbed.
  private func prepare(_ base: Base, in database: String) async throws -> String {
    try await restore("empty", in: database)
    try await fill(database, base)
    try await save(database, as: base.name)
    let done = try await program(database).run(check)
    #expect(done.status == 0, "\(done.errors)")
    return try await state(of: database)
  }

  private static let tables = """
    create table predictions (prediction_id text, customer_id text, model_version text,
      predicted_at timestamptz, score float8, amount float8, plan text);
    create table outcomes (prediction_id text, observed_at timestamptz, label boolean);
    """

  private func fill(_ name: String, _ base: Base) async throws {
    var random = SplitMix64(seed: base.seed)
    func chance(_ percent: Int) -> String {
      "abs(hashtextextended(prediction_id, \(random.next() % 1_000_000))) % 100 < \(percent)"
    }
    try await run(
      name,
      """
      insert into predictions
      select 'p' || i, 'c' || (i % 50), 'v1', '2026-01-01'::timestamptz + i * interval '1 hour',
        (abs(hashtextextended(i::text, \(base.seed))) % 1000 + 0.5) / 1000,
        (i * 104729 % 997)::float8, (array['a', 'b', 'c'])[1 + (i * 13) % 3]
      from generate_series(0, 620) i;
      insert into outcomes
      select prediction_id, predicted_at + interval '3 days',
        abs(hashtextextended(prediction_id, \(base.seed))) % 1000 < score * 1000
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

  private var empty: String { prefix + "empty" }

  /// Keeps all rows of a database, and where its sequences stand, under a name.
  private func save(_ database: String, as name: String) async throws {
    let kept = folder.appendingPathComponent(name)
    // The server writes there, as another user.
    try FileManager.default.createDirectory(at: kept, withIntermediateDirectories: true)
    try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: kept.path)
    let connection = try await Connection.open("\(dsn) dbname=\(database)")
    let scripts = try await connection.query(
      """
      select string_agg(format('copy %I.%I to %L;', n.nspname, c.relname, $1 || '/' || c.oid), ' ')
          as saving,
        string_agg(format('delete from %I.%I; copy %I.%I from %L;', n.nspname, c.relname,
          n.nspname, c.relname, $1 || '/' || c.oid), ' ') || ' ' || (
          select string_agg(format('select setval(%L, %s, %L);', format('%I.%I', s.schemaname,
            s.sequencename), coalesce(s.last_value, s.start_value), s.last_value is not null), ' ')
          from pg_sequences s where s.schemaname in ('plumbline', 'public')) as restoring
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind = 'r' and n.nspname in ('plumbline', 'public')
      """,
      name: "test",
      [.text(kept.path)]
    )
    let (saving, restoring) = try scripts.only { row -> (String, String) in
      (try row.decode("saving"), try row.decode("restoring"))
    }
    try await connection.executeScript(saving, name: "test")
    try restoring.write(
      to: kept.appendingPathComponent("restore.sql"),
      atomically: true,
      encoding: .utf8
    )
  }

  /// Puts a database into a state that was kept.
  private func restore(_ name: String, in database: String) async throws {
    let script = try String(
      contentsOf: folder.appendingPathComponent("\(name)/restore.sql"),
      encoding: .utf8
    )
    // Rows come back as they were: no trigger acts on them.
    try await run(database, "begin; set local session_replication_role = replica; \(script) commit")
  }

  private func makeDatabase() async throws -> String {
    let name = prefix + UUID().uuidString.prefix(8).lowercased()
    try await onServer("create database \(name) template \(empty)")
    return name
  }

  /// Runs `body` on each case with a database in the state of its base, three at a time.
  func each(
    _ items: [Case],
    _ body: @escaping @Sendable (Case, String, Program) async throws -> Void
  ) async throws {
    try await spread(items) { item, database, program in
      try await restore(item.base.name, in: database)
      try await body(item, database, program)
    }
  }

  /// Runs `body` on each item with a database that no other item has at that time.
  private func spread<Item: Sendable>(
    _ items: [Item],
    _ body: @escaping @Sendable (Item, String, Program) async throws -> Void
  ) async throws {
    let width = 3
    try await withThrowingTaskGroup(of: Void.self) { group in
      for worker in 0..<width {
        group.addTask {
          let database = try await makeDatabase()
          for index in stride(from: worker, to: items.count, by: width) {
            try await body(items[index], database, program(database))
          }
        }
      }
      try await group.waitForAll()
    }
  }

  /// A database for each case of one seed.
  func databases() async throws -> [String] {
    var databases: [String] = []
    for _ in Failpoint.ofEveryCheck { databases.append(try await makeDatabase()) }
    return databases
  }

  /// Runs a check for each case up to its point, stops and starts the server, and lets all go on.
  ///
  /// - `databases`: As many as cases.
  func interrupt(
    _ items: [Case],
    in databases: [String],
    whileStopped server: PrivateServer,
    _ body: @escaping @Sendable (Case, Program.Outcome, String) async throws -> Void
  ) async throws {
    var names: [(item: Case, name: String, file: String)] = []
    for (item, name) in zip(items, databases) {
      try await restore(item.base.name, in: name)
      names.append((item, name, file("stop", item)))
    }
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
  }

  /// The file with which a test holds a program in one case.
  func file(_ test: String, _ item: Case) -> String {
    folder.appendingPathComponent("\(test)-\(item.base.name)-\(item.number)").path
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
