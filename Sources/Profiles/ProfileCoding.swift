// SPDX-License-Identifier: Apache-2.0

/// The stored form of counts: a format number, then variable-length integers in which a run of
/// zeros takes two bytes.
package enum CountCoding {
  private static let format: UInt8 = 1

  package enum Fault: Error, Equatable {
    case unknownFormat
    case truncated
    case wrongLength
  }

  /// Returns the stored form of values.
  ///
  /// - Complexity: O(values).
  package static func encode(_ values: [Int]) -> [UInt8] {
    var bytes: [UInt8] = [format]
    var index = 0
    while index < values.count {
      if values[index] == 0 {
        let end = values[index...].firstIndex { $0 != 0 } ?? values.count
        bytes.append(0)
        append(UInt64(end - index), to: &bytes)
        index = end
      } else {
        let value = values[index]
        append(UInt64(bitPattern: Int64(value << 1) ^ Int64(value >> 63)), to: &bytes)
        index += 1
      }
    }
    return bytes
  }

  /// Returns the `count` values that `bytes` hold.
  ///
  /// - Throws: `Fault` when the bytes are not what `encode` made of that many values.
  package static func decode(_ bytes: [UInt8], count: Int) throws(Fault) -> [Int] {
    guard bytes.first == format else { throw .unknownFormat }
    var values = Array(repeating: 0, count: count)
    var filled = 0
    var position = 1
    while position < bytes.count {
      let word = try read(bytes, &position)
      if word == 0 {
        // The array is zero already.
        let run = try read(bytes, &position)
        guard run > 0, run <= UInt64(count - filled) else { throw .wrongLength }
        filled += Int(run)
      } else {
        guard filled < count else { throw .wrongLength }
        values[filled] = Int(Int64(bitPattern: word >> 1) ^ -Int64(bitPattern: word & 1))
        filled += 1
      }
    }
    guard filled == count else { throw .wrongLength }
    return values
  }

  private static func append(_ value: UInt64, to bytes: inout [UInt8]) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  @inline(__always)
  private static func read(_ bytes: [UInt8], _ position: inout Int) throws(Fault) -> UInt64 {
    // Most counts of a bucket are small.
    if position < bytes.count, bytes[position] < 0x80 {
      position += 1
      return UInt64(bytes[position - 1])
    }
    return try readLong(bytes, &position)
  }

  private static func readLong(_ bytes: [UInt8], _ position: inout Int) throws(Fault) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while position < bytes.count, shift < 64 {
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    throw .truncated
  }
}
