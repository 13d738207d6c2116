// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import Monitor

@main
struct Plumbline: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plumbline",
    abstract: "Tells when a churn model in production no longer stands straight, and why.",
    discussion: """
      Reads prediction logs and outcomes from PostgreSQL, measures drift, calibration and recall \
      against a reference, and judges them by rules.

      Exit codes: 0 done, 64 wrong usage or configuration, 70 failure. With --detailed-exit-code \
      'check' also exits with 10 when something asks for action and 20 when something could not \
      be judged.
      """,
    version: Monitor.software,
    subcommands: [
      DemoCommand.self, InitCommand.self, MigrateCommand.self, DoctorCommand.self,
      CheckCommand.self, ReplayCommand.self, ReportCommand.self, ReferenceCommand.self,
      NoteCommand.self, ExperimentCommand.self, RulesCommand.self, AlertsCommand.self,
      JobsCommand.self, VersionsCommand.self, MetricsCommand.self, ServeCommand.self,
    ]
  )

  static func main() async {
    do {
      var command = try parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch {
      Failure.exit(with: error, parser: Self.self)
    }
  }
}
