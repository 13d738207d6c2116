// SPDX-License-Identifier: Apache-2.0
import Experiments
import Foundation
import Service
import Postgres
import Profiles
import Settings
import SourceTables
import TestKit
import Testing

/// Champion against challenger, from the tables.
@Suite(.enabled(if: ScratchDatabase.isAvailable, "\(ScratchDatabase.reason)"))
struct ChallengerEndToEndTests {
  /// Two versions; the second one's scores are nearer to what happens.
  private func make(_ harness: Harness, isShadow: Bool) async throws {
    try await harness.makeStandardTables()
    try await harness.sql(
      """
      update predictions set customer_id = prediction_id;
      -- One in ten leaves.
      update outcomes o set label = (hashtextextended(o.prediction_id, 0) % 1000 + 1000) % 1000 < p.score * 200
        from predictions p where p.prediction_id = o.prediction_id;
      insert into predictions
      select prediction_id || '-b', customer_id, 'v2', predicted_at + interval '1 hour',
        least(0.999, greatest(0.001, 0.5 * score + 0.5 * (hashtextextended(prediction_id, 0) % 1000 + 1000) % 1000 / 1000.0 * -1 + 0.5)),
        amount, calls, plan, active, since, bill
      from predictions;
      insert into outcomes select prediction_id || '-b', observed_at + interval '1 hour', label from outcomes;
      """
    )
    guard !isShadow else { return }
    try await harness.sql(
      "delete from predictions where (model_version = 'v1') = (hashtext(customer_id) % 2 = 0)"
    )
  }

  private func compare(_ harness: Harness) async throws -> ChallengerReport {
    try await harness.versions.compare(
      try harness.model(Harness.standard),
      ChallengerQuestion(
        champion: "v1",
        challenger: "v2",
        from: try #require(Instant("2026-01-01")),
        to: try #require(Instant("2026-04-01")),
        asOf: try #require(Instant("2026-05-01")),
        capacity: 0.1,
        margin: 0.02
      )
    )
  }

  @Test(arguments: [true, false])
  func `figures are those of the labels, paired or split`(_ isShadow: Bool) async throws {
    try await Harness.with { harness in
      try await make(harness, isShadow: isShadow)
      let report = try await compare(harness)
      #expect(report.comparison.isPaired == isShadow)
      #expect(isShadow ? report.pairs > 3000 : report.pairs == 0)
      let truth = try await harness.connection.query(
        """
        with l as (
          select p.model_version, p.score, o.label from predictions p join outcomes o using (prediction_id)
          where predicted_at < '2026-04-01'
        )
        select a.model_version,
          avg(case when a.score > b.score then 1.0 when a.score = b.score then 0.5 else 0 end)::float8 as auc
        from l a join l b on b.model_version = a.model_version and a.label and not b.label
        group by 1 order by 1
        """,
        name: "truth"
      ).column("auc", as: Double.self)
      let auc = try #require(report.comparison[.auc].difference)
      // A prediction after midnight of its twin falls into another bucket and is left out of the
      // pairs.
      #expect(abs(auc.champion - truth[0]) < 0.01)
      #expect(abs(auc.challenger - truth[1]) < 0.01)
      if !isShadow { #expect(abs(auc.champion - truth[0]) < 1e-9) }
      #expect(report.verdict.kind == .challengerBetter, "\(report.verdict.sentence)")
    }
  }

  @Test func `the command tells it in words and as JSON, and what is missing`() async throws {
    try await Harness.with { harness in
      try await make(harness, isShadow: true)
      try await Program.withFolder { folder in
        try Harness.standard.write(
          to: folder.appendingPathComponent("plumbline.yaml"),
          atomically: true,
          encoding: .utf8
        )
        let program = Program(in: folder, dsn: harness.dsn)
        let base = [
          "experiment", "challenger", "--champion", "v1", "--challenger", "v2", "--from",
          "2026-01-01",
          "--to", "2026-04-01",
        ]
        let text = try await program.run(base + ["--value", "300", "--currency", "EUR"])
        #expect(text.status == 0, "\(text.errors)")
        #expect(text.output.contains("Verdict: challenger better"))
        #expect(text.output.contains("EUR"))
        let json = try await program.run(base + ["--format", "json"])
        let object = try #require(
          try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
        )
        #expect(object["verdict"] as? String == "challenger-better")
        let missing = try await program.run([
          "experiment", "challenger", "--champion", "v1", "--challenger", "v3", "--from",
          "2026-01-01",
        ])
        #expect(missing.status == 70 && missing.errors.contains("no final label of v3"))
      }
    }
  }
}
