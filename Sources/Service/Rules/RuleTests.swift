// SPDX-License-Identifier: Apache-2.0
import Alerting
import Foundation
import Settings

/// Runs the unit tests of rules.
package enum RuleTests {
  package struct Outcome: Sendable {
    package var files = 0
    package var tests = 0
    package var failures: [String] = []
  }

  /// Runs every `*.test.yaml` of some files and folders.
  ///
  /// - Parameters:
  ///   - paths: Files and folders of tests.
  ///   - rules: Files and folders of the rules that hold where a test names none; nil for the
  ///     default set.
  /// - Returns: How many tests there were, and what they did not find.
  /// - Throws: `ConfigErrors` with everything that is wrong in any file.
  package static func run(_ paths: [String], rules: [String]?) throws -> Outcome {
    let reading = YAMLReading()
    var outcome = Outcome()
    for path in paths {
      for file in files(path, reading) {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
          reading.note("the file cannot be read", place: Place(file: file, line: 1, column: 1))
          continue
        }
        guard let tests = RuleTestFile(text: text, file: file, reading: reading) else { continue }
        let folder = URL(fileURLWithPath: file).deletingLastPathComponent().path
        let named = tests.ruleFiles?.map { $0.hasPrefix("/") ? $0 : folder + "/" + $0 }
        try reading.throwIfAny()
        let set = try RuleSet.read(named ?? rules).rules
        outcome.files += 1
        outcome.tests += tests.tests.count
        outcome.failures += tests.tests.flatMap { $0.failures(set) }
      }
    }
    try reading.throwIfAny()
    return outcome
  }

  private static func files(_ path: String, _ reading: YAMLReading) -> [String] {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
      if !FileManager.default.fileExists(atPath: path) {
        reading.note(
          "there is no such test file or folder",
          place: Place(file: path, line: 1, column: 1)
        )
        return []
      }
      return [path]
    }
    return names.sorted().filter { $0.hasSuffix(".test.yaml") }.map { path + "/" + $0 }
  }
}
