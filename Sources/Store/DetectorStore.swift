// SPDX-License-Identifier: Apache-2.0
package import Postgres
package import Profiles

/// A detector's state as it is stored.
package struct StoredDetector: Sendable {
  package let version: String
  /// What it looks for, as a text.
  package let specification: String
  package let advancedUntil: Instant
  /// A JSON document.
  package let state: String
  /// Until when it had looked before this cycle; nil where it is new.
  package let previously: Instant?

  package init(
    version: String,
    specification: String,
    advancedUntil: Instant,
    state: String,
    previously: Instant?
  ) {
    self.version = version
    self.specification = specification
    self.advancedUntil = advancedUntil
    self.state = state
    self.previously = previously
  }
}

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
      name: "read_detectors",
      [.int(stored.identifier)]
    )
    return (0..<rows.rowCount).map { row in
      StoredDetector(
        version: rows.text(row, 0),
        specification: rows.text(row, 1),
        advancedUntil: rows.instant(row, 2),
        state: rows.json(row, 3),
        previously: rows.instant(row, 2)
      )
    }
  }

  /// Stores a state, in the transaction of the caller.
  ///
  /// - Throws: `Overtaken` where another run has moved it.
  static func advance(
    _ detector: StoredDetector,
    binning: Int,
    _ connection: Connection
  ) async throws {
    let moved = try await connection.execute(
      SQL.advance_detector,
      name: "advance_detector",
      [
        .int(binning), .text(detector.version), .text(detector.specification),
        .timestamp(detector.advancedUntil.microseconds), .json(detector.state),
        .optional(detector.previously),
      ]
    )
    guard moved == 1 else { throw Overtaken() }
  }
}
