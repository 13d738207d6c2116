// SPDX-License-Identifier: Apache-2.0
import CCrypto
import Foundation

/// Signs what a webhook is sent, as the Standard Webhooks specification has it: HMAC-SHA256 over id, time and body.
enum Signature {
  /// The headers that let a receiver know who sent it, and drop repeats and old copies.
  ///
  /// - `secret`: The shared secret; with the prefix `whsec_` in base64.
  /// - `second`: The time of sending, in seconds since 1970.
  static func headers(
    id: String,
    second: Int64,
    body: [UInt8],
    secret: String
  ) -> [String: String] {
    let signed = Array("\(id).\(second).".utf8) + body
    let signature = Data(hmac(key(secret), signed)).base64EncodedString()
    return [
      "webhook-id": id, "webhook-timestamp": String(second), "webhook-signature": "v1,\(signature)",
    ]
  }

  private static func key(_ secret: String) -> [UInt8] {
    let prefix = "whsec_"
    if secret.hasPrefix(prefix),
      let data = Data(base64Encoded: String(secret.dropFirst(prefix.count)))
    {
      return Array(data)
    }
    return Array(secret.utf8)
  }

  /// The keyed hash of a message, of 32 bytes.
  ///
  /// HMAC-SHA256: H. Krawczyk, M. Bellare, R. Canetti (RFC 2104, 1997).
  static func hmac(_ key: [UInt8], _ message: [UInt8]) -> [UInt8] {
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
}
