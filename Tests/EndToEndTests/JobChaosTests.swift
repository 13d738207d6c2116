// SPDX-License-Identifier: Apache-2.0
import Foundation
import Postgres
import Profiles
import Retraining
import Statistics
import Store
import Synchronization
import TestKit
import Testing

/// The queue under makers and workers who know no mercy.
@Suite(.enabled(if: ScratchDatabase.isAvailable, "\(ScratchDatabase.reason)"))
struct JobChaosTests {
  /// Six who make jobs and four who work on them, on three models, for some seconds: workers die,
  /// sleep longer than their lease, and speak all the same.
  @Test(.timeLimit(.minutes(2)))
  func `whatever happens, a model has one job at a time, none is lost, and none ends twice`()
    async throws
  {
    try await Harness.with { harness in
      var models: [(name: String, number: Int)] = []
      for name in ["a", "b", "c"] {
        models.append((name, try await ModelStore(harness.connection).ensureModel(name)))
      }
      let chaos = Chaos(dsn: harness.dsn, models: models, task: try Chaos.task())
      try await withThrowingTaskGroup(of: Void.self) { group in
        for maker in 0..<6 { group.addTask { try await chaos.make(seed: UInt64(maker)) } }
        for worker in 0..<4 { group.addTask { try await chaos.work(seed: UInt64(worker)) } }
        group.addTask { try await chaos.watch() }
        try await group.waitForAll()
      }
      #expect(chaos.doubles.withLock { $0 } == 0)
      #expect(chaos.endings.withLock { $0.values.allSatisfy { $0 == 1 } })
      try await chaos.clear()
      let rows = try await harness.connection.query(
        """
        select count(*) as jobs, count(*) filter (where state = 'succeeded') as succeeded,
          (select count(*) from plumbline.retraining_event where kind = 'succeeded') as endings,
          (select min(gap) from (
            select extract(epoch from made_at - lag(made_at) over (partition by model_id order by made_at))::float8 as gap
            from plumbline.retraining_job) as gaps) as gap,
          (select count(*) from plumbline.retraining_event where kind = 'coalesced') as coalesced,
          (select count(*) from plumbline.retraining_event where kind = 'suppressed') as suppressed
        from plumbline.retraining_job
        """,
        name: "test"
      )
      let jobs: Int = try rows.only { try $0.decode("jobs") }
      #expect(jobs > 8)
      #expect(try rows.column("succeeded") == [jobs], "none is lost")
      #expect(try rows.column("endings") == [jobs], "none ends twice")
      #expect(
        try rows.column("gap", as: Double.self)[0] >= Chaos.cooldown,
        "the cool-down is exact"
      )
      #expect(try rows.column("coalesced", as: Int.self)[0] > 0, "every trigger is recorded")
      #expect(try rows.column("suppressed", as: Int.self)[0] > 0, "every trigger is recorded")
    }
  }
}

private final class Chaos: Sendable {
  /// In seconds of the makers' clock.
  static let cooldown = 10.0

  let dsn: String
  let models: [(name: String, number: Int)]
  let task: TrainingTask
  let isOver = Mutex(false)
  let doubles = Mutex(0)
  let endings = Mutex<[Int: Int]>([:])
  private let looks = Mutex(0)

  init(dsn: String, models: [(name: String, number: Int)], task: TrainingTask) {
    self.dsn = dsn
    self.models = models
    self.task = task
  }

  static func task() throws -> TrainingTask {
    let moment = try #require(Instant("2026-01-01"))
    return TrainingTask(
      model: "a",
      remedy: .retrain,
      version: "v1",
      reason: "r",
      from: moment,
      to: moment,
      asOf: moment,
      query: nil,
      map: nil
    )
  }

  func make(seed: UInt64) async throws {
    let store = JobStore(try await Connection.open(dsn))
    var random = SplitMix64(seed: seed)
    while !isOver.withLock({ $0 }) {
      let model = models[Int(random.next() % 3)].number
      // Time passes as makers look.
      let look = looks.withLock { looks in
        looks += 1
        return looks
      }
      let now = Instant(microseconds: Int64(look / 6) * 1_000_000)
      let task = task
      _ = try await store.make(
        JobRequest(model: model, asOf: now, version: "v1", author: "chaos", maximumAttempts: 50)
      ) {
        Self.decide($0, now, key: "look-\(look / 9)")
      } task: { _ in
        task
      }
      try await Task.sleep(for: .milliseconds(Int(random.next() % 12)))
    }
  }

  private static func decide(
    _ history: RetrainingCase.History,
    _ now: Instant,
    key: String
  ) -> RetrainingDecision {
    if let active = history.active { return .coalesced(into: active, "r") }
    if let last = history.made.first,
      now.microseconds < last.microseconds + Int64(cooldown * 1e6)
    {
      return .suppressed("cool-down")
    }
    return .create(
      RetrainingDecision.Order(
        remedy: .retrain,
        reason: "r",
        key: key,
        notBefore: nil,
        needsApproval: false,
        triggers: []
      )
    )
  }

  func work(seed: UInt64) async throws {
    let store = JobStore(try await Connection.open(dsn))
    var random = SplitMix64(seed: 100 + seed)
    while !isOver.withLock({ $0 }) {
      guard
        let job = try await store.claim(
          JobClaim(owner: "w\(seed)", models: models.map(\.name), lease: 0.4)
        )
      else {
        try await Task.sleep(for: .milliseconds(10))
        continue
      }
      if job.run == nil { _ = try await store.recordRun(job, job.order.key) }
      let luck = random.next() % 10
      if luck < 2 { continue }
      if luck < 4 { try await Task.sleep(for: .milliseconds(700)) }
      let isGood = luck != 9
      let isHeard = try await store.finish(
        job,
        isGood
          ? .succeeded(TrainingAnswer(version: "v2"))
          : .again("bad luck", pause: 0.01, hasEnded: true),
        log: nil
      )
      if isHeard, isGood { endings.withLock { $0[job.identifier, default: 0] += 1 } }
    }
  }

  func watch() async throws {
    let connection = try await Connection.open(dsn)
    for _ in 0..<300 {
      let rows = try await connection.query(
        """
        select count(*) from (
          select model_id from plumbline.retraining_job
          where state in ('awaiting_approval', 'queued', 'submitting', 'running')
          group by model_id having count(*) > 1) as twice
        """,
        name: "test"
      )
      if try rows.value(as: Int.self) > 0 { doubles.withLock { $0 += 1 } }
      try await Task.sleep(for: .milliseconds(20))
    }
    isOver.withLock { $0 = true }
  }

  /// Takes up what the others left, and ends it.
  func clear() async throws {
    let connection = try await Connection.open(dsn)
    let store = JobStore(connection)
    for _ in 0..<200 {
      if let job = try await store.claim(
        JobClaim(owner: "last", models: models.map(\.name), lease: 5)
      ) {
        _ = try await store.finish(job, .succeeded(TrainingAnswer(version: "v2")), log: nil)
        continue
      }
      let rows = try await connection.query(
        "select count(*) from plumbline.retraining_job where finished_at is null",
        name: "test"
      )
      if try rows.value(as: Int.self) == 0 { return }
      try await Task.sleep(for: .milliseconds(50))
    }
  }
}
