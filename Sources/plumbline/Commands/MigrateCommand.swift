// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Monitor
import Postgres
import Store

struct MigrateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "migrate",
    abstract: "Makes or updates the schema 'plumbline'; safe to run twice and at the same time."
  )

  @OptionGroup var shared: SharedOptions

  func run() async throws {
    let connection = try await shared.monitor().open()
    let applied = try await Migrator.migrate(connection)
    for name in applied { Terminal.note("applied \(name)") }
    if applied.isEmpty { Terminal.note("the schema plumbline is up to date") }
  }
}
