// SPDX-License-Identifier: Apache-2.0
import Alerting
import Checks
import Experiments
import Foundation
import Postgres
import Profiles
import Retraining
import Settings
import SourceTables
import Store
import TestKit
import Testing

/// Statements and the code that decodes their rows, against the server.
@Suite(.enabled(if: ScratchDatabase.isAvailable, "\(ScratchDatabase.reason)"))
struct EveryQueryTests {
  private let day = OneRowEach.day

  /// The statements of `sql/source/queries` and `sql/store/queries`.
  static func statements() throws -> [Statement] {
    try ["sql/source/queries", "sql/store/queries"].flatMap { path in
      let folder = Golden.root.appendingPathComponent(path)
      return try FileManager.default.contentsOfDirectory(atPath: folder.path).map { file in
        Statement(
          name: file.replacing(".sql", with: ""),
          text: try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
        )
      }
    }
  }

  /// The statements that return rows, with their columns.
  private static func queries(_ connection: Connection) async throws -> [String: Set<String>] {
    var queries: [String: Set<String>] = [:]
    for statement in try statements() {
      let columns = try await connection.columns(of: statement).filter { $0.type != .void }
      if !columns.isEmpty { queries[statement.name] = Set(columns.map(\.name)) }
    }
    return queries
  }

  @Test func `a row of every query is decoded, and each of its columns is used`() async throws {
    try await ScratchDatabase.with { connection, dsn in
      let log = DecodingLog()
      try await DecodingLog.$current.withValue(log) {
        _ = try await Migrator.migrate(connection)
        let seeds = try await OneRowEach(connection)
        try await counts(seeds)
        try await checks(seeds)
        try await alerts(seeds)
        try await deliveries(seeds)
        try await jobs(seeds)
        try await versions(seeds)
        try await campaigns(seeds)
        try await source(seeds, dsn)
      }
      let decoded = log.columns
      let queries = try await Self.queries(connection)
      #expect(queries.count > 60)
      for (name, columns) in queries.sorted(by: { $0.key < $1.key }) {
        #expect(decoded[name] == columns, "\(name)")
      }
    }
  }

  private func counts(_ seeds: OneRowEach) async throws {
    let (connection, stored) = (seeds.connection, seeds.stored)
    let profiles = ProfileStore(connection, stored)
    #expect(try await profiles.buckets(day).count == 1)
    #expect(try await profiles.featureBuckets(day).count == 1)
    #expect(try await profiles.activity(day).count == 1)
    let outcomes = OutcomeStore(connection, stored)
    #expect(try await outcomes.revisions().count == 1)
    let ages = ["v1": FixedDuration(days: 7)]
    #expect(try await outcomes.outcomeBuckets(day, labelAges: ages).count == 1)
    let treatments = TreatmentStore(connection, stored, specification: "s")
    #expect(try await treatments.buckets(day).count == 1)
    let others = TreatmentStore(connection, stored, specification: "other")
    #expect(try await others.due(ofAge: day.to).count == 1)
    let customers = CustomerStore(connection, stored)
    #expect(try await customers.effects().count == 1)
    #expect(try await customers.coverage("s").count == 1)
    #expect(try await TrainingStore(connection, stored).profiles().count == 1)
    let labels = LabelStore(connection, stored)
    #expect(try await labels.dueBuckets().count == 1)
    #expect(try await labels.arrivals(from: day.from).count == 1)
    let arrivals = ArrivalStore(connection, stored)
    #expect(try await arrivals.arrivals().days.count == 1)
    #expect(try await labels.labelAges().count == 1)
    #expect(try await labels.segmentAges(day).count == 1)
    // Nothing is counted there, so there is nothing to return.
    #expect(try await labels.labelBuckets(day).isEmpty)
    let update = LabelUpdate(edges: [day.from, day.to], settled: day.to, asOf: day.to)
    #expect(try await labels.apply(update) == 0)
  }

  private func checks(_ seeds: OneRowEach) async throws {
    let connection = seeds.connection
    let models = ModelStore(connection)
    #expect(try await models.tryLock("churn"))
    #expect(try await models.referenceChoice("churn")?.range == day)
    #expect(seeds.stored.base == day)
    let findings = FindingStore(connection)
    #expect(try await findings.lastCheck("churn") == day.to)
    #expect(try await findings.lastIssues("churn").count == 1)
    #expect(try await findings.earlyObstacles("churn").map(\.reason) == ["r"])
    let advised = AdviceStore(connection)
    let advice = try #require(try await advised.last("churn").first)
    #expect(advice.action == .recalibrate && advice.cause == Advice.Cause(.recall, of: "score"))
    #expect(advice.map?.slope == 1 && advice.setAside == ["x"] && advice.decision == "job 1")
    try await advised.decide(model: seeds.model, version: "v1", "job 2")
    #expect(try await advised.last("churn").first?.decision == "job 2")
    #expect(try await DetectorStore(connection, seeds.stored).detectors().count == 1)
    #expect(try await MetricStore(connection).readings("churn").count == 1)
    #expect(try await MetricStore(connection).jobs("churn").count == 1)
    let notes = NoteStore(connection)
    #expect(try await notes.notes("churn", day).count == 1)
    #expect(try await notes.revisions(seeds.stored, day).map(\.cause) == [.rows])
    let replays = ReplayStore(connection)
    #expect(try await replays.begin(model: seeds.model, day, step: "1d", digest: 1).replay > 0)
  }

  private func alerts(_ seeds: OneRowEach) async throws {
    let connection = seeds.connection
    let store = AlertStore(connection)
    let known = try await store.alerts("churn")
    let before = try #require(known.first)
    #expect(try await store.transitions(before.identifier).count == 1)
    #expect(try await store.spans("churn", day, knownBy: .distantFuture).count == 1)
    let last = try await store.revision(seeds.model)
    #expect(last.revision == 1 && last.asOf == day.to)
    func change(_ alert: Alert?, to state: AlertState) -> AlertChange {
      AlertChange(
        key: before.alert.key,
        alert: alert,
        transition: AlertTransition(from: .firing, to: state, at: day.to, reason: "r"),
        last: before.alert.newest
      )
    }
    var ended = before.alert
    ended.state = .resolved
    ended.since = day.to
    // Stored as ended, notified, then quiet.
    let record = AlertRecord(
      revision: 1,
      changes: [change(ended, to: .resolved), change(nil, to: .inactive)],
      rules: [],
      known: known,
      notifications: Self.notifications
    )
    var check = CheckRecord(
      model: seeds.model,
      binning: seeds.stored.identifier,
      asOf: day.to,
      software: "test",
      rowsRead: 0,
      startedAt: day.to,
      evaluations: [],
      issues: []
    )
    check.alerts = record
    try await FindingStore(connection).record(check)
    #expect(try await store.alerts("churn").map(\.alert.state) == [.inactive])
    let silences = SilenceStore(connection)
    let silence = Silence(
      model: "churn",
      rule: nil,
      subject: nil,
      segment: nil,
      from: day.from,
      until: Instant(microseconds: 4_102_444_800_000_000),
      author: "ann",
      reason: "r"
    )
    #expect(try await silences.add(silence, model: seeds.model) > 0)
    #expect(try await silences.silences().map(\.model) == ["churn"])
  }

  private static var notifications: NotificationPolicy {
    NotificationPolicy(
      model: "churn",
      context: NoticeContext(),
      channels: [
        NotificationPolicy.Channel(name: "hook", models: nil, severity: .info, isLeased: false)
      ],
      budget: NotificationPolicy.Budget(alerts: 1, period: FixedDuration(days: 30))
    )
  }

  private func deliveries(_ seeds: OneRowEach) async throws {
    let outbox = Outbox(seeds.connection)
    let before = try #require(try await AlertStore(seeds.connection).alerts("churn").first)
    var alert = before.alert
    alert.state = .firing
    alert.firingSince = day.to
    try await outbox.notify(
      of: alert,
      number: before.identifier,
      model: seeds.model,
      before.extras,
      on: .review,
      Self.notifications
    )
    #expect(try await outbox.clock() > day.to)
    // The seed's own, and the notice that the budget is spent.
    #expect(try await outbox.claim(["hook"], limit: 9, seconds: 60).count == 2)
    #expect(try await outbox.channels().map(\.name) == ["hook"])
    #expect(try await outbox.freshness().map(\.model) == ["churn"])
  }

  private func jobs(_ seeds: OneRowEach) async throws {
    let store = JobStore(seeds.connection)
    let admin = JobAdmin(seeds.connection)
    let done = try #require(try await admin.jobs(model: "churn").first)
    let order = try #require(try await store.order(done.identifier))
    #expect(order.model == "churn")
    #expect(try await store.callback(done.identifier, key: "k") != nil)
    #expect(try await admin.events(model: "churn").count == 1)
    #expect(try await store.lastMap(seeds.model, version: "v1")?.slope == 1)
    func make(_ key: String, caller: String?) async throws -> JobOutcome {
      try await store.make(
        JobRequest(
          model: seeds.model,
          key: caller,
          asOf: day.to,
          version: "v1",
          author: "ann",
          maximumAttempts: 3
        ),
        decide: { _ in
          .create(
            RetrainingDecision.Order(
              remedy: .retrain,
              reason: "r",
              key: key,
              notBefore: day.from,
              needsApproval: true,
              triggers: []
            )
          )
        },
        task: { _ in order.order.task }
      )
    }
    guard case .created(let number) = try await make("next", caller: nil) else {
      Issue.record("no job was made")
      return
    }
    #expect(try await make("next", caller: "next") == .duplicate(number))
    #expect(try await admin.decide(number, .approve, author: "ann", reason: "r") == "queued")
    let job = try #require(
      try await store.claim(JobClaim(owner: "me", models: ["churn"], lease: 60))
    )
    #expect(job.identifier == number)
    #expect(try await store.heartbeat(job, seconds: 60, log: nil) == .held)
    _ = try await admin.decide(number, .cancel, author: "ann", reason: "r")
    #expect(try await store.heartbeat(job, seconds: 60, log: nil) == .cancelled)
  }

  private func versions(_ seeds: OneRowEach) async throws {
    let store = VersionStore(seeds.connection)
    #expect(try await store.versions(seeds.model).map(\.state) == [.champion])
    #expect(try await store.trained(seeds.model).map(\.name) == ["v2"])
    #expect(try await store.registryCursor(seeds.model)?.there == "v2")
    #expect(try await store.events(seeds.model).count == 1)
    #expect(try await store.windows("churn", version: "v1").count == 1)
  }

  private func campaigns(_ seeds: OneRowEach) async throws {
    let store = CampaignStore(seeds.connection)
    #expect(try await store.looks("spring", before: day.to).count == 1)
    #expect(try await store.decisions("spring").map(\.kind) == [.stop])
  }

  private func source(_ seeds: OneRowEach, _ dsn: String) async throws {
    let connection = seeds.connection
    try await connection.executeScript(
      "create table predictions (id text primary key, at timestamptz, score float8, amount int)",
      name: "test"
    )
    #expect(try await Source.tableNames(connection) == ["predictions"])
    #expect(try await ServerFacts.read(connection).hasSchema)
    #expect(try await Replica.knownUntil(connection, primary: connection) == nil)
    #expect(try await Replica.position(connection).contains("/"))
    let settings = try SettingsFile.read(
      text: """
        models:
          - name: churn
            predictions: { table: predictions, id: id, time: at, score: score }
            reference: { from: 2026-01-01, to: 2026-02-01 }
        """,
      file: "test.yaml"
    ).settings
    let model = try #require(settings.models.first)
    let source = try await Source.resolve(model, connection)
    #expect(source.predictions.unique == ["id"])
    let reader = RowReader(source, streams: 1, dropsRepeats: false) {
      try await Connection.open(dsn)
    } progress: { _ in
    }
    #expect(try await reader.atOneMoment { try await $0.firstTime() } == nil)
  }
}
