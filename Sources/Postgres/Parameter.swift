// SPDX-License-Identifier: Apache-2.0

/// A query's parameter; sent in binary with its type, never pasted into SQL.
package enum Parameter: Sendable {
  case null
  case text(String)
  case int(Int)
  /// An `integer`.
  case int32(Int)
  case double(Double)
  case bool(Bool)
  /// `timestamptz`, as microseconds since 1970-01-01 UTC.
  case timestamp(Int64)
  /// Days since 1970-01-01.
  case date(Int)
  case bytes([UInt8])
  /// JSON text for a `jsonb` parameter.
  case json(String)
  /// A `text[]`, whose elements may hold anything: no separator is needed.
  case textArray([String])
  /// A `bigint[]`.
  case intArray([Int])
  /// A `timestamptz[]`, as microseconds since 1970-01-01 UTC.
  case timestampArray([Int64])

  package static func optional(_ text: String?) -> Parameter { text.map(Parameter.text) ?? .null }
  package static func optional(_ value: Int?) -> Parameter { value.map(Parameter.int) ?? .null }
  package static func optional(_ value: Double?) -> Parameter {
    value.map(Parameter.double) ?? .null
  }

  /// The type; nil lets the server infer it.
  var type: PostgresType? {
    switch self {
    case .null: nil
    case .text: .text
    case .int: .bigint
    case .int32: .integer
    case .double: .double
    case .bool: .boolean
    case .timestamp: .timestamptz
    case .date: .date
    case .bytes: .bytea
    case .json: .jsonb
    case .textArray: .textArray
    case .intArray: .bigintArray
    case .timestampArray: .timestamptzArray
    }
  }

  /// The value in binary format; nil for NULL.
  var encoded: [UInt8]? {
    var bytes: [UInt8] = []
    append(to: &bytes)
    if case .null = self { return nil }
    return Array(bytes.dropFirst(4))
  }

  /// Writes the value's length and the value, in binary format; −1 for NULL.
  func append(to bytes: inout [UInt8]) {
    switch self {
    case .null: bytes.append(bigEndian: Int32(-1))
    case .text(let text): Self.append(text.utf8, to: &bytes)
    case .int(let value): Self.append(Int64(value), to: &bytes)
    case .int32(let value): Self.append(Int32(truncatingIfNeeded: value), to: &bytes)
    case .double(let value): Self.append(value.bitPattern, to: &bytes)
    case .bool(let value): Self.append(UInt8(value ? 1 : 0), to: &bytes)
    case .timestamp(let value): Self.append(value - Timestamp.epochOffset, to: &bytes)
    // The server counts days from 2000-01-01.
    case .date(let value): Self.append(Int32(truncatingIfNeeded: value - 10_957), to: &bytes)
    case .bytes(let value): Self.append(value, to: &bytes)
    case .json(let text):
      bytes.append(bigEndian: Int32(truncatingIfNeeded: text.utf8.count + 1))
      bytes.append(1)
      bytes.append(contentsOf: text.utf8)
    case .textArray(let values): Self.append(values.map(Parameter.text), of: .text, to: &bytes)
    case .intArray(let values): Self.append(values.map(Parameter.int), of: .bigint, to: &bytes)
    case .timestampArray(let values):
      Self.append(values.map(Parameter.timestamp), of: .timestamptz, to: &bytes)
    }
  }

  /// Writes an array of one dimension, or of none where it is empty; no element is NULL.
  private static func append(
    _ elements: [Parameter],
    of type: PostgresType,
    to bytes: inout [UInt8]
  ) {
    var array: [UInt8] = []
    array.append(bigEndian: Int32(elements.isEmpty ? 0 : 1))
    array.append(bigEndian: Int32(0))
    array.append(bigEndian: type.rawValue)
    if !elements.isEmpty {
      array.append(bigEndian: Int32(truncatingIfNeeded: elements.count))
      // Arrays begin at 1.
      array.append(bigEndian: Int32(1))
    }
    for element in elements { element.append(to: &array) }
    append(array, to: &bytes)
  }

  private static func append(_ value: some FixedWidthInteger, to bytes: inout [UInt8]) {
    bytes.append(bigEndian: Int32(truncatingIfNeeded: value.bitWidth / 8))
    bytes.append(bigEndian: value)
  }

  private static func append(_ value: some Collection<UInt8>, to bytes: inout [UInt8]) {
    bytes.append(bigEndian: Int32(truncatingIfNeeded: value.count))
    bytes.append(contentsOf: value)
  }
}

extension [UInt8] {
  /// Writes an integer, most significant byte first.
  @inline(__always)
  mutating func append<Value: FixedWidthInteger>(bigEndian value: Value) {
    for shift in stride(from: Value.bitWidth - 8, through: 0, by: -8) {
      append(UInt8(truncatingIfNeeded: value >> shift))
    }
  }
}
