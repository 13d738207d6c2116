// SPDX-License-Identifier: Apache-2.0
import Foundation
import Postgres
import Profiles
import Retraining
import TabularModels
import TestKit
import Testing

/// The trainer that comes along, as a job runs it.
@Suite(.enabled(if: ScratchDatabase.isAvailable, "\(ScratchDatabase.reason)"))
struct ReferenceTrainerTests {
  /// Rows whose churn follows a law, `log odds` in SQL over `a`, `b` (numbers) and `k` (a text).
  private static func query(_ logOdds: String, rows: Int = 6000, from: String = "2026-01-01")
    -> String
  {
    """
    select a, b, k, flag, (uniform < 1 / (1 + exp(-(\(logOdds)))))::int as label, 'none' as arm, weight,
      timestamptz '\(from)' + i * interval '10 minutes' as predicted_at
    from (
      select i, h(i, 1) as uniform, case when h(i, 2) < 0.1 then null else 4 * h(i, 3) - 2 end as a,
        (4 * h(i, 4) - 2)::numeric as b, (array['x', 'y', 'z'])[1 + floor(3 * h(i, 5))::int] as k,
        h(i, 6) < 0.5 as flag, 1.0::float8 as weight, timestamptz '\(from)' as since
      from generate_series(1, \(rows)) as i
    ) as t
    """
  }

  private static let hash = """
    create function h(i int, n int) returns float8 language sql immutable as
      'select ((hashtextextended(i::text, n) % 1000000 + 1000000) % 1000000 + 0.5) / 1000000.0';
    """

  private struct Trained {
    let outcome: Program.Outcome
    let answer: TrainingAnswer?
    let model: TrainedModel?
  }

  private func train(
    _ query: String?,
    remedy: RetrainingDecision.Remedy = .retrain,
    map: TrainingTask.Map? = nil,
    decaySince: Instant? = nil
  ) async throws -> Trained {
    try await Program.withFolder { folder in
      try await ScratchDatabase.with { connection, dsn in
        try await connection.executeScript(Self.hash, name: "test")
        let now = try #require(Instant("2026-03-01"))
        let task = TrainingTask(
          model: "churn",
          remedy: remedy,
          version: "v1",
          reason: "test",
          from: now,
          to: now,
          asOf: now,
          decaySince: decaySince,
          query: query,
          map: map
        )
        let order = TrainingOrder(job: 7, token: "abc", run: 1, task: task)
        let outcome = try await Program("plumbline-trainer", in: folder, dsn: dsn).run(
          [],
          input: String(decoding: try JSONEncoder().encode(order), as: UTF8.self)
        )
        let last = outcome.output.split(whereSeparator: \.isNewline).last.map(String.init) ?? ""
        let answer = try? JSONDecoder().decode(TrainingAnswer.self, from: Data(last.utf8))
        let models = folder.appendingPathComponent("models")
        return Trained(
          outcome: outcome,
          answer: answer,
          model: try answer?.version.map { try TrainedModel.read($0, in: models) }
        )
      }
    }
  }

  private let columns = ["a", "b", "k", "flag"]

  private func score(_ model: TrainedModel?, _ row: ColumnValue...) throws -> Double {
    let scorer = try #require(model?.scorer(columns))
    return scorer.score(row)
  }

  @Test func `a straight law is the logistic regression's, and its probabilities are right`()
    async throws
  {
    let law = "-1.5 + coalesce(a, 0) + 0.8 * b::float8 + case when k = 'y' then 1 else 0 end"
    let trained = try await train(Self.query(law))
    #expect(trained.outcome.status == 0, "\(trained.outcome.errors)")
    #expect(trained.answer?.version == "lr-7")
    for (a, b, k) in [(0.0, 0.0, "x"), (1, 1, "y"), (-1, 0.5, "z")] {
      let truth = 1 / (1 + exp(-(-1.5 + a + 0.8 * b + (k == "y" ? 1 : 0))))
      let found = try score(trained.model, .number(a), .number(b), .text(k), .number(0))
      #expect(abs(found - truth) < 0.05, "\(a) \(b) \(k): \(found) for \(truth)")
    }
    // What is missing, or was never seen, has a probability too.
    let strange = try score(trained.model, .missing, .missing, .text("new"), .missing)
    #expect(strange > 0 && strange < 1)
  }

  @Test func `a crooked law is the trees'`() async throws {
    let law = "-2 + 3 * (case when coalesce(a, 0) * b::float8 > 0 then 1 else 0 end)"
    let trained = try await train(Self.query(law))
    #expect(trained.answer?.version == "gb-7", "\(trained.outcome.errors)")
    let high = try score(trained.model, .number(1), .number(1), .text("x"), .number(0))
    let low = try score(trained.model, .number(1), .number(-1), .text("x"), .number(0))
    #expect(abs(high - 0.73) < 0.08 && abs(low - 0.12) < 0.06, "\(high) \(low)")
    let recall = try #require(trained.answer?.metrics?["recall_at_10_percent"])
    #expect(recall > 0.13 && recall < 0.25)
  }

  @Test func `after a change of the law its probabilities are those of today`() async throws {
    // From the 5,000th row on twice as many leave, and for another reason.
    let law = """
      case when i < 5000 then -3 + 0.5 * coalesce(a, 0) else -2 + 1.2 * b::float8 end
      """
    let since = try #require(Instant("2026-01-01")).advanced(
      by: FixedDuration(microseconds: 5000 * 600_000_000)
    )
    let trained = try await train(Self.query(law, rows: 8000), decaySince: since)
    #expect(trained.outcome.status == 0, "\(trained.outcome.errors)")
    var (sum, truth) = (0.0, 0.0)
    for step in 0..<40 {
      let b = -1.95 + 0.1 * Double(step)
      sum += try score(trained.model, .number(0), .number(b), .text("x"), .number(0))
      truth += 1 / (1 + exp(-(-2 + 1.2 * b)))
    }
    #expect(abs(sum / truth - 1) < 0.15, "\(sum) for \(truth): \(trained.outcome.errors)")
  }

  @Test func `rows of weight nought teach nothing, and heavy ones count for several`() async throws
  {
    // Half of the rows say the contrary and have no weight; of those who stay, each stands for two.
    let query =
      "select a, b, k, flag, case when i % 2 = 0 then 1 - label else label end as label, arm, "
      + "case when i % 2 = 0 then 0.0 when label = 0 then 2.0 else 1.0 end as weight, predicted_at "
      + "from (select row_number() over () as i, u.* from ("
      + Self.query("-0.5 + 1.5 * coalesce(a, 0)", rows: 12_000) + ") as u) as v"
    let trained = try await train(query)
    #expect(trained.outcome.status == 0, "\(trained.outcome.errors)")
    // Odds of e^-0.5 become half of that.
    let truth = exp(-0.5) / 2 / (1 + exp(-0.5) / 2)
    let found = try score(trained.model, .number(0), .number(0), .text("x"), .number(0))
    #expect(abs(found - truth) < 0.05, "\(found) for \(truth)")
    let high = try score(trained.model, .number(1.5), .number(0), .text("x"), .number(0))
    #expect(high > 0.65)
  }

  @Test func `a recalibration keeps the version and the map, and asks nothing of the database`()
    async throws
  {
    let trained = try await train(
      nil,
      remedy: .recalibrate,
      map: TrainingTask.Map(intercept: 0.7, slope: 1)
    )
    #expect(trained.answer?.version == "v1-r7")
    guard case .recalibrated(of: "v1")? = trained.model?.form, let map = trained.model?.map else {
      Issue.record("\(trained.outcome.errors)")
      return
    }
    #expect(abs(map(0.2) - 1 / (1 + exp(-(0.7 + log(0.25))))) < 1e-12)
  }

  @Test func `what cannot be trained on is told in words`() async throws {
    let few = try await train(Self.query("-9"))
    #expect(few.outcome.status != 0 && few.outcome.errors.contains("rows are churners; 50 are"))
    let none = try await train("select 1 as a")
    #expect(none.outcome.errors.contains("the training query has no column 'label'"))
    let nothing = try await train(nil)
    #expect(nothing.outcome.errors.contains("no outcomes to learn from"))
    let garbage = try await Program.withFolder { folder in
      try await Program("plumbline-trainer", in: folder, dsn: "").run([], input: "{}")
    }
    #expect(garbage.status == 64 && garbage.errors.contains("standard input is not a job"))
  }
}
