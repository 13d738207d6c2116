// SPDX-License-Identifier: Apache-2.0
package import Postgres
package import Scan

/// What the server says of a table or view.
package struct Relation: Sendable {
  package enum Kind: Sendable { case table, partitioned, view, foreign }

  /// A column with the way in which its values travel.
  package struct Column: Sendable, Hashable {
    package let name: String
    /// The server's name of the type, domains resolved.
    package let type: String
    package let isEnum: Bool
    /// Whether the column is declared never to be NULL.
    package let isRequired: Bool
  }

  /// The name as SQL can use it.
  package let name: String
  package let kind: Kind
  package let estimatedRows: Double
  package let pages: Int
  package let canRead: Bool
  /// Columns that some index begins with.
  package let indexed: Set<String>
  /// Columns that a constraint or unique index makes unique.
  package let unique: Set<String>
  package let columns: [Column]

  package func column(_ name: String) -> Column? { columns.first { $0.name == name } }

  /// Returns what the server says of a relation; nil when there is none of that name.
  package static func read(_ name: String, _ connection: Connection) async throws -> Relation? {
    let rows = try await connection.query(
      SQL.read_relation,
      name: "read_relation",
      [.text(name)]
    )
    guard rows.rowCount == 1 else { return nil }
    let columns = try await connection.query(
      SQL.read_columns,
      name: "read_columns",
      [.text(name)]
    )
    func names(_ column: Int) -> Set<String> {
      Set(rows.text(0, column).split(separator: "\n").map(String.init))
    }
    let kind: Kind =
      switch rows.text(0, 1) {
      case "r", "m": .table
      case "p": .partitioned
      case "f": .foreign
      default: .view
      }
    return Relation(
      name: rows.text(0, 0),
      kind: kind,
      estimatedRows: rows.double(0, 2) ?? 0,
      pages: rows.int(0, 3),
      canRead: rows.bool(0, 4),
      indexed: names(5),
      unique: names(6),
      columns: (0..<columns.rowCount).map {
        Column(
          name: columns.text($0, 0),
          type: columns.text($0, 1),
          isEnum: columns.text($0, 2) == "e",
          isRequired: columns.bool($0, 3)
        )
      }
    )
  }
}

extension Relation.Column {
  /// The type in which the column is streamed; nil for types that are no feature.
  package var streamed: ColumnType? {
    if isEnum { return .text }
    switch type {
    case "int2": return .int16
    case "int4": return .int32
    case "int8": return .int64
    case "float4": return .float4
    case "float8": return .float8
    case "numeric": return .numeric
    case "bool": return .bool
    case "text", "varchar", "bpchar", "name", "char", "citext", "uuid", "inet", "cidr", "macaddr":
      return .text
    case "date": return .date
    case "timestamp", "timestamptz": return .timestamp
    case "interval", "time", "timetz", "money": return .float8
    case "json", "jsonb": return .json
    default: return nil
    }
  }

  /// The SQL that gives the column in its streamed type.
  package func expression(_ quoted: String) -> String {
    switch type {
    case "uuid", "inet", "cidr", "macaddr", "char", "name", "citext": "\(quoted)::text"
    case "interval", "time", "timetz": "extract(epoch from \(quoted))::float8"
    case "money": "\(quoted)::numeric::float8"
    case "json": "\(quoted)::jsonb"
    default: quoted
    }
  }

  package var isTime: Bool { type == "timestamptz" || type == "timestamp" || type == "date" }
  package var isBoolean: Bool { type == "bool" }
  package var isWholeNumber: Bool { ["int2", "int4", "int8"].contains(type) }
  package var isNumber: Bool { isWholeNumber || ["float4", "float8", "numeric"].contains(type) }

  /// Types of one family can be compared with one another.
  package var keyFamily: String {
    if isNumber { return "number" }
    return ["text", "varchar", "bpchar", "name", "citext"].contains(type) ? "text" : type
  }
}
