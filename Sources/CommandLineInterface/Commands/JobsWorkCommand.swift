// SPDX-License-Identifier: Apache-2.0
import CommandLineSupport
import ArgumentParser
import Foundation
import Service
import Settings

struct JobsWorkCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "work",
    abstract: "Works on jobs: has them trained, watches the runs, records how they end.",
    discussion: """
      Works on what is due and ends, or goes on with --follow. Any number may run, on any machine; \
      who is killed loses its job to the next one, which looks the run up before it begins another. \
      Commands run in the folder of the configuration.
      """
  )

  @OptionGroup var shared: SharedOptions
  @Flag(help: "Go on until stopped.") var follow = false
  @Option(help: "Seconds from poll to poll, where no notification of a new job arrives.")
  var every = 5.0
  @Option(
    help:
      "Where to listen for new jobs if --dsn is a pool in transaction mode; else PLUMBLINE_LISTEN_DSN."
  )
  var listenDsn: String?
  @Option(help: "Seconds after which a silent worker loses its job.") var lease = 60.0

  func validate() throws {
    guard every > 0, lease >= 1 else { throw ValidationError("--every and --lease take seconds") }
  }

  func run() async throws {
    let (settings, sources) = try shared.configuration()
    guard settings.models.contains(where: { $0.retraining != nil }) else {
      throw ValidationError("no model of \(shared.config) has 'retraining'")
    }
    var timing = JobWorker.Timing()
    timing.lease = lease
    let worker = JobWorker(
      shared.runtime(sources),
      settings,
      folder: URL(fileURLWithPath: shared.config).deletingLastPathComponent(),
      timing: timing
    )
    let listener = JobListener(
      listenDsn ?? ProcessInfo.processInfo.environment["PLUMBLINE_LISTEN_DSN"]
        ?? shared.connectionString
    )
    while true {
      do {
        while let outcome = try await worker.workOnce() { Terminal.log("\(outcome)") }
      } catch  where follow && !(error is CancellationError) {
        Terminal.error("\(error)")
      }
      guard follow else { return }
      try await listener.wait(seconds: every)
    }
  }
}
