// SPDX-License-Identifier: Apache-2.0

/// What a reading of files finds besides values: what is wrong, and where everything is written.
package final class YAMLReading {
  package private(set) var sources = SourceMap()
  private let collector = ConfigErrorCollector()

  package init() {}

  package var errors: [ConfigError] { collector.errors }

  /// Notes what is wrong with a path, where that path is written.
  package func note(_ message: String, at path: ConfigPath) {
    collector.note(message, at: path, place: sources.place(of: path))
  }

  /// Notes what is wrong at a place.
  package func note(_ message: String, at path: ConfigPath = ConfigPath(), place: Place) {
    collector.note(message, at: path, place: place)
  }

  func record(_ path: ConfigPath, at place: Place) { sources.record(path, at: place) }

  /// Throws all errors, if there are any.
  package func throwIfAny() throws(ConfigErrors) { try collector.throwIfAny() }
}
