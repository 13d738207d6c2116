// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import Monitor
import Postgres
import Store

struct InitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Writes a commented configuration from the tables that it finds, and migrates."
  )

  @OptionGroup var shared: SharedOptions
  @Flag(help: "Replace a configuration that exists.") var force = false

  func run() async throws {
    guard force || !FileManager.default.fileExists(atPath: shared.config) else {
      throw ValidationError("\(shared.config) exists already; --force replaces it")
    }
    let connection = try await shared.monitor().open()
    let proposal = try await ConfigurationProposal.propose(connection)
    try proposal.text.write(toFile: shared.config, atomically: true, encoding: .utf8)
    proposal.notes.forEach(Terminal.note)
    Terminal.note("wrote \(shared.config): read it, mend what was guessed wrong")
    let applied = try await Migrator.migrate(connection)
    Terminal.note(
      applied.isEmpty ? "the schema plumbline is up to date" : "made the schema plumbline"
    )
    Terminal.note("next: plumbline doctor, then plumbline check")
  }
}
