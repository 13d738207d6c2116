// SPDX-License-Identifier: Apache-2.0
import Postgres
package import Profiles
package import Scan
import Settings

extension Coverage {
  /// Decodes the columns `customers` and `scored`.
  fileprivate init(_ row: borrowing Row) throws {
    self.init(customers: try row.decode("customers"), scored: try row.decode("scored"))
  }
}

extension RowReader {
  /// Reads the labelled predictions of ranges customer by customer and returns, by version, how
  /// often those of one customer come together.
  ///
  /// `windows` holds for each kind of window the edges of such windows in the ranges; churn that is
  /// known by `labelAge` counts as known early.
  ///
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
        version = "t.\(try await statements.name(column)), "
      }
      let sql = try await statements.count(
        SourceSQL.count_repeated_customers,
        range,
        further: [
          "entity": try await statements.name(entity), "version": version,
          "edges": try await statements.edges(edges),
          // Rows that repeat an id are no further predictions.
          "counted": dropsRepeats
            ? "count(distinct t.\(try await statements.name(source.model.predictions.id)))"
            : "count(*)",
        ]
      )
      return try await connection.query(sql, name: "count_repeated_customers")
        .only { try $0.decode("repeats") }
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
        "c.\(try await statements.name($0)) <= \(from)"
      }
      let until = try await customers.until.asyncMap {
        let name = "c.\(try await statements.name($0))"
        return "(\(name) is null or \(name) >= \(to))"
      }
      let sql = try await statements.count(
        SourceSQL.count_coverage,
        window,
        further: [
          "customers": relation.name,
          "customer": try await statements.name(customers.entity),
          "entity": try await statements.name(entity), "since": since ?? "true",
          "until": until ?? "true",
          "present": customers.condition.map { "(\($0))" } ?? "true",
        ]
      )
      return try await connection.query(sql, name: "count_coverage").only { try Coverage($0) }
    }
  }
}

extension Statements {
  /// Streams the labelled predictions of a range in order of version, customer and time.
  func customers(_ range: TimeRange, asOf: Instant) async throws -> String? {
    guard
      var values = try await labelValues(range, before: nil, asOf: asOf, [], withEntity: true)
    else { return nil }
    values["version_name"] = version.map { "\($0)," }.joined()
    values["observed"] = Self.observed(
      ["at"] + version + ["score", "decision", "entity"],
      values,
      where: "p.entity is not null"
    )
    return Self.fill(SourceSQL.stream_customers, values)
  }
}
