// SPDX-License-Identifier: Apache-2.0
package import Foundation
import Synchronization

/// A program of a test's own that answers on a port of loopback.
package final class PrivateService: Sendable {
  package let port: UInt16
  private let program: String
  private let arguments: [String]
  private let environment: [String: String]
  /// What is asked to learn whether it is ready.
  private let ready: String
  private let process = Mutex<Process?>(nil)

  package var address: String { "http://127.0.0.1:\(port)" }

  /// - `environment`: Variables beside those of this process.
  /// - `ready`: The path that answers with 200 when it is.
  /// - `arguments`: Given a port that is free.
  package init(
    _ program: String,
    environment: [String: String] = [:],
    ready: String = "/-/ready",
    _ arguments: (UInt16) throws -> [String]
  ) throws {
    let probe = try StubServer()
    port = probe.port
    probe.stop()
    self.program = program
    self.environment = environment
    self.ready = ready
    self.arguments = try arguments(port)
  }

  /// Starts it and waits until it is ready.
  package func start() async throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    self.process.withLock { $0 = process }
    for _ in 0..<200 {
      if try await get(ready) != nil { return }
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

  /// Asks it to end, and returns whether it does so by itself within so many seconds.
  package func end(within seconds: Double) async throws -> Bool {
    guard let process = self.process.withLock({ $0 }) else { return true }
    Glibc.kill(process.processIdentifier, SIGTERM)
    for _ in 0..<Int(seconds * 20) where process.isRunning {
      try await Task.sleep(for: .milliseconds(50))
    }
    let hasEnded = !process.isRunning
    kill()
    return hasEnded
  }

  /// Sends a body by POST and returns the status with the answer.
  package func post(
    _ path: String,
    _ body: String,
    headers: [String] = []
  ) async throws -> (status: Int, text: String) {
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("plumbline-body-\(UUID().uuidString)")
    try body.write(to: file, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(at: file) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments =
      ["curl", "-s", "--max-time", "20", "-w", "\n%{http_code}", "--data-binary", "@\(file.path)"]
      + headers.flatMap { ["-H", $0] } + [address + path]
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    return (lines.last.flatMap { Int($0) } ?? 0, lines.dropLast().joined(separator: "\n"))
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
}

/// Alertmanager on loopback.
package enum PrivateAlertmanager {
  package static let isAvailable = FileManager.default.isExecutableFile(atPath: program)
  package static let reason: String = "needs prometheus-alertmanager: bin/test installs it"
  private static let program = "/usr/bin/prometheus-alertmanager"

  /// One that tells what it is told to a webhook.
  package static func make(in folder: URL, telling hook: String) throws -> PrivateService {
    try """
    global: { resolve_timeout: 5m }
    route: { receiver: hook, group_by: [alertname, model], group_wait: 1s, group_interval: 1s, repeat_interval: 1h }
    receivers:
      - name: hook
        webhook_configs: [{ url: "\(hook)", send_resolved: true }]
    """.write(to: folder.appendingPathComponent("am.yml"), atomically: true, encoding: .utf8)
    return try PrivateService(program) { port in
      [
        "--config.file=\(folder.path)/am.yml", "--storage.path=\(folder.path)/am",
        "--web.listen-address=127.0.0.1:\(port)", "--cluster.listen-address=",
      ]
    }
  }
}

/// Prometheus on loopback.
package enum PrivatePrometheus {
  package static let isAvailable =
    FileManager.default.isExecutableFile(atPath: program)
    && FileManager.default.isExecutableFile(atPath: "/usr/bin/promtool")
  package static let reason: String = "needs prometheus: bin/test installs it"
  private static let program = "/usr/bin/prometheus"

  /// One that scrapes an address each second and judges by a rules file.
  package static func make(
    in folder: URL,
    scraping port: UInt16,
    rules: String
  ) throws -> PrivateService {
    try """
    global: { scrape_interval: 1s, evaluation_interval: 1s }
    rule_files: ["\(rules)"]
    scrape_configs:
      - job_name: plumbline
        static_configs: [{ targets: ["127.0.0.1:\(port)"] }]
    """.write(to: folder.appendingPathComponent("prom.yml"), atomically: true, encoding: .utf8)
    return try PrivateService(program) { port in
      [
        "--config.file=\(folder.path)/prom.yml", "--storage.tsdb.path=\(folder.path)/tsdb",
        "--web.listen-address=127.0.0.1:\(port)",
      ]
    }
  }

  /// Runs promtool and returns its status with what it said.
  package static func tool(_ arguments: [String], input: String = "") throws -> (Int32, String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/promtool")
    process.arguments = arguments
    let (source, sink) = (Pipe(), Pipe())
    process.standardInput = source
    process.standardOutput = sink
    process.standardError = sink
    try process.run()
    try source.fileHandleForWriting.write(contentsOf: Data(input.utf8))
    try source.fileHandleForWriting.close()
    let data = try sink.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: data, as: UTF8.self))
  }
}
