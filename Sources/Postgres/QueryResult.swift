// SPDX-License-Identifier: Apache-2.0
private import CLibPQ

/// The rows that a query returned, in binary.
///
/// Owns libpq's memory and frees it once: the type cannot be copied. A result does not change after
/// it was received, which makes it safe to hand between threads.
@safe
package struct QueryResult: ~Copyable, @unchecked Sendable {
  private let raw: OpaquePointer
  private let statement: String

  init(owning raw: OpaquePointer, statement: String) {
    unsafe self.raw = unsafe raw
    self.statement = statement
  }

  deinit { unsafe PQclear(raw) }

  package var rowCount: Int { Int(unsafe PQntuples(raw)) }

  /// Rows that the statement changed; of one that changes nothing, those that it returned.
  package var affectedRows: Int {
    Int(unsafe String(cString: PQcmdTuples(raw))) ?? 0
  }

  /// The name and type of each column.
  package var columns: [(name: String, type: PostgresType)] {
    let count = unsafe PQnfields(raw)
    return (0..<count).map {
      (unsafe String(cString: PQfname(raw, $0)), PostgresType(rawValue: unsafe PQftype(raw, $0)))
    }
  }

  /// Calls `body` with each row.
  ///
  /// - Throws: `RowDecodingError`, or what `body` throws.
  package func forEach(_ body: (borrowing Row) throws -> Void) throws {
    try decode(rowCount, body)
  }

  /// Returns what `decode` makes of each row.
  ///
  /// - Throws: `RowDecodingError`, or what `decode` throws.
  package func map<Value>(_ decode: (borrowing Row) throws -> Value) throws -> [Value] {
    var values: [Value] = []
    values.reserveCapacity(rowCount)
    try self.decode(rowCount) { values.append(try decode($0)) }
    return values
  }

  /// Returns what `decode` makes of the first row; nil where there is none.
  ///
  /// - Throws: `RowDecodingError`, or what `decode` throws.
  package func first<Value>(_ decode: (borrowing Row) throws -> Value) throws -> Value? {
    var value: Value?
    try self.decode(min(rowCount, 1)) { value = try decode($0) }
    return value
  }

  /// Returns what `decode` makes of the only row.
  ///
  /// - Throws: `RowDecodingError`, also where there is no row or more than one; or what `decode`
  ///   throws.
  package func only<Value>(_ decode: (borrowing Row) throws -> Value) throws -> Value {
    guard rowCount == 1, let value = try first(decode) else {
      throw RowDecodingError(
        statement: statement,
        column: nil,
        row: 0,
        expected: "one row",
        found: rowCount == 0 ? "none" : "\(rowCount)"
      )
    }
    return value
  }

  private func decode(_ count: Int, _ body: (borrowing Row) throws -> Void) throws {
    guard count > 0 else { return }
    let columns = columns
    let finder = ColumnFinder(columns.map(\.name), columns.map(\.type))
    for number in 0..<count {
      let row = unsafe Row(raw, number: number, finder, statement: statement)
      try body(row)
    }
    DecodingLog.current?.add(finder.decoded, of: statement)
  }
}
