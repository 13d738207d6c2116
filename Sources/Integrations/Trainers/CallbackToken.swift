// SPDX-License-Identifier: Apache-2.0
package import Retraining

/// The proof that who calls back was given the run: a hash of its key under the secret that both
/// know.
package enum CallbackToken {
  /// Returns the token, in hexadecimal digits.
  package static func token(_ order: TrainingOrder, secret: String) -> String {
    let hash = KeyedHash.sha256(Array(secret.utf8), Array("callback \(order.key)".utf8))
    let digits = Array("0123456789abcdef")
    return String(hash.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }
}
