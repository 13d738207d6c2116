// SPDX-License-Identifier: Apache-2.0
import Foundation
import Postgres
import TestKit
import Testing

/// The simulated operator's nineteen months, from the first prediction to the model that replaces
/// the first one.
@Suite(.enabled(if: ScratchDatabase.isAvailable, "\(ScratchDatabase.reason)"))
struct DemoTests {
  @Test(.timeLimit(.minutes(15)))
  func `each incident is found, told by its name, and remedied where a remedy helps`() async throws
  {
    try await ScratchDatabase.with { connection, dsn in
      try await Program.withFolder { folder in
        let demo = try await Program(in: folder, dsn: dsn).run(["demo", "--output", "demo.html"])
        // It compares what was found, advised and done with the truth itself.
        #expect(demo.status == 0, "\(demo.output.suffix(6000))\(demo.errors)")
        let rows = demo.output.split(separator: "\n").map(String.init)
        func row(_ incident: String) throws -> String {
          try #require(rows.last { $0.hasPrefix(incident + " ") }, "no row of \(incident)")
        }
        for (incident, words) in [
          (
            "billing_null",
            ["missing monthly_charges", "fix the data feed", "alert MissingValues"]
          ),
          ("score_rescaled", ["calibration-decay score", "watch", "alert CalibrationDecay"]),
          ("price_rise", ["psi monthly_charges", "nothing to do"]),
          ("region_growth", ["psi region", "nothing to do"]),
          ("units_changed", ["overage", "fix the data feed", "alert OutOfRange"]),
          ("label_feed_stops", ["label-feed outcome", "fix the label feed", "LabelFeedBroken"]),
          ("duplicated_upload", ["duplicate_prediction"]),
          ("new_tariff", ["tariff", "nothing to do"]),
          ("label_feed_negative", ["label-feed outcome", "fix the label feed"]),
          ("competitor_offer", ["score", "retrain", "champion 2026-"]),
          ("campaign", ["churn -"]), ("nothing", ["no decay", "0 needless jobs"]),
        ] {
          let found = try row(incident)
          for word in words { #expect(found.contains(word), "\(word): \(found)") }
        }
        #expect(demo.output.contains("it helped: "))
        #expect(FileManager.default.fileExists(atPath: folder.path + "/demo.html"))
        // The first model scored until the one that a job has made took its place, and nothing was
        // scored without one.
        let last = try await connection.query(
          """
          select c.version, (select max(predicted_at) from crm.predictions where model_version = 'lr-1') < c.since as is_after,
            (select count(*) from crm.predictions p where p.predicted_at >= c.since and p.model_version = c.version)
              > 20000 as has_scored
          from plumbline.champion c
          """,
          name: "test"
        )
        try last.only { (row) throws in
          #expect(try row.decode("version", as: String.self) != "lr-1")
          #expect(try row.decode("is_after") == true)
          #expect(try row.decode("has_scored") == true)
        }
      }
    }
  }
}
