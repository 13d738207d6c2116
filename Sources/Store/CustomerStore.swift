// SPDX-License-Identifier: Apache-2.0
package import Postgres
package import Profiles
package import Scan
import Settings
import YAMLSource

/// How much less a version's predictions of repeated customers tell, as it is stored.
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

/// How many customers there were in a window, and how many of them were scored.
package struct Coverage: Sendable, Hashable {
  package let customers: Int
  package let scored: Int

  package init(customers: Int, scored: Int) {
    self.customers = customers
    self.scored = scored
  }
}

/// Reads and writes what is known of customers as such: how often they repeat, how many are scored.
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
      name: "read_design_effects",
      [.int(stored.identifier)]
    )
    return (0..<rows.rowCount).map { row in
      StoredEffects(
        version: rows.text(row, 0),
        specification: rows.text(row, 1),
        isFinal: rows.bool(row, 2),
        effects: rows.json(row, 3)
      )
    }
  }

  package func store(_ effects: StoredEffects) async throws {
    try await connection.execute(
      SQL.store_design_effect,
      name: "store_design_effect",
      [
        .int(stored.identifier), .text(effects.version), .text(effects.specification),
        .bool(effects.isFinal), .json(effects.effects),
      ]
    )
  }

  /// Returns how many customers were scored, by window.
  ///
  /// - `specification`: What says who the customers are.
  package func coverage(_ specification: String) async throws -> [TimeRange: Coverage] {
    let rows = try await connection.query(
      SQL.read_coverage,
      name: "read_coverage",
      [.int(stored.identifier), .text(specification)]
    )
    var found: [TimeRange: Coverage] = [:]
    for row in 0..<rows.rowCount {
      guard let window = TimeRange(from: rows.instant(row, 0), to: rows.instant(row, 1)) else {
        continue
      }
      found[window] = Coverage(customers: rows.int(row, 2), scored: rows.int(row, 3))
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
      name: "store_coverage",
      [
        .int(stored.identifier), .timestamp(window.from.microseconds),
        .timestamp(window.to.microseconds), .text(specification), .int(coverage.customers),
        .int(coverage.scored),
      ]
    )
  }
}

extension RowReader {
  /// Reads the labelled predictions of ranges customer by customer and returns, by version, how often those
  /// of one customer come together.
  ///
  /// - `windows`: For each kind of window the edges of such windows in the ranges.
  /// - `labelAge`: Up to which churn counts as known early.
  /// - Complexity: O(rows · log rows) on the server, which sorts them; O(1) memory here.
  package func customerPairs(
    _ ranges: [TimeRange],
    asOf: Instant,
    windows: [[Instant]],
    labelAge: FixedDuration,
    _ binning: Binning
  ) async throws -> [String: CustomerScanner.Found] {
    guard source.outcomes != nil, source.model.predictions.entity != nil,
      let from = ranges.map(\.from).min(), let to = ranges.map(\.to).max(),
      let range = TimeRange(from: from, to: to)
    else { return [:] }
    var hasVersion = false
    if case .column = source.model.predictions.version { hasVersion = true }
    let scanner = CustomerScanner(
      binning: binning.score,
      hasVersion: hasVersion,
      constantVersion: source.constantVersion,
      windows: windows,
      labelAge: labelAge
    )
    return try await stream(name: "stream_customers", into: scanner) {
      try await $0.customers(range, asOf: asOf) ?? ""
    }.finish()
  }

  /// Counts predictions of a customer whom the same version has scored before in the same bucket.
  package func repeatedCustomers(_ range: TimeRange, edges: [Instant]) async throws -> Int {
    guard let entity = source.model.predictions.entity, range.from < range.to else { return 0 }
    return try await withStatements { connection, statements in
      var version = ""
      if case .column(let column) = source.model.predictions.version {
        version = "t.\(try await statements.name(column.value)), "
      }
      let sql = try await statements.count(
        SQL.count_repeated_customers,
        range,
        further: [
          "entity": try await statements.name(entity.value), "version": version,
          "edges": try await statements.edges(edges),
          // Rows that repeat an id are no further predictions.
          "counted": dropsRepeats
            ? "count(distinct t.\(try await statements.name(source.model.predictions.id.value)))"
            : "count(*)",
        ]
      )
      return try await connection.query(sql, name: "count_repeated_customers").int(0, 0)
    }
  }

  /// Counts who was a customer for the whole of a window, and who of them was scored in it.
  package func coverage(_ window: TimeRange) async throws -> Coverage? {
    guard let customers = source.model.customers, let relation = source.customers,
      let entity = source.model.predictions.entity
    else { return nil }
    return try await withStatements { connection, statements in
      let (from, to) = (
        try await statements.moment(window.from), try await statements.moment(window.to)
      )
      let since = try await customers.since.asyncMap {
        "c.\(try await statements.name($0.value)) <= \(from)"
      }
      let until = try await customers.until.asyncMap {
        let name = "c.\(try await statements.name($0.value))"
        return "(\(name) is null or \(name) >= \(to))"
      }
      let sql = try await statements.count(
        SQL.count_coverage,
        window,
        further: [
          "customers": relation.name,
          "customer": try await statements.name(customers.entity.value),
          "entity": try await statements.name(entity.value), "since": since ?? "true",
          "until": until ?? "true",
          "present": customers.condition.map { "(\($0.value))" } ?? "true",
        ]
      )
      let rows = try await connection.query(sql, name: "count_coverage")
      return Coverage(customers: rows.int(0, 0), scored: rows.int(0, 1))
    }
  }
}

extension Statements {
  /// Streams the labelled predictions of a range in order of version, customer and time.
  func customers(_ range: TimeRange, asOf: Instant) async throws -> String? {
    guard
      var values = try await labelValues(range, before: nil, asOf: asOf, [], withEntity: true)
    else { return nil }
    values["version_name"] = values["version_out"].map { $0.isEmpty ? "" : "version," }
    return Self.fill(SQL.stream_customers, values)
  }
}
