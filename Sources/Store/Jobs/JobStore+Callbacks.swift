// SPDX-License-Identifier: Apache-2.0
import Foundation
import Postgres
package import Retraining

/// What trainers report of their runs by calling back.
extension JobStore {
  /// Returns a job's model and what its trainer was sent last; nil where there is no such job.
  package func order(_ job: Int) async throws -> (model: String, order: TrainingOrder)? {
    let rows = try await connection.query(
      SQL.read_job_order,
      [.int(job)]
    )
    return try rows.first { row in
      let order = TrainingOrder(
        job: job,
        token: try row.decode("token"),
        run: try row.decode("runs", as: Int.self) + 1,
        task: try row.json("task")
      )
      return (try row.decode("name"), order)
    }
  }

  /// Stores what a trainer reports of a run; its report of the run's end stays.
  ///
  /// `body` is JSON.
  package func storeCallback(_ order: TrainingOrder, _ body: String) async throws {
    // The server takes no NUL, not even escaped.
    let storable = body.replacing("\\u0000", with: "\\uFFFD")
    let ends = TrainingCallback.State.allCases.filter(\.isOver).map(\.rawValue)
    try await connection.execute(
      SQL.store_callback,
      [.int(order.job), .text(order.key), .json(storable), .textArray(ends)]
    )
    try await notify(order.job)
  }

  /// Returns what a trainer reported last of a run, as JSON; nil where it has not called yet.
  package func callback(_ job: Int, key: String) async throws -> String? {
    let rows = try await connection.query(
      SQL.read_callback,
      [.int(job), .text(key)]
    )
    return try rows.first { try $0.decode("body", as: JSONText.self).text }
  }
}
