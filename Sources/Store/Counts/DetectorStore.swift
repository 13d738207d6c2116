// SPDX-License-Identifier: Apache-2.0
package import Checks
package import Postgres
package import Profiles

/// Reads and writes the states of detectors.
package struct DetectorStore: Sendable {
  private let connection: Connection
  private let stored: StoredBinning

  package init(_ connection: Connection, _ binning: StoredBinning) {
    self.connection = connection
    stored = binning
  }

  /// Returns the states of all versions.
  package func detectors() async throws -> [StoredDetector] {
    let rows = try await connection.query(
      SQL.read_detectors,
      [.int(stored.identifier)]
    )
    return try rows.map { row in
      StoredDetector(
        version: try row.decode("model_version"),
        specification: try row.decode("specification"),
        advancedUntil: try row.decode("advanced_until"),
        state: try row.decode("state", as: JSONText.self).text,
        previously: try row.decode("advanced_until")
      )
    }
  }

  /// Stores a state, in the transaction of the caller.
  ///
  /// - Throws: `ConcurrentUpdate` where another run has moved it.
  static func advance(
    _ detector: StoredDetector,
    binning: Int,
    _ connection: Connection
  ) async throws {
    let moved = try await connection.execute(
      SQL.advance_detector,
      [
        .int(binning), .text(detector.version), .text(detector.specification),
        .timestamp(detector.advancedUntil.microseconds), .json(detector.state),
        .optional(detector.previously),
      ]
    )
    guard moved == 1 else { throw ConcurrentUpdate() }
  }
}
