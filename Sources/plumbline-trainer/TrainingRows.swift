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
    let types = Array(zip(head.columnNames, head.columnTypes))
    for role in roles where !types.contains(where: { $0.0 == role }) {
      throw Unusable(description: "the training query has no column '\(role)'")
    }
    var columns: [(name: String, cast: String, isText: Bool)] = []
    var left: [String] = []
    for (name, type) in types where !roles.contains(name) {
      let quoted = try await connection.quoted(identifier: name)
      switch type {
      case 16: columns.append((name, "t.\(quoted)::int::float8", false))
      case 20, 21, 23, 700, 701, 1700: columns.append((name, "t.\(quoted)::float8", false))
      case 25, 1042, 1043: columns.append((name, "t.\(quoted)::text", true))
      default: left.append(name)
      }
    }
    guard !columns.isEmpty else {
      throw Unusable(description: "the training query has no feature that is a number or a text")
    }
    let list = columns.map(\.cast).joined(separator: ", ")
    let result = try await connection.query(
      "select \(list), t.label::int, t.weight::float8, t.predicted_at::timestamptz from (\(query)) as t where t.weight > 0",
      name: "training_rows"
    )
    let count = columns.count
    let rows = (0..<result.rowCount).map { row in
      Row(
        values: (0..<count).map { column in
          if result.isNull(row, column) { return .missing }
          return columns[column].isText
            ? .text(result.text(row, column)) : .optional(result.double(row, column))
        },
        isChurner: result.int(row, count) == 1,
        weight: result.double(row, count + 1) ?? 1,
        time: Instant(microseconds: result.timestamp(row, count + 2) ?? 0)
      )
    }
    return TrainingRows(
      columns: columns.map(\.name),
      rows: rows.sorted { $0.time < $1.time },
      left: left
    )
  }
}
