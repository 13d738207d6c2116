// SPDX-License-Identifier: Apache-2.0
import CCrypto

/// Proves that who knows a key has written a message.
package enum KeyedHash {
  /// The keyed hash of a message, of 32 bytes.
  ///
  /// HMAC-SHA256: H. Krawczyk, M. Bellare, R. Canetti (RFC 2104, 1997).
  package static func sha256(_ key: [UInt8], _ message: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    var length: UInt32 = 0
    unsafe key.withUnsafeBytes { key in
      _ = unsafe HMAC(
        EVP_sha256(),
        key.baseAddress,
        Int32(key.count),
        message,
        message.count,
        &digest,
        &length
      )
    }
    return digest
  }

  /// Whether two texts are the same, in a time that does not show where they differ.
  package static func isSame(_ left: String, _ right: String) -> Bool {
    let (left, right) = (Array(left.utf8), Array(right.utf8))
    guard left.count == right.count else { return false }
    return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }
}
