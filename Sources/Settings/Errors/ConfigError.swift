// SPDX-License-Identifier: Apache-2.0

/// One thing that is wrong with a configuration: where, what, and how to correct it.
package struct ConfigError: Sendable, Hashable, CustomStringConvertible {
  package let path: ConfigPath
  /// Where the path is written; nil until a source map has been asked.
  package let place: Place?
  package let message: String

  package init(_ message: String, path: ConfigPath, place: Place? = nil) {
    self.message = message
    self.path = path
    self.place = place
  }

  /// `file:line:column: message`, or the path where no place is known.
  package var description: String {
    let origin = place?.description ?? path.description
    return origin.isEmpty ? message : "\(origin): \(message)"
  }
}

/// All that is wrong with a configuration.
package struct ConfigErrors: Error, Sendable, CustomStringConvertible {
  package let errors: [ConfigError]

  package init(_ errors: [ConfigError]) { self.errors = errors }

  package var description: String { errors.map(\.description).joined(separator: "\n") }
}

/// Gathers errors, so that a user sees all of them at once.
package final class ConfigErrorCollector {
  package private(set) var errors: [ConfigError] = []

  package init() {}

  package func note(_ message: String, at path: ConfigPath, place: Place? = nil) {
    errors.append(ConfigError(message, path: path, place: place))
  }

  /// Throws all errors, if there are any.
  package func throwIfAny() throws(ConfigErrors) {
    guard errors.isEmpty else { throw ConfigErrors(errors) }
  }
}
