// SPDX-License-Identifier: Apache-2.0
package import Postgres
import Settings

/// Sampled predictions with what is known of them, for who proposes a configuration.
package struct LabelSample: Sendable {
  /// One prediction.
  package struct Row: Sendable {
    /// Seconds since 1970.
    package let time: Double
    package let score: Double
    package let isPositive: Bool
  }

  /// Churners of one day of predictions who became known at one age.
  package struct Arrivals: Sendable {
    /// Days since 1970.
    package let day: Int
    /// In days, rounded up.
    package let age: Int
    package let churners: Int
  }

  /// Predictions in the table.
  package let total: Int
  package let rows: [Row]
  package let arrivals: [Arrivals]
  /// Whether there are more outcomes than were read.
  package var isCut: Bool { arrivals.reduce(0) { $0 + $1.churners } >= 90_000 }
  /// The days of the first and last outcome that was read; nil without one.
  package let arrivalDays: ClosedRange<Int>?

  /// Reads about so many predictions, and the newest outcomes; nil where outcomes are not matched
  /// by prediction.
  ///
  /// - Complexity: O(predictions + outcomes) on the server, which joins them by hash.
  package static func read(
    _ source: Source,
    rows count: Int,
    _ connection: Connection
  ) async throws -> LabelSample? {
    guard case .prediction? = source.model.outcomes?.key else { return nil }
    let statements = Statements(source: source, connection: connection, dropsRepeats: false)
    let total = try await connection.query(
      try await statements.count(SourceSQL.count_rows),
      name: "count_rows"
    ).only { try $0.decode("rows", as: Int.self) }
    let rows = try await connection.query(
      try await statements.count(
        SourceSQL.sample_labels,
        further: [
          "score": try await statements.name(source.model.predictions.score),
          "sample": "(\(statements.sampled(count, of: total)))",
        ]
      ),
      name: "sample_labels"
    )
    let ages = try await connection.query(
      try await statements.count(SourceSQL.measure_label_ages),
      name: "measure_label_ages"
    )
    var days: ClosedRange<Int>?
    let arrivals = try ages.map { row in
      let (first, last): (Int, Int) = (
        try row.decode("first_arrival"), try row.decode("last_arrival")
      )
      days = min(days?.lowerBound ?? first, first)...max(days?.upperBound ?? last, last)
      return Arrivals(
        day: try row.decode("day"),
        age: try row.decode("age"),
        churners: try row.decode("churners")
      )
    }
    return LabelSample(
      total: total,
      rows: try rows.map { row in
        Row(
          time: try row.decode("time"),
          score: try row.decode("score"),
          isPositive: try row.decode("is_positive")
        )
      },
      arrivals: arrivals,
      arrivalDays: days
    )
  }
}
