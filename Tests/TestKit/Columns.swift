// SPDX-License-Identifier: Apache-2.0
package import Postgres

extension QueryResult {
  /// The values of a column, one for each row.
  package func column<Value: PostgresDecodable>(
    _ name: String,
    as _: Value.Type = Value.self
  ) throws -> [Value] {
    try map { try $0.decode(name) }
  }

  /// The values of the only column, whatever its name.
  package func values<Value: PostgresDecodable>(
    as _: Value.Type = Value.self
  ) throws -> [Value] {
    let names = columns.map(\.name)
    guard names.count == 1 else { throw NotOneColumn(names: names) }
    return try column(names[0])
  }

  /// The only value of a result of one row and one column.
  package func value<Value: PostgresDecodable>(as _: Value.Type = Value.self) throws -> Value {
    let name = columns.map(\.name).joined(separator: ", ")
    return try only { try $0.decode(name) }
  }
}

private struct NotOneColumn: Error {
  let names: [String]
}
