// SPDX-License-Identifier: Apache-2.0
private import Foundation
package import Profiles

/// A detector's state as it is stored.
package struct StoredDetector: Sendable {
  package let version: String
  /// What it detects, as a text.
  package let specification: String
  package let advancedUntil: Instant
  /// A JSON document.
  package let state: String
  /// Until when it had advanced before this cycle; nil where it is new.
  package let previously: Instant?

  package init(
    version: String,
    specification: String,
    advancedUntil: Instant,
    state: String,
    previously: Instant?
  ) {
    self.version = version
    self.specification = specification
    self.advancedUntil = advancedUntil
    self.state = state
    self.previously = previously
  }
}

extension DecayState {
  /// The state as a JSON document, its keys in order.
  package func document() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }

  /// The state that a JSON document holds.
  ///
  /// - Throws: `DecodingError` where it holds none.
  package init(document: String) throws {
    self = try JSONDecoder().decode(DecayState.self, from: Data(document.utf8))
  }
}
