// SPDX-License-Identifier: Apache-2.0
package import Alerting
import Foundation
package import YAMLSource

/// Finds the rules that hold: the configured files, or those that come along.
package enum RuleSet {
  /// Reads rules.
  ///
  /// - `paths`: Files, and folders whose `.yaml` files are read; nil for the default set.
  /// - Throws: `YAMLFaults` with everything that is wrong in any file.
  package static func read(_ paths: [String]?) throws(YAMLFaults) -> [Rule] {
    let faults = YAMLValue.FaultList()
    var rules: [Rule] = []
    if let paths {
      for path in paths {
        for file in files(path, faults) { rules += read(file, faults) }
      }
    } else {
      rules = RuleFile.rules(
        text: DefaultRules.churn_rules,
        file: "churn.rules.yaml",
        faults: faults
      )
    }
    RuleFile.noteConflicts(rules, faults: faults)
    try faults.throwIfAny()
    return rules
  }

  /// The text of the rules that come along.
  package static var defaultText: String { DefaultRules.churn_rules }

  private static func files(_ path: String, _ faults: YAMLValue.FaultList) -> [String] {
    guard FileManager.default.fileExists(atPath: path) else {
      faults.note(
        "there is no such rule file or folder",
        at: Place(file: path, line: 1, column: 1)
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

  private static func read(_ path: String, _ faults: YAMLValue.FaultList) -> [Rule] {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      faults.note("the file cannot be read", at: Place(file: path, line: 1, column: 1))
      return []
    }
    return RuleFile.rules(text: text, file: path, faults: faults)
  }
}
