// SPDX-License-Identifier: Apache-2.0
private import Glibc

/// One field's value as the profile sees it.
enum Scalar {
  case missing
  case number(Double)
  case flag(Bool)
  /// Bytes of the row: offset and length.
  case text(Int, Int)
}

/// Cursor over the fields of one row.
struct FieldCursor {
  var offset: Int

  /// Reads the next field's length and moves behind the length; −1 for NULL.
  @inline(__always)
  mutating func length(in row: RawSpan) throws(ScanError) -> Int {
    guard offset &+ 4 <= row.byteCount else { throw .truncated }
    let length = Int(row.int32(at: offset))
    offset &+= 4
    guard length >= -1, length <= row.byteCount &- offset else { throw .truncated }
    return length
  }

  /// Reads the next field.
  @inline(__always)
  mutating func scalar(
    _ type: ColumnType,
    in row: RawSpan,
    column: Int
  ) throws(ScanError) -> Scalar {
    let length = try length(in: row)
    guard length >= 0 else { return .missing }
    let start = offset
    offset &+= length
    if let width = type.width, width != length {
      throw .fieldLength(column: column, length: length)
    }
    switch type {
    case .float8: return .number(Double(bitPattern: UInt64(bitPattern: row.int64(at: start))))
    case .text, .json: return .text(start, length)
    case .int32: return .number(Double(row.int32(at: start)))
    case .int64: return .number(Double(row.int64(at: start)))
    case .bool: return .flag(row.byte(at: start) != 0)
    case .int16: return .number(Double(row.int16(at: start)))
    case .float4:
      return .number(Double(Float(bitPattern: UInt32(bitPattern: row.int32(at: start)))))
    case .date: return .number(Self.days(row.int32(at: start)))
    case .timestamp: return .number(Self.seconds(row.int64(at: start)))
    case .numeric:
      return .number(try NumericDecoder.value(row, at: start, length: length, column: column))
    }
  }

  /// Days since 1970-01-01; PostgreSQL counts from 2000 and marks the infinities by the extremes.
  private static func days(_ raw: Int32) -> Double {
    if raw == .max { return .infinity }
    return raw == .min ? -.infinity : Double(raw) + 10_957
  }

  /// Seconds since 1970-01-01.
  private static func seconds(_ raw: Int64) -> Double {
    if raw == .max { return .infinity }
    return raw == .min ? -.infinity : Double(raw) / 1e6 + 946_684_800
  }
}

/// Reads PostgreSQL's `numeric`: base-10000 digits with a weight and a sign.
enum NumericDecoder {
  /// Powers of ten that a double holds exactly.
  private static let powers: [Double] = (0...22).map { pow(10, Double($0)) }

  static func value(
    _ row: RawSpan,
    at start: Int,
    length: Int,
    column: Int
  ) throws(ScanError) -> Double {
    guard length >= 8 else { throw .fieldLength(column: column, length: length) }
    let count = Int(row.int16(at: start))
    let weight = Int(row.int16(at: start + 2))
    switch UInt16(bitPattern: row.int16(at: start + 4)) {
    case 0x0000:
      return try finite(
        row,
        at: start + 8,
        count: count,
        weight: weight,
        length: length,
        column: column
      )
    case 0x4000:
      return try -finite(
        row,
        at: start + 8,
        count: count,
        weight: weight,
        length: length,
        column: column
      )
    case 0xD000: return .infinity
    case 0xF000: return -.infinity
    default: return .nan
    }
  }

  private static func finite(
    _ row: RawSpan,
    at start: Int,
    count: Int,
    weight: Int,
    length: Int,
    column: Int
  ) throws(ScanError) -> Double {
    guard count >= 0, 8 + count * 2 == length else {
      throw .fieldLength(column: column, length: length)
    }
    // Up to 15 digits fit a double exactly, and one division by an exact power of ten rounds
    // correctly; longer numbers take the C library's way.
    let exponent = (weight - count + 1) * 4
    if count <= 3, abs(exponent) <= 22 {
      var digits = 0.0
      for index in 0..<count { digits = digits * 10_000 + Double(row.int16(at: start + index * 2)) }
      return exponent < 0 ? digits / powers[-exponent] : digits * powers[exponent]
    }
    var text = ""
    for index in 0..<count {
      let group = String(row.int16(at: start + index * 2))
      text += String(repeating: "0", count: max(0, 4 - group.count)) + group
    }
    return Double(text + "e\(exponent)") ?? .nan
  }
}
