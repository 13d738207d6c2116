// SPDX-License-Identifier: Apache-2.0
import Postgres
package import Profiles
import Settings

/// The rows that a window is compared with.
package enum ExactReference: Sendable {
  /// Rows of the log: their times and version, nil for all versions.
  case rows([TimeRange], version: String?)
  /// Training rows: their version, nil for all.
  case training(version: String?)
}

/// Distances of two samples over raw values.
package struct ExactDistances: Sendable {
  package let kolmogorovSmirnov: Double
  /// In the feature's own unit.
  package let wasserstein: Double
  /// Values in the window and in the reference.
  package let current: Int
  package let reference: Int
}

extension RowReader {
  /// Returns the Kolmogorov–Smirnov and the Wasserstein distance of a numeric feature over raw
  /// values, the latter in its own unit, with the numbers of values in the window and in the
  /// reference; nil where one has none.
  ///
  /// - Complexity: O(rows · log rows) on the server, which sorts the values.
  package func exactDistances(
    of feature: String,
    in window: TimeRange,
    version: String,
    _ reference: ExactReference
  ) async throws -> ExactDistances? {
    try await withStatements { connection, statements in
      let sql = try await statements.exactDistance(
        of: feature,
        in: window,
        version: version,
        reference
      )
      let rows = try await connection.query(sql, name: "exact_distance")
      return try rows.only { row in
        guard let distance: Double = try row.decode("distance") else { return nil }
        return ExactDistances(
          kolmogorovSmirnov: distance,
          wasserstein: try row.decode("area"),
          current: try row.decode("mine"),
          reference: try row.decode("theirs")
        )
      }
    }
  }
}

extension Statements {
  func exactDistance(
    of feature: String,
    in window: TimeRange,
    version: String,
    _ reference: ExactReference
  ) async throws -> String {
    let time = try await name(source.model.predictions.time)
    func during(_ ranges: [TimeRange]) async throws -> String {
      var parts: [String] = []
      for range in ranges {
        parts.append(
          "\(time) >= \(try await moment(range.from)) and \(time) < \(try await moment(range.to))"
        )
      }
      return "(" + parts.joined(separator: " or ") + ")"
    }
    let mine = try await from(window)
    var values = [
      "value": try await number(feature), "source": mine.source, "filter": mine.filter,
      "during": try await during([window]), "version": try await isVersion(version),
    ]
    switch reference {
    case .rows(let ranges, let version):
      let from = ranges.map(\.from).min() ?? window.from
      let to = ranges.map(\.to).max() ?? window.from
      let theirs = try await self.from(TimeRange(from: from, to: to) ?? window)
      values["reference_source"] = theirs.source
      values["reference_filter"] = theirs.filter
      values["reference_during"] = try await during(ranges)
      values["reference_version"] = try await isVersion(version)
    case .training(let version):
      guard case .training(let settings) = source.model.reference else { break }
      values["reference_source"] = source.training?.name
      values["reference_filter"] = settings.condition.map { " and (\($0))" } ?? ""
      values["reference_during"] = "true"
      values["reference_version"] = "true"
      if let version, let column = settings.version {
        let text = try await connection.quoted(literal: version)
        values["reference_version"] = "\(try await name(column))::text = \(text)"
      }
    }
    return Self.fill(SourceSQL.exact_distance, values)
  }

  /// The SQL of a feature as a number.
  private func number(_ feature: String) async throws -> String {
    if feature == Subject.scoreName {
      return try await name(source.model.predictions.score) + "::float8"
    }
    if case .json(let column) = source.model.features {
      let document = try await document(column)
      let key = try await connection.quoted(literal: feature)
      return "case when jsonb_typeof(\(document) -> \(key)) = 'number' "
        + "then (\(document) ->> \(key))::float8 end"
    }
    let column = source.predictions.column(feature)
    let value = try await value(of: feature)
    // As the scan counts them: days of a date, seconds of a moment.
    switch column?.type {
    case "date": return "(extract(epoch from \(value)) / 86400)::float8"
    case "timestamp", "timestamptz": return "extract(epoch from \(value))::float8"
    default: return "(\(value))::float8"
    }
  }

  private func isVersion(_ version: String?) async throws -> String {
    guard let version, case .column(let column) = source.model.predictions.version else {
      return "true"
    }
    let missing = try await connection.quoted(literal: source.constantVersion)
    let text = try await connection.quoted(literal: version)
    return "coalesce(\(try await name(column))::text, \(missing)) = \(text)"
  }
}
