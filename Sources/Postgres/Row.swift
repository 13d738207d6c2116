// SPDX-License-Identifier: Apache-2.0
private import CLibPQ

/// One row of a result, while it is decoded.
///
/// It cannot be copied and is only lent, so it never outlives the memory that it points into.
@safe
package struct Row: ~Copyable {
  private let raw: OpaquePointer
  private let number: Int
  private let columns: ColumnFinder
  private let statement: String

  init(_ raw: OpaquePointer, number: Int, _ columns: ColumnFinder, statement: String) {
    unsafe self.raw = unsafe raw
    self.number = number
    self.columns = columns
    self.statement = statement
  }

  /// Decodes a column; an optional type for one that can be NULL.
  ///
  /// - Throws: `RowDecodingError`.
  package func decode<Value: PostgresDecodable>(
    _ column: String,
    as _: Value.Type = Value.self
  ) throws -> Value {
    guard let place = columns.place(of: column) else {
      throw error(
        column,
        expected: "a column of this name",
        found: columns.names.joined(separator: ", ")
      )
    }
    let type = columns.types[place]
    guard Value.accepts(type) else {
      throw error(column, expected: Value.expectation, found: "\(type)")
    }
    let (row, field) = (Int32(number), Int32(place))
    guard unsafe PQgetisnull(raw, row, field) == 0, let start = unsafe PQgetvalue(raw, row, field)
    else {
      guard let null = Value.null else {
        throw error(column, expected: Value.expectation, found: "NULL")
      }
      return null
    }
    let buffer = unsafe UnsafeRawBufferPointer(
      start: start,
      count: Int(PQgetlength(raw, row, field))
    )
    let bytes = unsafe buffer.bytes
    guard let value = Value(bytes, type: type) else {
      throw error(column, expected: Value.expectation, found: Value.shown(bytes, type: type))
    }
    return value
  }

  /// The error of a column whose value is well-formed but makes no sense.
  package func error(_ column: String, expected: String, found: String) -> RowDecodingError {
    RowDecodingError(
      statement: statement,
      column: column,
      row: number + 1,
      expected: expected,
      found: found
    )
  }
}

/// Finds the columns of a result by name.
///
/// All rows are decoded by the same code, which asks for the same columns in the same order: what
/// came after a column in one row is the first guess in the next. So each is searched for once.
final class ColumnFinder {
  let names: [String]
  let types: [PostgresType]
  /// By place of a column, plus one, the place of the one that was asked for after it.
  private var next: [Int]
  private var last = 0
  private var asked: Set<Int> = []

  init(_ names: [String], _ types: [PostgresType]) {
    self.names = names
    self.types = types
    next = Array(repeating: -1, count: names.count + 1)
  }

  func place(of name: String) -> Int? {
    let guess = next[last]
    if guess >= 0, names[guess] == name {
      last = guess + 1
      return guess
    }
    guard let place = names.firstIndex(of: name) else { return nil }
    asked.insert(place)
    next[last] = place
    last = place + 1
    return place
  }

  /// The columns that were decoded.
  var decoded: [String] { asked.map { names[$0] } }
}
