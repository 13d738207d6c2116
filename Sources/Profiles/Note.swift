// SPDX-License-Identifier: Apache-2.0

/// An event that an operator marked on the time axis of a model.
package struct Note: Sendable, Hashable {
  package let from: Instant
  /// Its end, where it lasted.
  package let until: Instant?
  package let text: String
  package let author: String

  package init(from: Instant, until: Instant?, text: String, author: String) {
    self.from = from
    self.until = until
    self.text = text
    self.author = author
  }
}
