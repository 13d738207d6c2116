// SPDX-License-Identifier: Apache-2.0
package import ArgumentParser
package import Failpoints
import Foundation
import Settings

/// How a program of this package runs its commands and ends.
package enum Launch {
  /// Runs the command that the arguments of the process name, and ends the process where it fails.
  ///
  /// - Parameters:
  ///   - root: The root of the commands.
  ///   - failpoints: What happens at failpoints; tests fill it.
  package static func run(
    _ root: any AsyncParsableCommand.Type,
    failpoints: Failpoints = .none
  ) async {
    await $failpoints.withValue(failpoints) { await run(root) }
  }

  /// Filled by programs of tests only.
  @TaskLocal package static var failpoints = Failpoints.none

  private static func run(_ root: any AsyncParsableCommand.Type) async {
    var command: any ParsableCommand
    do {
      command = try root.parseAsRoot()
    } catch {
      exit(with: error, root: root)
    }
    do {
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch {
      // The arguments were right: how they are written explains nothing.
      if error is ValidationError {
        Terminal.error(root.message(for: error))
        Foundation.exit(root.exitCode(for: error).rawValue)
      }
      exit(with: error, root: root)
    }
  }

  /// Prints an error for people, or the help that was asked for, and ends the process.
  private static func exit(with error: any Error, root: any ParsableCommand.Type) -> Never {
    let parserStatus = root.exitCode(for: error).rawValue
    switch error {
    case let faults as ConfigErrors:
      Terminal.error(faults.description)
      Foundation.exit(ExitPolicy.Status.usage.rawValue)
    case is ExitCode, is ValidationError, is CleanExit: break
    // The parser's own errors have a status of their own; everything else is a failure.
    case _ where [0, ExitPolicy.Status.usage.rawValue].contains(parserStatus): break
    default:
      Terminal.error("\(error)")
      Foundation.exit(ExitPolicy.Status.failed.rawValue)
    }
    let text = HelpText.wrappingUsage(root.fullMessage(for: error))
    if !text.isEmpty {
      parserStatus == 0 ? Terminal.write(text + "\n") : Terminal.log(text)
    }
    Foundation.exit(parserStatus)
  }
}
