// SPDX-License-Identifier: Apache-2.0
package import Checks
import Postgres
package import Profiles

extension RowReader {
  /// Counts the outcomes that arrived in a range of time, by local day and by what they say.
  ///
  /// - Complexity: O(outcomes of the range), on the server; of the table without an index on time.
  package func labelArrivals(_ range: TimeRange) async throws -> LabelArrivals {
    try await withStatements { connection, statements in
      var arrivals = LabelArrivals()
      guard let sql = try await statements.arrivals(range) else { return arrivals }
      let rows = try await connection.query(sql, name: "count_arrivals")
      try rows.forEach { row in
        arrivals.days[try row.decode("day")] = LabelArrivals.Day(
          positives: try row.decode("positives"),
          negatives: try row.decode("negatives")
        )
      }
      return arrivals
    }
  }
}
