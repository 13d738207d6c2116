// SPDX-License-Identifier: Apache-2.0
private import CLibPQ

/// The rows that a query returned, in binary.
///
/// Owns libpq's memory and frees it once: the type cannot be copied. A result does not change after
/// it was received, which makes it safe to hand between threads.
@safe
package struct QueryResult: ~Copyable, @unchecked Sendable {
  private let raw: OpaquePointer
  private let query: String

  /// Microseconds from 1970-01-01, our epoch, to 2000-01-01, PostgreSQL's.
  static let epochOffset: Int64 = 946_684_800_000_000

  init(owning raw: OpaquePointer, query: String) {
    unsafe self.raw = unsafe raw
    self.query = query
  }

  deinit { unsafe PQclear(raw) }

  package var rowCount: Int { Int(unsafe PQntuples(raw)) }
  package var columnCount: Int { Int(unsafe PQnfields(raw)) }

  /// Rows that the statement changed.
  package var affectedRows: Int {
    Int(unsafe String(cString: PQcmdTuples(raw))) ?? 0
  }

  /// The type's object identifier of each column.
  package var columnTypes: [UInt32] {
    (0..<columnCount).map { unsafe PQftype(raw, Int32($0)) }
  }

  package var columnNames: [String] {
    (0..<columnCount).map { unsafe String(cString: PQfname(raw, Int32($0))) }
  }

  package func isNull(_ row: Int, _ column: Int) -> Bool {
    precondition(row < rowCount && column < columnCount)
    return unsafe PQgetisnull(raw, Int32(row), Int32(column)) == 1
  }

  /// The bytes of a field; empty for NULL.
  package func bytes(_ row: Int, _ column: Int) -> [UInt8] {
    precondition(row < rowCount && column < columnCount)
    let length = Int(unsafe PQgetlength(raw, Int32(row), Int32(column)))
    guard let start = unsafe PQgetvalue(raw, Int32(row), Int32(column)) else { return [] }
    return unsafe Array(UnsafeRawBufferPointer(start: start, count: length))
  }

  private func word(_ row: Int, _ column: Int) -> UInt64 {
    bytes(row, column).reduce(0) { $0 << 8 | UInt64($1) }
  }

  package func text(_ row: Int, _ column: Int) -> String {
    String(decoding: bytes(row, column), as: UTF8.self)
  }

  package func optionalText(_ row: Int, _ column: Int) -> String? {
    isNull(row, column) ? nil : text(row, column)
  }

  /// A `jsonb` field as JSON text.
  package func json(_ row: Int, _ column: Int) -> String {
    String(decoding: bytes(row, column).dropFirst(), as: UTF8.self)
  }

  /// A `smallint`, `integer` or `bigint` field; 0 for NULL.
  package func int(_ row: Int, _ column: Int) -> Int {
    let word = word(row, column)
    switch bytes(row, column).count {
    case 2: return Int(Int16(truncatingIfNeeded: word))
    case 4: return Int(Int32(truncatingIfNeeded: word))
    default: return Int(Int64(bitPattern: word))
    }
  }

  /// A `double precision` field; nil for NULL.
  package func double(_ row: Int, _ column: Int) -> Double? {
    isNull(row, column) ? nil : Double(bitPattern: word(row, column))
  }

  package func bool(_ row: Int, _ column: Int) -> Bool { bytes(row, column).first == 1 }

  /// A `timestamptz` field as microseconds since 1970-01-01 UTC; nil for NULL.
  package func timestamp(_ row: Int, _ column: Int) -> Int64? {
    guard !isNull(row, column) else { return nil }
    return Int64(bitPattern: word(row, column)).addingReportingOverflow(Self.epochOffset)
      .partialValue
  }
}
