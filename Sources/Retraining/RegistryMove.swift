// SPDX-License-Identifier: Apache-2.0

/// What is to be done about the champion's alias in a registry, which others move too.
package enum RegistryMove: Sendable, Hashable {
  case nothing
  /// Others have put a version in charge there.
  case follow(String)
  /// We have put one in charge, and the registry does not know yet.
  case push(String)

  /// Whoever moved last wins: what has changed there since it was last seen is others' doing, the rest is ours.
  ///
  /// - `seen`: The version that was in charge there when it was last looked at; nil before that.
  /// - `there`: The version in charge there now; nil where there is none.
  /// - `ours`: The version in charge by our own reckoning.
  /// - `known`: The versions that we know: before anything was seen, a name of which we know nothing is left alone.
  package static func move(
    seen: String??,
    there: String?,
    ours: String?,
    known: Set<String>
  ) -> RegistryMove {
    guard there != ours else { return .nothing }
    if let there {
      switch seen {
      case .none: return known.contains(there) ? .follow(there) : .nothing
      case .some(let before): if before != there { return .follow(there) }
      }
    }
    return ours.map(RegistryMove.push) ?? .nothing
  }
}
