// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import Monitor
import Profiles
import Reports
import Settings
import Simulator
import Store

struct DemoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract:
      "Watches a simulated operator for 15 months and compares what it says with the truth.",
    discussion: """
      Makes the schemas 'crm' and 'plumbline' in the database it is given, which should be an empty \
      one: bin/demo runs it with a private server that is thrown away.
      """
  )

  @Option(
    help:
      "Any libpq connection string, URI or service; else PLUMBLINE_DSN, else libpq's own variables."
  )
  var dsn: String?
  @Option(name: [.short, .long], help: "Where to write the HTML report.")
  var output = "plumbline-demo.html"

  func run() async throws {
    let start = ContinuousClock.now
    let settings = try SettingsFile.read(text: Demo.configuration, file: "demo")
    guard let model = settings.models.first,
      let firstMonth = CivilDate(year: 2025, month: 1, day: 1)
    else { throw ExitCode(Failure.failed) }
    let monitor = Monitor(
      dsn: dsn ?? ProcessInfo.processInfo.environment["PLUMBLINE_DSN"] ?? "",
      rules: try RuleSet.read(nil)
    )
    let demo = Demo(
      simulator: SimulatedOperator(firstMonth: firstMonth),
      monitor: monitor,
      settings: settings,
      model: model
    )
    let connection = try await monitor.open()
    let rows = try await demo.load(connection)
    _ = try await Migrator.migrate(connection)
    Terminal.write(
      "A simulated operator: \(rows) predictions over \(demo.simulator.months) months.\n"
        + "The monitor checks every Monday, with what was known by then. What it found, and when:\n\n"
    )
    let discoveries = try await demo.live()
    let (asOf, models) = try await monitor.report(model, from: nil, to: nil)
    let report = Report(asOf: asOf, models: models)
    Terminal.write("\n" + (try ReportFormat.text.render(report, style: Terminal.style)))
    let agrees = demo.compare(discoveries)
    let page = try ReportFormat.html.render(report, chartLibrary: ChartLibrary.text())
    try page.write(toFile: output, atomically: true, encoding: .utf8)
    let path = URL(fileURLWithPath: output).path
    let took = ContinuousClock.now - start
    Terminal.write("\nThe report as a page: \(path) (\(took.components.seconds) s in all)\n")
    guard agrees else {
      Terminal.error("what was found is not what was true")
      throw ExitCode(Failure.failed)
    }
  }
}
