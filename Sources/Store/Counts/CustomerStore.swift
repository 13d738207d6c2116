// SPDX-License-Identifier: Apache-2.0
package import Postgres
package import Profiles

/// The design effects of a version's predictions of repeated customers, as they are stored.
package struct StoredEffects: Sendable {
  package let version: String
  /// Of what it was made, as a text.
  package let specification: String
  /// Whether all labels of the reference were final.
  package let isFinal: Bool
  /// A JSON document.
  package let effects: String

  package init(version: String, specification: String, isFinal: Bool, effects: String) {
    self.version = version
    self.specification = specification
    self.isFinal = isFinal
    self.effects = effects
  }
}

/// Reads and writes statistics of customers: design effects of repeats, and coverage.
package struct CustomerStore: Sendable {
  private let connection: Connection
  private let stored: StoredBinning

  package init(_ connection: Connection, _ binning: StoredBinning) {
    self.connection = connection
    stored = binning
  }

  package func effects() async throws -> [StoredEffects] {
    let rows = try await connection.query(
      SQL.read_design_effects,
      [.int(stored.identifier)]
    )
    return try rows.map { row in
      StoredEffects(
        version: try row.decode("model_version"),
        specification: try row.decode("specification"),
        isFinal: try row.decode("is_final"),
        effects: try row.decode("effects", as: JSONText.self).text
      )
    }
  }

  package func store(_ effects: StoredEffects) async throws {
    try await connection.execute(
      SQL.store_design_effect,
      [
        .int(stored.identifier), .text(effects.version), .text(effects.specification),
        .bool(effects.isFinal), .json(effects.effects),
      ]
    )
  }

  /// Returns how many customers were scored, by window.
  ///
  /// `specification` identifies the table of customers.
  package func coverage(_ specification: String) async throws -> [TimeRange: Coverage] {
    let rows = try await connection.query(
      SQL.read_coverage,
      [.int(stored.identifier), .text(specification)]
    )
    var found: [TimeRange: Coverage] = [:]
    try rows.forEach { row in
      found[try row.range("window_from", "window_to")] = Coverage(
        customers: try row.decode("customers"),
        scored: try row.decode("scored")
      )
    }
    return found
  }

  package func store(
    _ coverage: Coverage,
    of window: TimeRange,
    _ specification: String
  ) async throws {
    try await connection.execute(
      SQL.store_coverage,
      [
        .int(stored.identifier), .timestamp(window.from.microseconds),
        .timestamp(window.to.microseconds), .text(specification), .int(coverage.customers),
        .int(coverage.scored),
      ]
    )
  }
}
