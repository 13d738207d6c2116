// SPDX-License-Identifier: Apache-2.0
import CommandLineSupport
package import ArgumentParser
import Foundation
import Service

/// The root of the command line.
package struct Plumbline: AsyncParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "plumbline",
    abstract:
      "Monitors churn models in production: drift, calibration and recall decay, campaigns.",
    discussion: """
      Reads prediction logs and outcomes from PostgreSQL, measures drift, calibration and recall \
      against a reference, and evaluates them by rules.

      Exit codes: 0 done, 64 wrong usage or configuration, 70 failure. With --detailed-exit-code \
      'check' also exits with 10 when something asks for action and 20 when something could not \
      be evaluated; 75 says that another run is checking the model. 'advice' has codes of its own.
      """,
    version: SoftwareVersion.current.text,
    subcommands: [
      DemoCommand.self, InitCommand.self, MigrateCommand.self, DoctorCommand.self,
      CheckCommand.self, AdviceCommand.self, ReplayCommand.self, ReportCommand.self,
      ReferenceCommand.self,
      NoteCommand.self, ExperimentCommand.self, RulesCommand.self, AlertsCommand.self,
      JobsCommand.self, VersionsCommand.self, MetricsCommand.self, ServeCommand.self,
    ]
  )

  package init() {}

  package static func main() async { await Launch.run(Self.self) }
}
