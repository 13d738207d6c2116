// SPDX-License-Identifier: Apache-2.0
import Foundation
import Subprocess

#if canImport(System)
import System
#else
import SystemPackage
#endif

/// How much memory a run of a program takes at most.
enum PeakMemory {
  /// Runs a program and measures it.
  ///
  /// - Parameters:
  ///   - program: Its path.
  ///   - arguments: Its arguments.
  ///   - files: Names and texts of the files in the folder that the program runs in.
  /// - Returns: Megabytes.
  /// - Throws: What keeps it from running.
  static func of(
    _ program: String,
    _ arguments: [String],
    files: [String: String]
  ) async throws -> Double {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("plumbline-bench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, text) in files {
      let file = folder.appendingPathComponent(name)
      try text.write(to: file, atomically: true, encoding: .utf8)
    }
    let result = try await Subprocess.run(
      .path(FilePath(program)),
      arguments: Arguments(arguments),
      workingDirectory: FilePath(folder.path),
      input: .none,
      output: .discarded,
      error: .discarded
    ) { execution in
      // The system keeps the largest size so far; the last poll before the end has it.
      var largest = 0.0
      while let now = highWater(execution.processIdentifier.value) {
        largest = max(largest, now)
        try await Task.sleep(for: .milliseconds(2))
      }
      return largest
    }
    guard result.terminationStatus == .exited(0) else {
      throw Failed(status: result.terminationStatus.description)
    }
    return result.closureResult
  }

  /// Megabytes that a process has taken at most; nil when it has ended.
  private static func highWater(_ process: Int32) -> Double? {
    guard let text = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
      let size = line.split(separator: " ").dropFirst().first.flatMap({ Double($0) })
    else { return nil }
    return size / 1024
  }

  struct Failed: Error { let status: String }
}
