// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import YAMLSource

/// How a command ends when it cannot do its work.
enum Failure {
  static let usage: Int32 = 64
  static let failed: Int32 = 70

  /// Prints an error for people and ends the process.
  static func exit(with error: any Error, parser: any ParsableCommand.Type) -> Never {
    switch error {
    case let faults as YAMLFaults:
      Terminal.error(faults.description)
      Foundation.exit(usage)
    case is ExitCode, is ValidationError, is CleanExit:
      parser.exit(withError: error)
    default:
      // The parser's own errors have a code of their own; everything else is a failure.
      let code = parser.exitCode(for: error).rawValue
      if code == 0 || code == usage { parser.exit(withError: error) }
      Terminal.error("\(error)")
      Foundation.exit(failed)
    }
  }
}
