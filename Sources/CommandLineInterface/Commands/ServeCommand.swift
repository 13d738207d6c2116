// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Daemon
import Foundation
import Service
import Profiles
import Settings

struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Runs until stopped: checks, notifies, works on jobs, and answers over HTTP.",
    discussion: """
      GET /metrics for Prometheus, /healthz and /readyz for who runs it; POST /hooks/jobs for \
      trainers that call back, /hooks/alertmanager (Alertmanager's webhook, with the token) to ask \
      for a job. Any number may run beside one another.
      """
  )

  @OptionGroup var shared: SharedOptions
  @Option(help: "The address to listen on; 0.0.0.0 for all.") var host = "127.0.0.1"
  @Option(help: "The port to listen on.") var port = 8470
  @Option(help: "From one check of a model to the next, such as 1h.") var every = "1h"
  @Option(
    help:
      "Where to listen for new jobs if --dsn is a pool in transaction mode; else PLUMBLINE_LISTEN_DSN."
  )
  var listenDsn: String?

  func run() async throws {
    let (settings, sources) = try shared.configuration()
    guard let every = FixedDuration(every), every >= FixedDuration(microseconds: 1_000_000) else {
      throw ValidationError("--every is a duration of at least a second, such as 1h or 15m")
    }
    guard (0...65_535).contains(port) else { throw ValidationError("--port is from 0 to 65535") }
    let environment = ProcessInfo.processInfo.environment
    let server = Server(
      shared.runtime(sources),
      settings,
      rules: try RuleSet.read(settings.rules).rules,
      options: Server.Options(
        folder: URL(fileURLWithPath: shared.config).deletingLastPathComponent(),
        listenDSN: listenDsn ?? environment["PLUMBLINE_LISTEN_DSN"] ?? shared.connectionString,
        every: every,
        token: environment["PLUMBLINE_TOKEN"].flatMap { $0.isEmpty ? nil : $0 }
      )
    )
    try await server.run(host: host, port: port)
  }
}
