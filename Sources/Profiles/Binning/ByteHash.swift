// SPDX-License-Identifier: Apache-2.0

/// A 64-bit hash of bytes that never changes between runs, machines and versions.
///
/// Binnings are stored with hashes of levels, so the function is part of their format. Words of
/// eight bytes are folded in by a full multiplication whose halves are added without carry, as in
/// the hashes of the wyhash family; with 10⁵ levels the chance that two share a hash is below 10⁻⁹.
/// It is not meant to withstand somebody who looks for collisions.
package enum ByteHash {
  /// Returns the hash of bytes.
  @inline(__always)
  package static func of(_ bytes: RawSpan) -> UInt64 {
    let count = bytes.byteCount
    var hash = fold(UInt64(truncatingIfNeeded: count) ^ seed0, seed1)
    guard count >= 8 else { return fold(short(bytes, count) ^ seed2, hash ^ seed3) }
    var offset = 0
    while offset &+ 8 < count {
      hash = fold(word(bytes, offset) ^ seed2, hash ^ seed3)
      offset &+= 8
    }
    // The last word overlaps the one before, so that no byte is read alone.
    return fold(word(bytes, count &- 8) ^ seed0, hash ^ seed3)
  }

  package static func of(_ text: String) -> UInt64 {
    let bytes = Array(text.utf8)
    return unsafe of(bytes.span.bytes)
  }

  /// The hash of a number; −0 and 0 share theirs.
  @inline(__always)
  package static func of(_ number: Double) -> UInt64 {
    fold((number == 0 ? 0.0 : number).bitPattern ^ seed1, seed3)
  }

  private static var seed0: UInt64 { 0x9E37_79B9_7F4A_7C15 }
  private static var seed1: UInt64 { 0xD1B5_4A32_D192_ED03 }
  private static var seed2: UInt64 { 0x8CB9_2BA7_2F3D_8DD7 }
  private static var seed3: UInt64 { 0xAAAA_AAAB_5555_5554 ^ 0x2545_F491_4F6C_DD1D }

  @inline(__always)
  private static func fold(_ first: UInt64, _ second: UInt64) -> UInt64 {
    let (high, low) = first.multipliedFullWidth(by: second)
    return high ^ low
  }

  @inline(__always)
  private static func word(_ bytes: RawSpan, _ offset: Int) -> UInt64 {
    unsafe UInt64(
      littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
    )
  }

  /// Fewer than eight bytes as one word.
  @inline(__always)
  private static func short(_ bytes: RawSpan, _ count: Int) -> UInt64 {
    func byte(_ offset: Int) -> UInt64 {
      unsafe UInt64(bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self))
    }
    if count >= 4 {
      let low = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt32.self)
      let high = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: count &- 4, as: UInt32.self)
      return UInt64(UInt32(littleEndian: low)) | UInt64(UInt32(littleEndian: high)) &<< 32
    }
    guard count > 0 else { return 0 }
    return byte(0) | byte(count / 2) &<< 8 | byte(count &- 1) &<< 16
  }
}
