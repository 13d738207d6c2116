// SPDX-License-Identifier: Apache-2.0
import Foundation
import Profiles
package import Retraining

/// Trains by a program of this machine.
///
/// The program runs in a session of its own and outlives the worker: what it says, its process and
/// its exit code are in a folder that is named by the key, where the next worker finds them. The
/// folder is made before the program starts, by one maker only, so that no key runs twice.
package struct CommandTrainer: Trainer {
  private let arguments: [String]
  private let folder: URL
  private let timeout: FixedDuration

  package var pause: Duration { .milliseconds(500) }

  /// - `folder`: Where the program runs; runs are kept in `plumbline-jobs` in it.
  /// - `timeout`: A run that takes longer is ended.
  init(_ arguments: [String], folder: URL, timeout: FixedDuration) {
    self.arguments = arguments
    self.folder = folder
    self.timeout = timeout
  }

  /// Keeps its process and its exit code where they are found; each file appears whole.
  private static let script = """
    echo "$$ $(cut -d' ' -f22 /proc/$$/stat)" > "$PLUMBLINE_RUN/pid.new" && mv "$PLUMBLINE_RUN/pid.new" "$PLUMBLINE_RUN/pid"
    "$@" < "$PLUMBLINE_RUN/order.json" > "$PLUMBLINE_RUN/out" 2> "$PLUMBLINE_RUN/err"
    echo $? > "$PLUMBLINE_RUN/exit.new" && mv "$PLUMBLINE_RUN/exit.new" "$PLUMBLINE_RUN/exit"
    """

  /// A folder without a process after so many seconds was left by a maker that died.
  private static let startingTime = 10.0
  private static let logSize = 16_384

  /// Runs are bound to the machine on which they were begun.
  package static let host = ProcessInfo.processInfo.hostName

  package func announce(_ order: TrainingOrder) -> String? { "\(Self.host)/\(order.key)" }

  private func place(_ key: String) -> URL {
    folder.appendingPathComponent("plumbline-jobs").appendingPathComponent(key)
  }

  /// The folder of a run, which is named `HOST/KEY`.
  private func place(ofRun run: String) throws(TrainerError) -> URL {
    let parts = run.split(separator: "/", maxSplits: 1).map(String.init)
    guard parts.count == 2, parts[0] == Self.host else {
      throw TrainerError(
        "the run \(run) was begun on another machine, whose worker is gone",
        isMomentary: false
      )
    }
    return place(parts[1])
  }

  package func find(_ order: TrainingOrder) async throws(TrainerError) -> String? {
    let place = place(order.key)
    guard FileManager.default.fileExists(atPath: place.path) else { return nil }
    let hasBegun = ["pid", "exit"].contains {
      FileManager.default.fileExists(atPath: place.appendingPathComponent($0).path)
    }
    if !hasBegun, age(of: place) > Self.startingTime {
      // Whoever made the folder died before the program began.
      try? FileManager.default.removeItem(at: place)
      return nil
    }
    return "\(Self.host)/\(order.key)"
  }

  private func age(of place: URL) -> Double {
    let attributes = try? FileManager.default.attributesOfItem(atPath: place.path)
    let made = attributes?[.modificationDate] as? Date
    return made.map { Date().timeIntervalSince($0) } ?? 0
  }

  package func submit(_ order: TrainingOrder) async throws(TrainerError) -> String {
    let place = place(order.key)
    do {
      try FileManager.default.createDirectory(
        at: place.deletingLastPathComponent(),
        withIntermediateDirectories: true
      )
    } catch {
      throw TrainerError("the folder \(place.path) cannot be made", isMomentary: true)
    }
    // Made by one only.
    let isMade: Void? = try? FileManager.default.createDirectory(
      at: place,
      withIntermediateDirectories: false,
      attributes: [.posixPermissions: 0o700]
    )
    guard isMade != nil else {
      if let run = try await find(order) { return run }
      throw TrainerError("the folder \(place.path) cannot be made", isMomentary: true)
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      try encoder.encode(order).write(to: place.appendingPathComponent("order.json"))
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments = ["setsid", "sh", "-c", Self.script, "plumbline-trainer"] + arguments
      process.currentDirectoryURL = folder
      process.environment = ProcessInfo.processInfo.environment.merging(
        [
          "PLUMBLINE_RUN": place.path, "PLUMBLINE_JOB": String(order.job),
          "PLUMBLINE_KEY": order.key, "PLUMBLINE_MODEL": order.task.model,
          "PLUMBLINE_VERSION": order.task.version,
          "PLUMBLINE_REMEDY": order.task.remedy.rawValue,
        ]
      ) { $1 }
      process.standardInput = FileHandle.nullDevice
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
    } catch {
      try? FileManager.default.removeItem(at: place)
      throw TrainerError("the command cannot be started: \(error)", isMomentary: true)
    }
    return "\(Self.host)/\(order.key)"
  }

  package func state(of run: String) async throws(TrainerError) -> TrainingState {
    guard run.hasPrefix(Self.host + "/") else {
      return .failed("the run \(run) was begun on another machine, whose worker is gone")
    }
    let place = try place(ofRun: run)
    guard FileManager.default.fileExists(atPath: place.path) else {
      return .failed("what the run left in \(place.path) is gone")
    }
    if let code = text(place, "exit").flatMap({ Int($0) }) { return ended(place, code) }
    guard let process = process(place) else {
      return age(of: place) > Self.startingTime
        ? .failed("the command did not begin") : .waiting("the command is being started")
    }
    guard process.isAlive else {
      // It may have ended between the two polls.
      if let code = text(place, "exit").flatMap({ Int($0) }) { return ended(place, code) }
      return .failed(
        "the process is gone without an exit code: it was killed, or the machine restarted"
      )
    }
    let limit = Double(timeout.microseconds) / 1e6
    if age(of: place.appendingPathComponent("pid")) > limit {
      kill(-process.number, SIGKILL)
      return .failed("took longer than \(timeout) and was ended")
    }
    return .running
  }

  private func ended(_ place: URL, _ code: Int) -> TrainingState {
    guard code == 0 else {
      let signal =
        code > 128
        ? " (ended by signal \(code - 128)\(code == 137 ? ", often for want of memory" : ""))" : ""
      let said = tail(place, "err", size: 300).split(whereSeparator: \.isNewline).last.map(
        String.init
      )
      return .failed("exit code \(code)\(signal)" + (said.map { ": \($0)" } ?? ""))
    }
    let last =
      tail(place, "out", size: 65_536).split(whereSeparator: \.isNewline).last.map(String.init)
      ?? ""
    guard let answer = try? JSONDecoder().decode(TrainingAnswer.self, from: Data(last.utf8)) else {
      return .failed(
        "exit code 0, but the last line of its output is no answer such as {\"version\": \"v2\"}: '\(last.prefix(120))'"
      )
    }
    return .succeeded(answer)
  }

  package func cancel(_ run: String) async throws(TrainerError) {
    let place = try place(ofRun: run)
    // It may be just about to begin.
    for _ in 0..<Int(Self.startingTime * 10)
    where process(place) == nil && FileManager.default.fileExists(atPath: place.path)
      && text(place, "exit") == nil
    {
      try? await Task.sleep(for: .milliseconds(100))
    }
    guard let process = process(place), process.isAlive else { return }
    kill(-process.number, SIGTERM)
    for _ in 0..<20 where process.isAlive { try? await Task.sleep(for: .milliseconds(100)) }
    if process.isAlive { kill(-process.number, SIGKILL) }
  }

  package func log(of run: String) -> String? {
    guard let place = try? place(ofRun: run) else { return nil }
    let parts = [tail(place, "err", size: Self.logSize), tail(place, "out", size: Self.logSize)]
    return parts.filter { !$0.isEmpty }.joined(separator: "\n")
  }

  // MARK: What the folder says

  private struct Running {
    let number: Int32
    /// When it began, in ticks since the machine did: numbers of processes are used again.
    let start: String

    /// Whether this very process is there and more than a remnant.
    var isAlive: Bool {
      guard let text = try? String(contentsOfFile: "/proc/\(number)/stat", encoding: .utf8),
        let end = text.lastIndex(of: ")")
      else { return false }
      let fields = text[text.index(after: end)...].split(separator: " ")
      return fields.count > 19 && fields[19] == start && fields[0] != "Z"
    }
  }

  private func process(_ place: URL) -> Running? {
    let parts = text(place, "pid")?.split(separator: " ") ?? []
    guard parts.count == 2, let number = Int32(parts[0]) else { return nil }
    return Running(number: number, start: String(parts[1]))
  }

  private func text(_ place: URL, _ name: String) -> String? {
    let text = try? String(contentsOf: place.appendingPathComponent(name), encoding: .utf8)
    return text?.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private func tail(_ place: URL, _ name: String, size: Int) -> String {
    guard let file = try? FileHandle(forReadingFrom: place.appendingPathComponent(name)) else {
      return ""
    }
    defer { try? file.close() }
    let end = (try? file.seekToEnd()) ?? 0
    try? file.seek(toOffset: end > UInt64(size) ? end - UInt64(size) : 0)
    let bytes = (try? file.readToEnd()) ?? Data()
    // What is no text, and NUL, cannot be stored.
    return String(decoding: bytes, as: UTF8.self).replacing("\0", with: "\u{FFFD}")
  }
}
