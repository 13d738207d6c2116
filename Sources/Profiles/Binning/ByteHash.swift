// SPDX-License-Identifier: Apache-2.0

/// A 64-bit hash of bytes that never changes between runs, machines and versions.
///
/// Binnings are stored with hashes of levels, so the function is part of their format. It mixes
/// eight bytes at a time with SplitMix64's finaliser; with 10⁵ levels the chance that two share a
/// hash is below 10⁻⁹.
package enum ByteHash {
  @inline(__always)
  package static func of(_ bytes: RawSpan) -> UInt64 {
    var hash = start(length: bytes.byteCount)
    var offset = 0
    while offset &+ 8 <= bytes.byteCount {
      let word = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
      hash = mixed(hash ^ UInt64(littleEndian: word))
      offset &+= 8
    }
    var tail: UInt64 = 0
    var shift: UInt64 = 0
    while offset < bytes.byteCount {
      let byte = unsafe bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
      tail |= UInt64(byte) &<< shift
      shift &+= 8
      offset &+= 1
    }
    return mixed(hash ^ tail)
  }

  package static func of(_ text: String) -> UInt64 {
    let bytes = Array(text.utf8)
    return unsafe of(bytes.span.bytes)
  }

  /// The hash of a number; −0 and 0 share theirs.
  @inline(__always)
  package static func of(_ number: Double) -> UInt64 {
    mixed(start(length: 8) ^ (number == 0 ? 0.0 : number).bitPattern)
  }

  @inline(__always)
  private static func start(length: Int) -> UInt64 {
    0x2545_F491_4F6C_DD1D ^ UInt64(truncatingIfNeeded: length)
  }

  @inline(__always)
  package static func mixed(_ value: UInt64) -> UInt64 {
    var z = value &+ 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
