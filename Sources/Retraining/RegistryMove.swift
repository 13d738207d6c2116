// SPDX-License-Identifier: Apache-2.0

/// What is to be done about the champion's alias in a registry, which others move too.
package enum RegistryMove: Sendable, Hashable {
  case nothing
  /// Others have made a version the champion there.
  case follow(String)
  /// We have promoted one, and the registry does not know yet.
  case push(String)

  /// The champions when the registry was last read.
  package struct LastSeen: Sendable, Hashable {
    /// There, and here as far as it was sent there; nil for none.
    package var there: String?
    package var ours: String?

    package init(there: String?, ours: String?) {
      self.there = there
      self.ours = ours
    }
  }

  /// Returns what is to be done.
  ///
  /// What has changed there since it was last seen is others' doing and is followed; what has
  /// changed here is sent there. Where both have changed, what others have done there holds.
  ///
  /// - `last`: nil before the registry was first read.
  /// - `there`: The champion there now; nil where there is none.
  /// - `ours`: The champion here.
  /// - `known`: The versions that we know: at the first reading a name of which we know nothing
  ///   is left alone.
  package static func move(
    _ last: LastSeen?,
    there: String?,
    ours: String?,
    known: Set<String>
  ) -> RegistryMove {
    guard let ours, there != ours else {
      guard ours == nil, let there, last?.there != there, known.contains(there) else {
        return .nothing
      }
      return .follow(there)
    }
    guard let there else { return .push(ours) }
    guard let last else { return known.contains(there) ? .follow(there) : .nothing }
    if last.there != there { return .follow(there) }
    return last.ours == ours ? .nothing : .push(ours)
  }
}
