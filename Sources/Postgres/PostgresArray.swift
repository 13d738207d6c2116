// SPDX-License-Identifier: Apache-2.0

/// What an array in Swift can have as its elements when it is decoded from a field.
package protocol PostgresArrayElement: PostgresDecodable {
  /// What errors call an array of such values.
  static var arrayExpectation: String { get }

  static func acceptsArray(_ type: PostgresType) -> Bool

  /// Decodes a whole field; nil for one that is malformed.
  static func array(_ bytes: RawSpan, type: PostgresType) -> [Self]?
}

extension Array: PostgresDecodable where Element: PostgresArrayElement {
  package static var expectation: String { Element.arrayExpectation }

  package static func accepts(_ type: PostgresType) -> Bool { Element.acceptsArray(type) }

  package init?(_ bytes: RawSpan, type: PostgresType) {
    guard let elements = Element.array(bytes, type: type) else { return nil }
    self = elements
  }
}

extension PostgresArrayElement {
  package static var arrayExpectation: String { "an array, each of it \(expectation)" }

  /// Decodes an array of at most one dimension, without NULLs.
  ///
  /// The format: dimensions, whether there are NULLs, the elements' type, then length and lower
  /// bound of each dimension; then each element's length and bytes.
  package static func array(_ bytes: RawSpan, type: PostgresType) -> [Self]? {
    guard bytes.byteCount >= 12 else { return nil }
    let dimensions = Int32(bigEndianAt: 0, of: bytes)
    let element = PostgresType(rawValue: UInt32(bigEndianAt: 8, of: bytes))
    guard dimensions > 0 else { return dimensions == 0 ? [] : nil }
    guard dimensions == 1, accepts(element), bytes.byteCount >= 20 else { return nil }
    var values: [Self] = []
    var offset = 20
    for _ in 0..<Int(Int32(bigEndianAt: 12, of: bytes)) {
      guard offset + 4 <= bytes.byteCount else { return nil }
      let length = Int(Int32(bigEndianAt: offset, of: bytes))
      offset += 4
      guard length >= 0, offset + length <= bytes.byteCount,
        let value = Self(bytes.extracting(offset..<offset + length), type: element)
      else { return nil }
      values.append(value)
      offset += length
    }
    return values
  }
}

extension String: PostgresArrayElement {
  package static func acceptsArray(_ type: PostgresType) -> Bool { type == .textArray }
}

extension Int: PostgresArrayElement {
  package static func acceptsArray(_ type: PostgresType) -> Bool {
    type == .bigintArray || type == .integerArray || type == .smallintArray
  }
}

extension Double: PostgresArrayElement {
  package static func acceptsArray(_ type: PostgresType) -> Bool { type == .doubleArray }
}

/// An array of bytes is a `bytea`.
extension UInt8: PostgresArrayElement {
  package static var expectation: String { "a byte" }
  package static var arrayExpectation: String { "bytes" }

  package static func accepts(_ type: PostgresType) -> Bool { false }
  package static func acceptsArray(_ type: PostgresType) -> Bool { type == .bytea }

  package init?(_ bytes: RawSpan, type: PostgresType) { return nil }

  package static func array(_ bytes: RawSpan, type: PostgresType) -> [UInt8]? {
    unsafe bytes.withUnsafeBytes { unsafe Array($0) }
  }
}
