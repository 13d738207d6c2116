// SPDX-License-Identifier: Apache-2.0

/// A reference that an operator chose by command.
package struct ReferenceChoice: Sendable {
  package let range: TimeRange
  package let author: String
  package let reason: String
  package let createdAt: Instant

  package init(range: TimeRange, author: String, reason: String, createdAt: Instant) {
    self.range = range
    self.author = author
    self.reason = reason
    self.createdAt = createdAt
  }
}
