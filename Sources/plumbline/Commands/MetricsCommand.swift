// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import Monitor
import Settings

struct MetricsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "metrics",
    abstract: "Prints what Prometheus scrapes: readings, alerts, channels, jobs.",
    discussion: """
      With -o the file is replaced as a whole, as the textfile collector of the node exporter wants it: run it \\
      after each check.
      """
  )

  @OptionGroup var shared: SharedOptions
  @Option(name: [.short, .long], help: "The file to write; else standard output.")
  var output: String?

  func run() async throws {
    let settings = try shared.settings()
    let text = try await shared.monitor(settings).metrics(settings)
    if let output {
      try text.write(toFile: output, atomically: true, encoding: .utf8)
    } else {
      Terminal.write(text)
    }
  }
}
