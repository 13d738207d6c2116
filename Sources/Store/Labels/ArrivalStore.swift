// SPDX-License-Identifier: Apache-2.0
package import Checks
package import Postgres
package import Profiles

/// Reads and writes how many outcomes arrived on which day.
package struct ArrivalStore: Sendable {
  private let connection: Connection
  private let stored: StoredBinning

  package init(_ connection: Connection, _ binning: StoredBinning) {
    self.connection = connection
    stored = binning
  }

  package func arrivals() async throws -> LabelArrivals {
    let rows = try await connection.query(SQL.read_label_arrivals, [.int(stored.identifier)])
    var arrivals = LabelArrivals()
    try rows.forEach { row in
      arrivals.days[try row.decode("day")] = LabelArrivals.Day(
        positives: try row.decode("positives"),
        negatives: try row.decode("negatives")
      )
    }
    return arrivals
  }

  /// Stores days, in place of all that was known from a day on.
  package func store(_ arrivals: LabelArrivals, from first: Int) async throws {
    let identifier = stored.identifier
    try await connection.withTransaction { connection in
      try await connection.execute(
        SQL.drop_label_arrivals,
        [.int(identifier), .int(first)]
      )
      for (day, counts) in arrivals.days.sorted(by: { $0.key < $1.key }) {
        try await connection.execute(
          SQL.store_label_arrival,
          [.int(identifier), .int(day), .int(counts.positives), .int(counts.negatives)]
        )
      }
    }
  }
}
