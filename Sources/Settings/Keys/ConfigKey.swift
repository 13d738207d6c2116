// SPDX-License-Identifier: Apache-2.0

/// A key that a reader knows, with what the reference says about it.
package struct ConfigKey: Sendable, Hashable {
  package let name: String
  /// What may be written, such as `duration`.
  package let type: String
  /// What holds where the key is left out, or `required`.
  package let fallback: String
  /// One sentence.
  package let meaning: String

  /// A key that must be given.
  package static func required(_ name: String, _ type: String, means meaning: String) -> ConfigKey {
    ConfigKey(name: name, type: type, fallback: "required", meaning: meaning)
  }

  /// A key that may be left out; `fallback` is what holds then.
  package static func optional(
    _ name: String,
    _ type: String,
    default fallback: String = "none",
    means meaning: String
  ) -> ConfigKey {
    ConfigKey(name: name, type: type, fallback: fallback, meaning: meaning)
  }
}

/// The keys of one kind of mapping, and where such mappings stand.
package struct ConfigSection: Sendable {
  /// Such as `models[].predictions`; empty for the keys of the file itself.
  package let path: String
  package let keys: [ConfigKey]

  package init(_ path: String, _ keys: [ConfigKey]) {
    self.path = path
    self.keys = keys
  }

  /// The keys as rows of a Markdown table: path, type, default, meaning.
  package var rows: [String] {
    keys.map { key in
      let path = path.isEmpty ? key.name : "\(path).\(key.name)"
      return "| `\(path)` | \(key.type) | \(key.fallback) | \(key.meaning) |"
    }
  }
}
