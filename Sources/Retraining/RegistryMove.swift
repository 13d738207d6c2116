// SPDX-License-Identifier: Apache-2.0

/// What is to be done about the champion's alias in a registry, which others move too.
package enum RegistryMove: Sendable, Hashable {
  case nothing
  /// Others have put a version in charge there.
  case follow(String)
  /// We have put one in charge, and the registry does not know yet.
  case push(String)

  /// What was found in charge when the registry was last looked at.
  package struct Mark: Sendable, Hashable {
    /// There, and by our own reckoning as far as it was told there; nil for none.
    package var there: String?
    package var ours: String?

    package init(there: String?, ours: String?) {
      self.there = there
      self.ours = ours
    }
  }

  /// Returns what is to be done.
  ///
  /// What has changed there since it was last seen is others' doing and is followed; what has changed here is told there.
  /// Where both have changed, what others have done there holds.
  ///
  /// - `mark`: nil before the first look.
  /// - `there`: The version in charge there now; nil where there is none.
  /// - `ours`: The version in charge by our own reckoning.
  /// - `known`: The versions that we know: at the first look a name of which we know nothing is left alone.
  package static func move(
    _ mark: Mark?,
    there: String?,
    ours: String?,
    known: Set<String>
  ) -> RegistryMove {
    guard let ours, there != ours else {
      guard ours == nil, let there, mark?.there != there, known.contains(there) else {
        return .nothing
      }
      return .follow(there)
    }
    guard let there else { return .push(ours) }
    guard let mark else { return known.contains(there) ? .follow(there) : .nothing }
    if mark.there != there { return .follow(there) }
    return mark.ours == ours ? .nothing : .push(ours)
  }
}
