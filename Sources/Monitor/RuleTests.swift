// SPDX-License-Identifier: Apache-2.0
import Alerting
import Foundation
import YAMLSource

/// Runs the unit tests of rules.
package enum RuleTests {
  package struct Outcome: Sendable {
    package var files = 0
    package var tests = 0
    package var failures: [String] = []
  }

  /// Runs every `*.test.yaml` of some files and folders.
  ///
  /// - `rules`: Files and folders of the rules that hold where a test names none; nil for the default set.
  /// - Throws: `YAMLFaults` with everything that is wrong in any file.
  package static func run(_ paths: [String], rules: [String]?) throws -> Outcome {
    let faults = YAMLValue.FaultList()
    var outcome = Outcome()
    for path in paths {
      for file in files(path, faults) {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
          faults.note("the file cannot be read", at: Place(file: file, line: 1, column: 1))
          continue
        }
        guard let tests = RuleTestFile(text: text, file: file, faults: faults) else { continue }
        let folder = URL(fileURLWithPath: file).deletingLastPathComponent().path
        let named = tests.ruleFiles?.map { $0.hasPrefix("/") ? $0 : folder + "/" + $0 }
        try faults.throwIfAny()
        let set = try RuleSet.read(named ?? rules)
        outcome.files += 1
        outcome.tests += tests.tests.count
        outcome.failures += tests.tests.flatMap { $0.failures(set) }
      }
    }
    try faults.throwIfAny()
    return outcome
  }

  private static func files(_ path: String, _ faults: YAMLValue.FaultList) -> [String] {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
      if !FileManager.default.fileExists(atPath: path) {
        faults.note(
          "there is no such test file or folder",
          at: Place(file: path, line: 1, column: 1)
        )
        return []
      }
      return [path]
    }
    return names.sorted().filter { $0.hasSuffix(".test.yaml") }.map { path + "/" + $0 }
  }
}
