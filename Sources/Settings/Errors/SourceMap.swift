// SPDX-License-Identifier: Apache-2.0

/// A place in a file; lines and columns count from 1.
package struct Place: Sendable, Hashable, CustomStringConvertible {
  package let file: String
  package let line: Int
  package let column: Int

  package init(file: String, line: Int, column: Int) {
    self.file = file
    self.line = line
    self.column = column
  }

  package var description: String { "\(file):\(line):\(column)" }
}

/// Where each part of a configuration is written, in one or several files.
package struct SourceMap: Sendable {
  private var places: [ConfigPath: Place] = [:]

  package init() {}

  /// Returns the place of a path, or of the nearest part around it that is written.
  ///
  /// - Returns: nil where not even the whole is known, as for settings that no file holds.
  package func place(of path: ConfigPath) -> Place? {
    var path = path
    while true {
      if let place = places[path] { return place }
      guard let parent = path.parent else { return nil }
      path = parent
    }
  }

  /// Returns the place of a path as a text, or the path itself where no file is known.
  package func origin(of path: ConfigPath) -> String {
    place(of: path)?.description ?? path.description
  }

  /// Returns the place that was recorded for exactly this path.
  package func exactPlace(of path: ConfigPath) -> Place? { places[path] }

  /// Records where a path is written.
  package mutating func record(_ path: ConfigPath, at place: Place) { places[path] = place }

  /// Adds what another map knows; where both know a path, the other one holds.
  package func merging(_ other: SourceMap) -> SourceMap {
    var merged = self
    merged.places.merge(other.places) { $1 }
    return merged
  }

  /// Returns errors with the places of their paths.
  package func placing(_ errors: ConfigErrors) -> ConfigErrors {
    ConfigErrors(
      errors.errors.map { error in
        ConfigError(error.message, path: error.path, place: error.place ?? place(of: error.path))
      }
    )
  }
}
