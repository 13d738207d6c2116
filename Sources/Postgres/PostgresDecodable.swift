// SPDX-License-Identifier: Apache-2.0

/// What a field of a row can be decoded as.
package protocol PostgresDecodable {
  /// What errors call a value of the type.
  static var expectation: String { get }
  /// What NULL stands for; nil where a value is required.
  static var null: Self? { get }

  /// Whether fields of a type are decoded at all.
  static func accepts(_ type: PostgresType) -> Bool

  /// Decodes a field that is not NULL, in binary format; nil for one that is malformed.
  init?(_ bytes: RawSpan, type: PostgresType)

  /// What errors say of a malformed field.
  static func shown(_ bytes: RawSpan, type: PostgresType) -> String
}

extension PostgresDecodable {
  package static var null: Self? { nil }

  package static func shown(_ bytes: RawSpan, type: PostgresType) -> String {
    "\(bytes.byteCount) bytes of \(type)"
  }
}

/// A type that is stored as another one.
package protocol PostgresConvertible: PostgresDecodable {
  associatedtype Stored: PostgresDecodable

  /// Nil for a value that none of this type stands for.
  init?(stored: Stored)
}

extension PostgresConvertible {
  package static var expectation: String { "\(Self.self)" }

  package static func accepts(_ type: PostgresType) -> Bool { Stored.accepts(type) }

  package init?(_ bytes: RawSpan, type: PostgresType) {
    guard let stored = Stored(bytes, type: type) else { return nil }
    self.init(stored: stored)
  }

  package static func shown(_ bytes: RawSpan, type: PostgresType) -> String {
    Stored.shown(bytes, type: type)
  }
}

/// An enumeration that is stored by its words.
package protocol PostgresWord: PostgresConvertible, RawRepresentable
where RawValue == String, Stored == String {}

extension PostgresWord {
  package static var expectation: String { "a word of \(Self.self)" }

  package init?(stored: String) { self.init(rawValue: stored) }
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
  package static var expectation: String { Wrapped.expectation }
  package static var null: Wrapped?? { .some(nil) }

  package static func accepts(_ type: PostgresType) -> Bool { Wrapped.accepts(type) }

  package init?(_ bytes: RawSpan, type: PostgresType) {
    guard let value = Wrapped(bytes, type: type) else { return nil }
    self = .some(value)
  }

  package static func shown(_ bytes: RawSpan, type: PostgresType) -> String {
    Wrapped.shown(bytes, type: type)
  }
}

extension String: PostgresDecodable {
  package static var expectation: String { "a text" }

  package static func accepts(_ type: PostgresType) -> Bool {
    type == .text || type == .varchar || type == .character || type == .name
  }

  package init?(_ bytes: RawSpan, type: PostgresType) {
    self = unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
  }

  package static func shown(_ bytes: RawSpan, type: PostgresType) -> String {
    "'\(unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) })'"
  }
}

extension Int: PostgresDecodable {
  package static var expectation: String { "a whole number" }

  package static func accepts(_ type: PostgresType) -> Bool {
    type == .bigint || type == .integer || type == .smallint
  }

  package init?(_ bytes: RawSpan, type: PostgresType) {
    switch bytes.byteCount {
    case 8: self = Int(Int64(bigEndianAt: 0, of: bytes))
    case 4: self = Int(Int32(bigEndianAt: 0, of: bytes))
    case 2: self = Int(Int16(bigEndianAt: 0, of: bytes))
    default: return nil
    }
  }
}

extension Double: PostgresDecodable {
  package static var expectation: String { "a number in double precision" }

  package static func accepts(_ type: PostgresType) -> Bool { type == .double || type == .real }

  package init?(_ bytes: RawSpan, type: PostgresType) {
    switch bytes.byteCount {
    case 8: self = Double(bitPattern: UInt64(bigEndianAt: 0, of: bytes))
    case 4: self = Double(Float(bitPattern: UInt32(bigEndianAt: 0, of: bytes)))
    default: return nil
    }
  }
}

extension Bool: PostgresDecodable {
  package static var expectation: String { "a boolean" }

  package static func accepts(_ type: PostgresType) -> Bool { type == .boolean }

  package init?(_ bytes: RawSpan, type: PostgresType) {
    guard bytes.byteCount == 1 else { return nil }
    self = UInt8(bigEndianAt: 0, of: bytes) != 0
  }
}

/// A `timestamptz`; infinities are none.
package struct Timestamp: PostgresDecodable, Sendable, Hashable {
  /// Since 1970-01-01 UTC.
  package let microseconds: Int64

  /// Microseconds from 1970-01-01, our epoch, to 2000-01-01, PostgreSQL's.
  static let epochOffset: Int64 = 946_684_800_000_000

  package static var expectation: String { "a moment" }

  package static func accepts(_ type: PostgresType) -> Bool { type == .timestamptz }

  package init?(_ bytes: RawSpan, type: PostgresType) {
    guard bytes.byteCount == 8 else { return nil }
    let stored = Int64(bigEndianAt: 0, of: bytes)
    let (sum, hasOverflowed) = stored.addingReportingOverflow(Self.epochOffset)
    guard stored != .min, !hasOverflowed else { return nil }
    microseconds = sum
  }

  package static func shown(_ bytes: RawSpan, type: PostgresType) -> String {
    bytes.byteCount == 8 ? "a moment that is infinite" : "\(bytes.byteCount) bytes of \(type)"
  }
}

/// The text of a `jsonb` or `json` field.
package struct JSONText: PostgresDecodable, Sendable, Hashable {
  package let text: String

  package static var expectation: String { "JSON" }

  package static func accepts(_ type: PostgresType) -> Bool { type == .jsonb || type == .json }

  package init?(_ bytes: RawSpan, type: PostgresType) {
    let isBinary = type == .jsonb
    // The one version of the binary format that there is.
    guard !isBinary || (bytes.byteCount > 1 && UInt8(bigEndianAt: 0, of: bytes) == 1) else {
      return nil
    }
    text = unsafe bytes.withUnsafeBytes {
      unsafe String(decoding: $0.dropFirst(isBinary ? 1 : 0), as: UTF8.self)
    }
  }
}

extension FixedWidthInteger {
  /// Reads an integer, most significant byte first; the bytes must be there.
  @inline(__always)
  init(bigEndianAt offset: Int, of bytes: RawSpan) {
    precondition(offset >= 0 && offset &+ MemoryLayout<Self>.size <= bytes.byteCount)
    let value = unsafe bytes.withUnsafeBytes {
      unsafe $0.loadUnaligned(fromByteOffset: offset, as: Self.self)
    }
    self.init(bigEndian: value)
  }
}
