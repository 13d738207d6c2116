// SPDX-License-Identifier: Apache-2.0
private import Foundation

extension Secret {
  static let keys = [
    ConfigKey.required("env", "text", means: "The environment variable that holds the value.")
  ]

  /// Reads a text, or `{ env: NAME }`.
  init?(_ value: YAMLValue) {
    if value.isMapping {
      guard let name = value.mapping(known: Self.keys)?.required("env")?.text() else { return nil }
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
        value.addError("expected an address such as http://alertmanager:9093")
        return nil
      }
    }
    return address
  }
}
