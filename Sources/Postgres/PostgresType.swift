// SPDX-License-Identifier: Apache-2.0

/// A type of the server, by its object identifier; those of built-in types never change.
package struct PostgresType: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
  package let rawValue: UInt32

  package init(rawValue: UInt32) { self.rawValue = rawValue }

  package static let boolean = PostgresType(rawValue: 16)
  package static let bytea = PostgresType(rawValue: 17)
  package static let name = PostgresType(rawValue: 19)
  package static let bigint = PostgresType(rawValue: 20)
  package static let smallint = PostgresType(rawValue: 21)
  package static let integer = PostgresType(rawValue: 23)
  package static let text = PostgresType(rawValue: 25)
  package static let json = PostgresType(rawValue: 114)
  package static let real = PostgresType(rawValue: 700)
  package static let double = PostgresType(rawValue: 701)
  package static let smallintArray = PostgresType(rawValue: 1005)
  package static let integerArray = PostgresType(rawValue: 1007)
  package static let textArray = PostgresType(rawValue: 1009)
  package static let bigintArray = PostgresType(rawValue: 1016)
  package static let doubleArray = PostgresType(rawValue: 1022)
  package static let character = PostgresType(rawValue: 1042)
  package static let varchar = PostgresType(rawValue: 1043)
  package static let date = PostgresType(rawValue: 1082)
  package static let timestamptz = PostgresType(rawValue: 1184)
  package static let timestamptzArray = PostgresType(rawValue: 1185)
  package static let numeric = PostgresType(rawValue: 1700)
  package static let void = PostgresType(rawValue: 2278)
  package static let jsonb = PostgresType(rawValue: 3802)

  private static let names: [PostgresType: String] = [
    .boolean: "boolean", .bytea: "bytea", .name: "name", .bigint: "bigint",
    .smallint: "smallint", .integer: "integer", .text: "text", .json: "json", .real: "real",
    .double: "double precision", .smallintArray: "smallint[]", .integerArray: "integer[]",
    .textArray: "text[]", .bigintArray: "bigint[]", .doubleArray: "double precision[]",
    .character: "character", .varchar: "varchar", .date: "date", .timestamptz: "timestamptz",
    .timestamptzArray: "timestamptz[]", .numeric: "numeric", .void: "void",
    .jsonb: "jsonb",
  ]

  package var description: String { Self.names[self] ?? "type \(rawValue)" }
}
