// SPDX-License-Identifier: Apache-2.0
import Checks
import Foundation
package import Logging
package import Reports
package import Service
import Synchronization

/// What operators see: results on standard output, everything else on standard error.
package enum Terminal {
  package static func write(_ text: String) { FileHandle.standardOutput.write(Data(text.utf8)) }

  /// Writes a line to standard error.
  package static func log(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
  }

  package static func error(_ text: String) { log("plumbline: \(text)") }

  private static var wantsColor: Bool {
    ProcessInfo.processInfo.environment["NO_COLOR", default: ""].isEmpty
  }

  /// Colours where standard output is a terminal that may have them.
  package static var style: TextStyle {
    isatty(STDOUT_FILENO) == 1 && wantsColor ? .colored : .plain
  }

  /// Draws a bar on standard error where that is a terminal; nil takes it away.
  package static func bar(_ label: String, _ share: Double?) {
    guard isatty(STDERR_FILENO) == 1 else { return }
    let text = share.map { share in
      let full = Int(max(0, min(1, share)) * 30)
      return "\(label) [" + String(repeating: "█", count: full)
        + String(repeating: "·", count: 30 - full) + "] \(Int(share * 100)) %"
    }
    FileHandle.standardError.write(Data(("\r\u{1B}[K" + (text ?? "")).utf8))
  }

  /// Reports progress on standard error: one line that changes on a terminal, plain lines
  /// elsewhere.
  package static func progressReporter() -> ProgressReporter {
    let isTerminal = isatty(STDERR_FILENO) == 1
    let state = Mutex(ProgressLine(isTerminal: isTerminal))
    return ProgressReporter { event in
      state.withLock { line in
        if let text = line.update(event, now: ContinuousClock.now) {
          FileHandle.standardError.write(Data(text.utf8))
        }
      }
    }
  }
}

/// Writes what is logged to standard error, one line each: of which model, the message, other
/// metadata.
package struct TerminalLogHandler: LogHandler {
  /// Metadata that stand before the message.
  private static let subjects = ["model", "version", "channel"]
  /// Metadata that the messages name themselves.
  private static let named: Set = ["job"]

  package var logLevel = Logger.Level.info
  package var metadata: Logger.Metadata = [:]

  package init() {}

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    // A line of progress may stand where this is written.
    let clear = isatty(STDERR_FILENO) == 1 ? "\r\u{1B}[K" : ""
    FileHandle.standardError.write(Data((clear + line(event) + "\n").utf8))
  }

  private func line(_ event: LogEvent) -> String {
    let all = metadata.merging(event.metadata ?? [:]) { $1 }
    let subject = Self.subjects.compactMap { all[$0].map { "\($0)" } }.joined(separator: " ")
    let details = all.filter { !Self.subjects.contains($0.key) && !Self.named.contains($0.key) }
      .sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
    return (subject.isEmpty ? "" : subject + ": ") + "\(event.message)" + details
  }
}

/// The text of a progress line as work goes on.
struct ProgressLine {
  private let isTerminal: Bool
  private var name = ""
  private var expected = 0
  private var rows = 0
  private var start = ContinuousClock.now
  private var drawn = ContinuousClock.now

  init(isTerminal: Bool) { self.isTerminal = isTerminal }

  /// Returns what to print, if anything.
  mutating func update(_ event: ProgressReporter.Event, now: ContinuousClock.Instant) -> String? {
    switch event {
    case .begin(_, let name, let expectedRows):
      self.name = name
      expected = expectedRows
      rows = 0
      start = now
      drawn = now
      return isTerminal ? "\r\u{1B}[K\(name) …" : nil
    case .rows(let count):
      rows += count
      guard isTerminal, now - drawn > .milliseconds(100) else { return nil }
      drawn = now
      return "\r\u{1B}[K" + text(now)
    case .end:
      let took = Self.seconds(now - start)
      if isTerminal { return "\r\u{1B}[K" }
      // Piped output gets a line only for work worth mentioning.
      expected = 0
      return rows > 0 || took >= 1 ? text(now) + "\n" : nil
    }
  }

  private func text(_ now: ContinuousClock.Instant) -> String {
    let took = max(Self.seconds(now - start), 1e-3)
    // Some work counts no rows.
    guard rows > 0 else { return "\(name): \(Int(took.rounded())) s" }
    let rate = Double(rows) / took
    var text =
      "\(name): \(NumberText.grouped(rows)) rows, "
      + "\(NumberText.grouped(Int(rate))) rows/s"
    if expected > rows, rate > 0 {
      text += ", \(100 * rows / expected) %, \(Int(Double(expected - rows) / rate) + 1) s left"
    }
    return text
  }

  private static func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
  }
}
