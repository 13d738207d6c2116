// SPDX-License-Identifier: Apache-2.0
import CommandLineSupport
import ArgumentParser
import Service

struct MigrateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "migrate",
    abstract: "Makes or updates the schema 'plumbline'; safe to run twice and at the same time."
  )

  @OptionGroup var shared: SharedOptions

  func run() async throws {
    let applied = try await MigrationService(shared.runtime()).migrate()
    for name in applied { Terminal.log("applied \(name)") }
    if applied.isEmpty { Terminal.log("the schema plumbline is up to date") }
  }
}
