// SPDX-License-Identifier: Apache-2.0
import CommandLineSupport
import ArgumentParser
import Foundation
import Service

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
    let runtime = shared.runtime()
    let proposal = try await ConfigurationProposal.propose(runtime)
    try proposal.text.write(toFile: shared.config, atomically: true, encoding: .utf8)
    proposal.notes.forEach(Terminal.log)
    Terminal.log("wrote \(shared.config): read it, correct what was guessed wrong")
    let applied = try await MigrationService(runtime).migrate()
    Terminal.log(
      applied.isEmpty ? "the schema plumbline is up to date" : "made the schema plumbline"
    )
    Terminal.log("next: plumbline doctor, then plumbline check")
  }
}
