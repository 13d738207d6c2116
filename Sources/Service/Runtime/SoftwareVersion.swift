// SPDX-License-Identifier: Apache-2.0

/// A program and the number of its version.
package struct SoftwareVersion: Sendable, Hashable {
  package let name: String
  /// Such as `0.1.0`.
  package let number: String

  /// As it is printed, and recorded with what it computed.
  package var text: String { "\(name) \(number)" }

  /// The version of this program.
  package static let current = SoftwareVersion(name: "plumbline", number: "0.1.0")
}
