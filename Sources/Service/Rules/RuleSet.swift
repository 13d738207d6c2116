// SPDX-License-Identifier: Apache-2.0
package import Alerting
import Foundation
package import Settings

/// Finds the rules that hold: the configured files, or the bundled ones.
package enum RuleSet {
  /// Reads rules, and where each of them is written.
  ///
  /// - Parameter paths: Files, and folders whose `.yaml` files are read; nil for the default set.
  /// - Returns: The rules in the order of the files, and their places under `rules[NAME]`.
  /// - Throws: `ConfigErrors` with everything that is wrong in any file.
  package static func read(
    _ paths: [String]?
  ) throws(ConfigErrors) -> (rules: [Rule], sources: SourceMap) {
    let reading = YAMLReading()
    var rules: [Rule] = []
    if let paths {
      for path in paths {
        for file in files(path, reading) { rules += read(file, reading) }
      }
    } else {
      rules = RuleFile.rules(
        text: DefaultRules.churn_rules,
        file: "churn.rules.yaml",
        reading: reading
      )
    }
    RuleFile.noteConflicts(rules, reading: reading)
    try reading.throwIfAny()
    return (rules, reading.sources)
  }

  /// The text of the bundled rules.
  package static var defaultText: String { DefaultRules.churn_rules }

  private static func files(_ path: String, _ reading: YAMLReading) -> [String] {
    guard FileManager.default.fileExists(atPath: path) else {
      reading.note(
        "there is no such rule file or folder",
        place: Place(file: path, line: 1, column: 1)
      )
      return []
    }
    // What has no entries to list is a file.
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
      return [path]
    }
    return names.sorted()
      .filter { $0.hasSuffix(".yaml") && !$0.hasSuffix(".test.yaml") }
      .map { path + "/" + $0 }
  }

  private static func read(_ path: String, _ reading: YAMLReading) -> [Rule] {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      reading.note("the file cannot be read", place: Place(file: path, line: 1, column: 1))
      return []
    }
    return RuleFile.rules(text: text, file: path, reading: reading)
  }
}
