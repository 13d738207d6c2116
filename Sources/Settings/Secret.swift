// SPDX-License-Identifier: Apache-2.0
private import Foundation
import YAMLSource

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

  /// Reads a text, or `{ env: NAME }`.
  init?(_ value: YAMLValue) {
    if value.isMapping {
      guard let name = value.mapping(known: ["env"])?.required("env")?.text() else { return nil }
      self = .environment(name)
    } else {
      guard let text = value.text() else { return nil }
      self = .value(text)
    }
  }

  /// Reads an address, or the variable that holds one.
  static func address(_ value: YAMLValue) -> Secret? {
    guard let address = Secret(value) else { return nil }
    if case .value(let text) = address {
      let url = URL(string: text)
      guard url?.host?.isEmpty == false, url?.scheme == "http" || url?.scheme == "https" else {
        // Not the text: it may hold a secret.
        value.fault("expected an address such as http://alertmanager:9093")
        return nil
      }
    }
    return address
  }
}
