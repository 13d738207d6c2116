// SPDX-License-Identifier: Apache-2.0
import Foundation
import Postgres
package import Retraining

/// What trainers say of their runs by calling back.
extension JobStore {
  /// Returns a job's model and what its trainer was told last; nil where there is no such job.
  package func order(_ job: Int) async throws -> (model: String, order: TrainingOrder)? {
    let rows = try await connection.query(
      SQL.read_job_order,
      name: "read_job_order",
      [.int(job)]
    )
    guard rows.rowCount == 1 else { return nil }
    let task = try JSONDecoder().decode(TrainingTask.self, from: Data(rows.json(0, 3).utf8))
    return (
      rows.text(0, 0),
      TrainingOrder(job: job, token: rows.text(0, 1), run: rows.int(0, 2) + 1, task: task)
    )
  }

  /// Keeps what a trainer says of a run; what it said of the run's end stays.
  ///
  /// - `body`: JSON.
  package func keepCallback(_ order: TrainingOrder, _ body: String) async throws {
    try await connection.execute(
      SQL.store_callback,
      name: "store_callback",
      // The server takes no NUL, not even escaped.
      [.int(order.job), .text(order.key), .json(body.replacing("\\u0000", with: "\\uFFFD"))]
    )
    try await notify(order.job)
  }

  /// Returns what a trainer said last of a run, as JSON; nil where it has not called yet.
  package func callback(_ job: Int, key: String) async throws -> String? {
    let rows = try await connection.query(
      SQL.read_callback,
      name: "read_callback",
      [.int(job), .text(key)]
    )
    return rows.rowCount == 1 ? rows.json(0, 0) : nil
  }
}
