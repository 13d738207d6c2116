// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Signs what a webhook is sent, as the Standard Webhooks specification has it: HMAC-SHA256 over
/// id, time and body.
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
    let signature = Data(KeyedHash.sha256(key(secret), signed)).base64EncodedString()
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
}
