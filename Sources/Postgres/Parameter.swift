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

  package static func optional(_ text: String?) -> Parameter { text.map(Parameter.text) ?? .null }
  package static func optional(_ value: Int?) -> Parameter { value.map(Parameter.int) ?? .null }
  package static func optional(_ value: Double?) -> Parameter {
    value.map(Parameter.double) ?? .null
  }

  /// The type's object identifier, fixed in PostgreSQL's catalogue; 0 lets the server infer it.
  var typeIdentifier: UInt32 {
    switch self {
    case .null: 0
    case .text: 25
    case .int: 20
    case .int32: 23
    case .double: 701
    case .bool: 16
    case .timestamp: 1184
    case .date: 1082
    case .bytes: 17
    case .json: 3802
    }
  }

  /// The value in binary format; nil for NULL.
  var encoded: [UInt8]? {
    switch self {
    case .null: nil
    case .text(let text): Array(text.utf8)
    case .int(let value): Self.bigEndian(UInt64(bitPattern: Int64(value)))
    case .int32(let value): Array(Self.bigEndian(UInt64(bitPattern: Int64(value))).suffix(4))
    case .double(let value): Self.bigEndian(value.bitPattern)
    case .bool(let value): [value ? 1 : 0]
    case .timestamp(let value):
      Self.bigEndian(UInt64(bitPattern: value - QueryResult.epochOffset))
    case .date(let value):
      Array(Self.bigEndian(UInt64(bitPattern: Int64(value - 10_957))).suffix(4))
    case .bytes(let bytes): bytes
    case .json(let text): [1] + Array(text.utf8)
    }
  }

  private static func bigEndian(_ value: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: value >> UInt64(56 - $0 * 8)) }
  }
}
