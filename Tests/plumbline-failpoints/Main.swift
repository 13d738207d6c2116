// SPDX-License-Identifier: Apache-2.0
import CommandLineSupport
import CommandLineInterface
import Failpoints
import Foundation

/// The program `plumbline` with failpoints that a test chooses; only tests build it.
///
/// `PLUMBLINE_FAILPOINT=profilesStored` kills the process there, as a power cut would.
/// `PLUMBLINE_FAILPOINT=profilesStored:/some/file` writes the file instead and waits until it is
/// gone, so that a test can stop the server meanwhile.
@main
struct Main {
  static func main() async {
    let text = ProcessInfo.processInfo.environment["PLUMBLINE_FAILPOINT"] ?? ""
    let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
    guard let chosen = parts.first.flatMap(Failpoint.init) else {
      FileHandle.standardError.write(Data("there is no failpoint '\(text)'\n".utf8))
      exit(64)
    }
    let file = parts.dropFirst().first
    await Launch.run(
      Plumbline.self,
      failpoints: Failpoints { point in
        guard point == chosen else { return }
        if let file { hold(until: file) } else { kill(getpid(), SIGKILL) }
      }
    )
  }

  /// Writes a file and waits until it is gone; once only, so that what is tried again gets through.
  private static func hold(until file: String) {
    do {
      try FileManager.default.createDirectory(
        atPath: file + ".reached",
        withIntermediateDirectories: false
      )
    } catch {
      // It was reached before.
      return
    }
    guard FileManager.default.createFile(atPath: file, contents: nil) else { return }
    while FileManager.default.fileExists(atPath: file) { usleep(2_000) }
  }
}
