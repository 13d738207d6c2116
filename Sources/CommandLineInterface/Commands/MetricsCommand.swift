// SPDX-License-Identifier: Apache-2.0
import CommandLineSupport
import ArgumentParser
import Foundation
import Service
import Settings

struct MetricsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "metrics",
    abstract: "Prints what Prometheus scrapes: readings, alerts, channels, jobs.",
    discussion: """
      With -o the file is replaced as a whole, as the textfile collector of the node exporter wants \
      it: run it after each check.
      """
  )

  @OptionGroup var shared: SharedOptions
  @Option(name: [.short, .long], help: "The file to write; else standard output.")
  var output: String?

  func run() async throws {
    let (settings, sources) = try shared.configuration()
    let text = try await MetricsService(shared.runtime(sources)).metrics(settings)
    if let output {
      try text.write(toFile: output, atomically: true, encoding: .utf8)
    } else {
      Terminal.write(text)
    }
  }
}
