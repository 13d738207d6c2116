// SPDX-License-Identifier: Apache-2.0
private import Glibc

/// Walks over the members of one JSON object in a row's bytes, without copying it.
///
/// The server has validated and normalised `jsonb`; the reader still checks every bound, and
/// takes nested values as text.
struct JSONObjectReader {
  /// Where a member's name lies, and its value.
  struct Member {
    let nameOffset: Int
    let nameLength: Int
    let value: Scalar
  }

  private var position: Int
  private let end: Int
  private var isFirst = true

  /// A reader over a `jsonb` value: a format byte, then text.
  init?(_ row: RawSpan, offset: Int, length: Int) {
    guard length >= 3, row.byte(at: offset) == 1 else { return nil }
    position = offset + 1
    end = offset + length
    skipSpace(row)
    guard peek(row) == UInt8(ascii: "{") else { return nil }
    position += 1
  }

  enum Fault: Error { case malformed }

  /// Returns the next member, or nil behind the last.
  mutating func next(_ row: RawSpan) throws(Fault) -> Member? {
    skipSpace(row)
    if peek(row) == UInt8(ascii: "}") { return nil }
    if !isFirst {
      guard peek(row) == UInt8(ascii: ",") else { throw .malformed }
      position += 1
      skipSpace(row)
    }
    isFirst = false
    let (name, length) = try string(row)
    skipSpace(row)
    guard peek(row) == UInt8(ascii: ":") else { throw .malformed }
    position += 1
    skipSpace(row)
    return Member(nameOffset: name, nameLength: length, value: try value(row))
  }

  private func peek(_ row: RawSpan) -> UInt8 { position < end ? row.byte(at: position) : 0 }

  private mutating func skipSpace(_ row: RawSpan) {
    while position < end, row.byte(at: position) <= 0x20 { position += 1 }
  }

  /// Reads a quoted string and returns the bytes between the quotes, escapes untouched.
  private mutating func string(_ row: RawSpan) throws(Fault) -> (Int, Int) {
    guard peek(row) == UInt8(ascii: "\"") else { throw .malformed }
    position += 1
    let start = position
    while position < end {
      let byte = row.byte(at: position)
      if byte == UInt8(ascii: "\"") {
        position += 1
        return (start, position - 1 - start)
      }
      position += byte == UInt8(ascii: "\\") ? 2 : 1
    }
    throw .malformed
  }

  private mutating func value(_ row: RawSpan) throws(Fault) -> Scalar {
    switch peek(row) {
    case UInt8(ascii: "\""):
      let (start, length) = try string(row)
      return .text(start, length)
    case UInt8(ascii: "n"): return try literal(row, length: 4, .missing)
    case UInt8(ascii: "t"): return try literal(row, length: 4, .flag(true))
    case UInt8(ascii: "f"): return try literal(row, length: 5, .flag(false))
    case UInt8(ascii: "{"), UInt8(ascii: "["): return try nested(row)
    default: return .number(try number(row))
    }
  }

  private mutating func literal(
    _ row: RawSpan,
    length: Int,
    _ value: Scalar
  ) throws(Fault) -> Scalar {
    guard position + length <= end else { throw .malformed }
    position += length
    return value
  }

  private mutating func nested(_ row: RawSpan) throws(Fault) -> Scalar {
    let start = position
    var depth = 0
    while position < end {
      switch row.byte(at: position) {
      case UInt8(ascii: "\""):
        _ = try string(row)
        continue
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      default: break
      }
      position += 1
      if depth == 0 { return .text(start, position - start) }
    }
    throw .malformed
  }

  /// Up to 15 digits with a small exponent are read exactly here; the rest by the C library.
  private mutating func number(_ row: RawSpan) throws(Fault) -> Double {
    let start = position
    var digits = 0.0
    var count = 0
    var scale = 0
    var isPlain = true
    var isFraction = false
    let isNegative = peek(row) == UInt8(ascii: "-")
    if isNegative { position += 1 }
    scan: while position < end {
      let byte = row.byte(at: position)
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        digits = digits * 10 + Double(byte - UInt8(ascii: "0"))
        count += 1
        if isFraction { scale += 1 }
      case UInt8(ascii: ".") where !isFraction: isFraction = true
      case UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "+"), UInt8(ascii: "-"):
        isPlain = false
      default: break scan
      }
      position += 1
    }
    guard count > 0 else { throw .malformed }
    if isPlain, count <= 15 {
      let value = digits / Self.powers[scale]
      return isNegative ? -value : value
    }
    guard let value = Self.parse(row, at: start, length: position - start) else { throw .malformed }
    return value
  }

  /// Reads a number by the C library, which rounds correctly; nil where the bytes are none.
  private static func parse(_ row: RawSpan, at start: Int, length: Int) -> Double? {
    unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: length + 1) { text in
      for index in 0..<length {
        unsafe text[index] = CChar(bitPattern: row.byte(at: start + index))
      }
      unsafe text[length] = 0
      guard let first = text.baseAddress else { return nil }
      var end: UnsafeMutablePointer<CChar>?
      let value = unsafe strtod(first, &end)
      return unsafe end == first + length ? value : nil
    }
  }

  private static let powers: [Double] = (0...15).map { pow(10, Double($0)) }
}
