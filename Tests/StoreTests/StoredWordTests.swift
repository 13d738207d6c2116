// SPDX-License-Identifier: Apache-2.0
import Alerting
import Postgres
import Profiles
import Retraining
import Store
import TestKit
import Testing

/// What people or other versions of the program have stored, and names that are out of the way.
@Suite(.enabled(if: ScratchDatabase.isAvailable, "\(ScratchDatabase.reason)"))
struct StoredWordTests {
  @Test func `an alert of an unknown kind of window is an error, not absent`() async throws {
    try await ScratchDatabase.with { connection, _ in
      _ = try await OneRowEach(connection)
      try await connection.execute(
        "update plumbline.alert set window_kind = '1y'",
        name: "test"
      )
      let refused = await #expect(throws: RowDecodingError.self) {
        try await AlertStore(connection).alerts("churn")
      }
      #expect(
        refused
          == RowDecodingError(
            statement: "read_alerts",
            column: "window_kind",
            row: 1,
            expected: "a kind of window",
            found: "'1y'"
          )
      )
    }
  }

  @Test func `an unknown remedy of a job is an error, not a retraining`() async throws {
    try await ScratchDatabase.with { connection, _ in
      let seeds = try await OneRowEach(connection)
      try await connection.executeScript(
        """
        alter table plumbline.retraining_job drop constraint retraining_job_remedy_check;
        update plumbline.retraining_job set remedy = 'pray';
        """,
        name: "test"
      )
      let refused = await #expect(throws: RowDecodingError.self) {
        try await JobStore(connection).make(
          JobRequest(
            model: seeds.model,
            asOf: OneRowEach.day.to,
            version: "v1",
            author: "ann",
            maximumAttempts: 1
          ),
          decide: { _ in .none },
          task: { _ in throw CancellationError() }
        )
      }
      #expect(refused?.column == "remedy" && refused?.found == "'pray'")
    }
  }

  @Test func `the jobs of a model whose name has a comma are claimed, and by its name alone`()
    async throws
  {
    try await ScratchDatabase.with { connection, _ in
      _ = try await Migrator.migrate(connection)
      let name = "churn, EU"
      let model = try await ModelStore(connection).ensureModel(name)
      let store = JobStore(connection)
      let moment = OneRowEach.day.from
      let task = TrainingTask(
        model: name,
        remedy: .retrain,
        version: "v1",
        reason: "r",
        from: moment,
        to: moment,
        asOf: moment,
        query: nil,
        map: nil
      )
      _ = try await store.make(
        JobRequest(
          model: model,
          asOf: moment,
          version: "v1",
          author: "ann",
          maximumAttempts: 1
        ),
        decide: { _ in
          .create(
            RetrainingDecision.Order(
              remedy: .retrain,
              reason: "r",
              key: "k",
              notBefore: nil,
              needsApproval: false,
              triggers: []
            )
          )
        },
        task: { _ in task }
      )
      #expect(
        try await store.claim(JobClaim(owner: "w", models: ["churn", " EU"], lease: 60)) == nil
      )
      var waiting = JobClaim(owner: "w", models: [name], lease: 60)
      waiting.waiting = [name]
      #expect(try await store.claim(waiting) == nil)
      let claim = JobClaim(owner: "w", models: ["a", name], lease: 60)
      let job = try #require(try await store.claim(claim))
      #expect(job.model == name)
    }
  }
}
