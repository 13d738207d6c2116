// SPDX-License-Identifier: Apache-2.0
import Checks
package import Profiles

extension [Rule] {
  /// The rules as they hold for some kinds of window.
  ///
  /// What is said of customers' outcomes needs many of them: a rule on performance that names no
  /// window evaluates the longest kind. A detector of decay remembers, and says the same of every
  /// window that it concerns: its rule evaluates the shortest, which is the newest. All others
  /// evaluate each kind.
  ///
  /// - Parameter kinds: The kinds that are watched.
  /// - Returns: The rules in their order.
  package func assigned(to kinds: [WindowSpec]) -> [Rule] {
    guard kinds.count > 1, let longest = kinds.max(by: { $0.days < $1.days }),
      let shortest = kinds.min(by: { $0.days < $1.days })
    else { return self }
    return map { rule in
      guard rule.condition.window == nil else { return rule }
      var assigned = rule
      switch rule.condition.check.definition.kind {
      case .performance, .estimate: assigned.condition.window = longest
      case .decay: assigned.condition.window = shortest
      case .dataDrift, .scoreDrift, .feed, .volume: break
      }
      return assigned
    }
  }
}
