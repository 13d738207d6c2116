// SPDX-License-Identifier: Apache-2.0
package import Profiles

/// Alerts of which nobody is notified; nil stands for any.
package struct Silence: Sendable, Hashable {
  package let identifier: Int
  package let model: String?
  package let rule: String?
  package let subject: String?
  package let segment: String?
  package let from: Instant
  package let until: Instant
  package let author: String
  package let reason: String

  /// Makes a silence; its identifier is given when it is stored.
  package init(
    identifier: Int = 0,
    model: String?,
    rule: String?,
    subject: String?,
    segment: String?,
    from: Instant,
    until: Instant,
    author: String,
    reason: String
  ) {
    self.identifier = identifier
    self.model = model
    self.rule = rule
    self.subject = subject
    self.segment = segment
    self.from = from
    self.until = until
    self.author = author
    self.reason = reason
  }
}
