// SPDX-License-Identifier: Apache-2.0
package import Foundation
import Synchronization

/// An Alertmanager of a test's own on loopback.
package final class PrivateAlertmanager: Sendable {
  package static let isAvailable = FileManager.default.isExecutableFile(atPath: program)
  package static let reason: String = "needs prometheus-alertmanager: bin/test installs it"
  private static let program = "/usr/bin/prometheus-alertmanager"

  package let port: UInt16
  private let folder: URL
  private let process = Mutex<Process?>(nil)

  package var address: String { "http://127.0.0.1:\(port)" }

  /// An Alertmanager that tells what it is told to a webhook.
  ///
  /// - `hook`: The webhook's address.
  package init(in folder: URL, telling hook: String) throws {
    self.folder = folder
    // A port that is free now.
    let probe = try StubServer()
    port = probe.port
    probe.stop()
    try """
    global: { resolve_timeout: 5m }
    route: { receiver: hook, group_by: [alertname, model], group_wait: 1s, group_interval: 1s, repeat_interval: 1h }
    receivers:
      - name: hook
        webhook_configs: [{ url: "\(hook)", send_resolved: true }]
    """.write(to: folder.appendingPathComponent("am.yml"), atomically: true, encoding: .utf8)
  }

  /// Starts it and waits until it is ready.
  package func start() async throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Self.program)
    process.arguments = [
      "--config.file=\(folder.path)/am.yml", "--storage.path=\(folder.path)/am",
      "--web.listen-address=127.0.0.1:\(port)", "--cluster.listen-address=",
    ]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    self.process.withLock { $0 = process }
    for _ in 0..<200 {
      if try await get("/-/ready") != nil { return }
      try await Task.sleep(for: .milliseconds(50))
    }
  }

  /// Kills it, as a power cut would.
  package func kill() {
    process.withLock { process in
      if let process, process.isRunning {
        Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
      }
      process = nil
    }
  }

  /// The answer to a GET; nil where there is none.
  package func get(_ path: String) async throws -> Data? {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["curl", "-sf", "--max-time", "5", address + path]
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return process.terminationStatus == 0 ? data : nil
  }

  /// The alerts that it knows, as JSON.
  package func alerts() async throws -> [[String: Any]] {
    guard let data = try await get("/api/v2/alerts") else { return [] }
    return try JSONSerialization.jsonObject(with: data) as? [[String: Any]] ?? []
  }
}
