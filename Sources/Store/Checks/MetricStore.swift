// SPDX-License-Identifier: Apache-2.0
import Checks
package import Postgres
package import Profiles
package import Retraining

/// A reading of a model's last check.
package struct LatestReading: Sendable {
  package let version: String
  package let window: String
  package let check: String
  package let subject: String
  package let value: Double
  package let reference: Double?
  package let sample: Int
  package let windowEnd: Instant
  /// Whether the labels behind it are final, where labels are.
  package let isMature: Bool
}

/// Reads what there is to be scraped.
package struct MetricStore: Sendable {
  private let connection: Connection

  package init(_ connection: Connection) { self.connection = connection }

  /// Returns the readings of a model's last check, those of segments left out.
  package func readings(_ model: String) async throws -> [LatestReading] {
    let rows = try await connection.query(
      SQL.read_latest_readings,
      [.text(model), .text(Verdict.immature.rawValue)]
    )
    return try rows.map { row in
      LatestReading(
        version: try row.decode("model_version"),
        window: try row.decode("window_kind"),
        check: try row.decode("check_name"),
        subject: try row.decode("subject"),
        value: try row.decode("value"),
        reference: try row.decode("reference"),
        sample: try row.decode("sample"),
        windowEnd: try row.decode("window_to"),
        isMature: try row.decode("is_mature")
      )
    }
  }

  /// Returns how many jobs a model has in each state.
  package func jobs(_ model: String) async throws -> [(state: JobState, count: Int)] {
    let rows = try await connection.query(SQL.count_jobs, [.text(model)])
    return try rows.map { (try $0.decode("state"), try $0.decode("jobs")) }
  }
}
