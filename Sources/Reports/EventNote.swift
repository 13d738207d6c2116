// SPDX-License-Identifier: Apache-2.0
package import Profiles

/// Something on the time axis of a model that a reader of figures must know.
package struct EventNote: Sendable, Hashable {
  package enum Kind: String, Sendable {
    /// A person's mark.
    case note
    /// A closed bucket turned out to hold something else than what was counted.
    case revision
    /// An alert of a warning and more fired.
    case alert
  }

  package var kind: Kind
  package var from: Instant
  /// The end, where it lasted.
  package var until: Instant?
  package var text: String
  /// Who marked it.
  package var author: String?
  /// The version that it is about; nil for all.
  package var version: String?

  package init(
    kind: Kind,
    from: Instant,
    until: Instant?,
    text: String,
    author: String?,
    version: String? = nil
  ) {
    self.version = version
    self.kind = kind
    self.from = from
    self.until = until
    self.text = text
    self.author = author
  }

  /// When it was: days where it begins and ends with days, else moments.
  var when: String {
    func name(_ instant: Instant) -> String {
      let text = instant.description
      return text.hasSuffix("T00:00:00Z") ? String(text.prefix(10)) : text
    }
    return name(from) + (until.map { " to \(name($0))" } ?? "")
  }

  /// What it was, with who says so.
  var what: String { text + (author.map { " (\($0))" } ?? "") }
}
