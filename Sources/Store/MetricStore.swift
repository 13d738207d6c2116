// SPDX-License-Identifier: Apache-2.0
package import Postgres
package import Profiles

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
}

/// Reads what there is to be scraped.
package struct MetricStore: Sendable {
  private let connection: Connection

  package init(_ connection: Connection) { self.connection = connection }

  /// Returns the readings of a model's last check, those of segments left out.
  package func readings(_ model: String) async throws -> [LatestReading] {
    let rows = try await connection.query(
      SQL.read_latest_readings,
      name: "read_latest_readings",
      [.text(model)]
    )
    return (0..<rows.rowCount).map { row in
      LatestReading(
        version: rows.text(row, 0),
        window: rows.text(row, 1),
        check: rows.text(row, 2),
        subject: rows.text(row, 3),
        value: rows.double(row, 4) ?? 0,
        reference: rows.double(row, 5),
        sample: rows.int(row, 6),
        windowEnd: rows.instant(row, 7)
      )
    }
  }

  /// Returns how many jobs a model has in each state.
  package func jobs(_ model: String) async throws -> [(state: String, count: Int)] {
    let rows = try await connection.query(SQL.count_jobs, name: "count_jobs", [.text(model)])
    return (0..<rows.rowCount).map { (rows.text($0, 0), rows.int($0, 1)) }
  }
}
