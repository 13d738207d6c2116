// SPDX-License-Identifier: Apache-2.0

/// A reference from which no bins can be made.
package struct NoReference: Error, CustomStringConvertible {
  let model: String
  let reason: String?

  package var description: String { "\(model): \(reason ?? "there is no reference")" }
}
