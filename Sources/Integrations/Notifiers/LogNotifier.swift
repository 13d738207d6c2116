// SPDX-License-Identifier: Apache-2.0
package import Alerting
import Foundation
package import Profiles

/// Writes a line of JSON for each notice to a file, or to standard error.
package struct LogNotifier: Notifier {
  private let path: String

  /// - `path`: A file that is made where it is not there; `stderr` for standard error.
  init(_ path: String) { self.path = path }

  private struct Line: Encodable {
    let time: Instant
    let notice: AlertNotice
  }

  package func notify(_ notice: AlertNotice, now: Instant) async -> DeliveryOutcome {
    do {
      let line = Data(try AlertmanagerBody.json(Line(time: now, notice: notice)) + [0x0A])
      if path == "stderr" {
        try FileHandle.standardError.write(contentsOf: line)
        return .delivered("written to standard error")
      }
      // At the end, whoever else writes there at the same time.
      let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND, 0o644)
      guard descriptor >= 0 else { return .retry("the file cannot be opened", after: nil) }
      let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
      try file.write(contentsOf: line)
      try file.close()
      return .delivered("written")
    } catch {
      return .retry("the file cannot be written: \(error.localizedDescription)", after: nil)
    }
  }
}
