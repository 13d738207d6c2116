// SPDX-License-Identifier: Apache-2.0

/// How a column's values travel in PostgreSQL's binary format.
package enum ColumnType: UInt8, Sendable, CaseIterable {
  case int16, int32, int64, float4, float8, numeric, bool, text, date, timestamp, json

  /// Whether values of the type are numbers to us; text and booleans are categories.
  package var isNumber: Bool {
    switch self {
    case .int16, .int32, .int64, .float4, .float8, .numeric, .date, .timestamp: true
    case .bool, .text, .json: false
    }
  }

  /// The number of bytes of every value, or nil where it varies.
  var width: Int? {
    switch self {
    case .bool: 1
    case .int16: 2
    case .int32, .float4, .date: 4
    case .int64, .float8, .timestamp: 8
    case .numeric, .text, .json: nil
    }
  }
}

/// Why a stream of rows could not be read.
package enum ScanError: Error, Equatable, Sendable {
  /// The stream does not begin as a binary COPY does.
  case notBinaryCopy
  /// A row ends before its fields do.
  case truncated
  /// A row has another number of fields than was asked for.
  case columnCount(expected: Int, found: Int)
  /// A field's length is not that of its type.
  case fieldLength(column: Int, length: Int)
}
