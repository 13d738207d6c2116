// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A program that is installed in the same folder as this one.
package struct SiblingProgram: Sendable {
  /// No such program is there.
  package struct Missing: Error, CustomStringConvertible {
    let path: String
    let advice: String

    package var description: String { "\(path) is missing: \(advice)" }
  }

  /// The system could not start it.
  package struct CannotStart: Error, CustomStringConvertible {
    let path: String
    let reason: String

    package var description: String { "\(path) cannot be started: \(reason)" }
  }

  /// Where it is; a link to this program has been followed.
  package let path: String

  /// Finds a program.
  ///
  /// - Parameters:
  ///   - name: The name of its file.
  ///   - advice: How to get it, for the error.
  /// - Throws: `Missing`.
  package init(_ name: String, advice: String) throws {
    let own = Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0])
    path =
      own.resolvingSymlinksInPath().deletingLastPathComponent().appendingPathComponent(name).path
    guard FileManager.default.isExecutableFile(atPath: path) else {
      throw Missing(path: path, advice: advice)
    }
  }

  /// Lets the program take the place of this process: same process id, files and terminal.
  ///
  /// - Throws: `CannotStart`; it does not return otherwise.
  package func replaceProcess(_ arguments: [String]) throws -> Never {
    // The new program inherits what this thread blocks; threads of the concurrency runtime block
    // all signals.
    var none = sigset_t()
    unsafe sigemptyset(&none)
    unsafe pthread_sigmask(SIG_SETMASK, &none, nil)
    let texts = unsafe ([path] + arguments).map { unsafe strdup($0) } + [nil]
    unsafe execv(path, texts)
    let number = errno
    let reason = POSIXErrorCode(rawValue: number).map { POSIXError($0).localizedDescription }
    throw CannotStart(path: path, reason: reason ?? "error \(number)")
  }
}
