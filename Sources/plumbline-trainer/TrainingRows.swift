// SPDX-License-Identifier: Apache-2.0
import Postgres
import Profiles
import TabularModels

/// The rows of a training query, in memory.
struct TrainingRows {
  struct Row {
    let values: [ColumnValue]
    let isChurner: Bool
    let weight: Double
    let time: Instant
  }

  let columns: [String]
  /// In order of time; those without weight are left out.
  let rows: [Row]
  /// Columns that cannot be learnt from.
  let left: [String]

  struct Unusable: Error, CustomStringConvertible {
    let description: String
  }

  /// Columns that every training query has beside the features.
  private static let roles = ["label", "arm", "weight", "predicted_at"]

  /// Reads the rows.
  ///
  /// - `query`: As a job's task has it.
  static func read(_ query: String, _ connection: Connection) async throws -> TrainingRows {
    let head = try await connection.query(
      "select * from (\(query)) as t limit 0",
      name: "training_columns"
    )
    let types = head.columns
    for role in roles where !types.contains(where: { $0.name == role }) {
      throw Unusable(description: "the training query has no column '\(role)'")
    }
    var columns: [(name: String, cast: String, isText: Bool)] = []
    var left: [String] = []
    for (name, type) in types where !roles.contains(name) {
      let quoted = try await connection.quoted(identifier: name)
      switch type {
      case .boolean: columns.append((name, "t.\(quoted)::int::float8", false))
      case .bigint, .smallint, .integer, .real, .double, .numeric:
        columns.append((name, "t.\(quoted)::float8", false))
      case .text, .character, .varchar: columns.append((name, "t.\(quoted)::text", true))
      default: left.append(name)
      }
    }
    guard !columns.isEmpty else {
      throw Unusable(description: "the training query has no feature that is a number or a text")
    }
    // Features get names that no role has.
    let features = columns.enumerated().map { (name: "feature_\($0)", isText: $1.isText) }
    let list = zip(columns, features).map { "\($0.cast) as \($1.name)" }.joined(separator: ", ")
    let result = try await connection.query(
      "select \(list), t.label::int, t.weight::float8, t.predicted_at::timestamptz from (\(query)) as t where t.weight > 0",
      name: "training_rows"
    )
    let rows = try result.map { row in
      Row(
        values: try features.map { feature in
          feature.isText
            ? try row.decode(feature.name, as: String?.self).map(ColumnValue.text) ?? .missing
            : .optional(try row.decode(feature.name))
        },
        isChurner: try row.decode("label", as: Int.self) == 1,
        weight: try row.decode("weight"),
        time: Instant(microseconds: try row.decode("predicted_at", as: Timestamp.self).microseconds)
      )
    }
    return TrainingRows(
      columns: columns.map(\.name),
      rows: rows.sorted { $0.time < $1.time },
      left: left
    )
  }
}
