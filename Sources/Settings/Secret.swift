// SPDX-License-Identifier: Apache-2.0

/// A text that is better kept out of files.
package enum Secret: Sendable, Hashable {
  case value(String)
  /// The name of an environment variable.
  case environment(String)

  /// A variable that is not set.
  package struct Unset: Error, Sendable, CustomStringConvertible {
    let name: String
    package var description: String { "the environment variable \(name) is not set" }
  }

  /// Returns the text.
  ///
  /// - `environment`: The variables of the process.
  /// - Throws: `Unset`.
  package func text(_ environment: [String: String]) throws(Unset) -> String {
    switch self {
    case .value(let text): return text
    case .environment(let name):
      guard let text = environment[name], !text.isEmpty else { throw Unset(name: name) }
      return text
    }
  }
}
