// SPDX-License-Identifier: Apache-2.0

/// Reading of fixed-size values, most significant byte first, as PostgreSQL sends them.
///
/// `unsafeLoadUnaligned` checks bounds; it is called unsafe because not every type is made of
/// arbitrary bits. Integers are.
extension RawSpan {
  @inline(__always)
  func int16(at offset: Int) -> Int16 {
    unsafe Int16(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: Int16.self))
  }

  @inline(__always)
  func int32(at offset: Int) -> Int32 {
    unsafe Int32(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: Int32.self))
  }

  @inline(__always)
  func int64(at offset: Int) -> Int64 {
    unsafe Int64(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: Int64.self))
  }

  @inline(__always)
  func byte(at offset: Int) -> UInt8 {
    unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
  }

  /// All bytes, one after the other.
  package var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(byteCount)
    for index in 0..<byteCount { bytes.append(byte(at: index)) }
    return bytes
  }

  @inline(__always)
  @_lifetime(copy self)
  func slice(_ offset: Int, _ length: Int) -> RawSpan {
    extracting(offset..<(offset &+ length))
  }
}

/// The frame of a binary COPY: a header before the first row, a trailer after the last.
///
/// The server sends one row in a message; the header shares the first one's.
struct CopyFraming: Sendable {
  private static let signature: [UInt8] = [
    0x50, 0x47, 0x43, 0x4F, 0x50, 0x59, 0x0A, 0xFF, 0x0D, 0x0A, 0x00,
  ]
  private var hasReadHeader = false

  /// Returns where the first row of a message begins.
  mutating func start(of message: RawSpan) throws(ScanError) -> Int {
    guard !hasReadHeader else { return 0 }
    guard message.byteCount >= 19 else { throw .notBinaryCopy }
    for (index, byte) in Self.signature.enumerated() where message.byte(at: index) != byte {
      throw .notBinaryCopy
    }
    let extensionLength = Int(message.int32(at: 15))
    guard extensionLength >= 0, 19 + extensionLength <= message.byteCount else {
      throw .notBinaryCopy
    }
    hasReadHeader = true
    return 19 + extensionLength
  }

  /// Returns whether a row of `columns` fields begins at `offset`; false at the trailer or the
  /// message's end.
  static func hasRow(
    _ message: RawSpan,
    at offset: Int,
    columns: Int
  ) throws(ScanError) -> Bool {
    if offset == message.byteCount { return false }
    guard offset &+ 2 <= message.byteCount else { throw .truncated }
    let count = Int(message.int16(at: offset))
    if count == -1 { return false }
    guard count == columns else { throw .columnCount(expected: columns, found: count) }
    return true
  }
}

/// Something that counts the rows of a binary COPY as they pass.
package protocol RowScanner: Sendable {
  /// Rows seen so far.
  var rows: Int { get }

  /// Counts the rows of one message.
  mutating func scan(_ message: RawSpan) throws(ScanError)
}

extension ProfileScanner: RowScanner {}
extension ReferenceScanner: RowScanner {}
extension LabelScanner: RowScanner {}
