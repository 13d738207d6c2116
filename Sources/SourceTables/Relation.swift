// SPDX-License-Identifier: Apache-2.0
package import Postgres
package import Profiles
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
      SourceSQL.read_relation,
      [.text(name)]
    )
    let columns = try await connection.query(
      SourceSQL.read_columns,
      [.text(name)]
    )
    .map { row in
      Column(
        name: try row.decode("name"),
        type: try row.decode("type"),
        isEnum: try row.decode("kind", as: String.self) == "e",
        isRequired: try row.decode("is_required")
      )
    }
    return try rows.first { row in
      Relation(
        name: try row.decode("name"),
        kind: try row.decode("kind"),
        estimatedRows: try row.decode("estimated_rows"),
        pages: try row.decode("pages"),
        canRead: try row.decode("can_read"),
        indexed: Set(try row.decode("indexed", as: [String].self)),
        unique: Set(try row.decode("unique_columns", as: [String].self)),
        columns: columns
      )
    }
  }
}

extension Relation {
  /// Returns the first and the last moment in a column; nil where it has none.
  ///
  /// `table` is its name as SQL can use it.
  package static func moments(
    in column: String,
    of table: String,
    _ connection: Connection
  ) async throws -> (first: Instant, last: Instant)? {
    let text = Statements.fill(
      SourceSQL.first_and_last,
      ["time": try await connection.quoted(identifier: column), "table": table]
    )
    return try await connection.query(text, name: "first_and_last").only { row in
      guard let first: Timestamp = try row.decode("first") else { return nil }
      return (Instant(first), Instant(try row.decode("last")))
    }
  }
}

extension Relation.Kind: PostgresConvertible {
  package static var expectation: String { "a kind of relation that has rows" }

  /// - Parameter stored: The `relkind` of `pg_class`.
  package init?(stored: String) {
    switch stored {
    case "r", "m": self = .table
    case "p": self = .partitioned
    case "f": self = .foreign
    case "v": self = .view
    default: return nil
    }
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
