// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Experiments
import Foundation
import LocalServer
import Monitor
import OperatorTables
import Profiles
import Reports
import Settings
import Simulator
import Store
import YAMLSource

struct DemoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract:
      "Watches a simulated operator for 18 months and compares what it says with the truth.",
    discussion: """
      Starts a PostgreSQL server of its own from the local binaries, which is thrown away. With --dsn or \
      PLUMBLINE_DSN it makes the schemas 'crm', 'truth' and 'plumbline' in that database instead, which should be \
      an empty one.
      """
  )

  @Option(
    help:
      "Any libpq connection string, URI or service; else PLUMBLINE_DSN; else a server of its own."
  )
  var dsn: String?
  @Option(help: "A YAML file with the operator and what happens to it.")
  var calendar: String?
  @Option(help: "How many customers the operator has at the start.") var customers: Int?
  @Option(help: "The seed; another one is another operator.") var seed: UInt64?
  @Flag(help: "Fill the tables and watch nothing.") var loadOnly = false
  @Option(name: [.short, .long], help: "Where to write the HTML report.")
  var output = "plumbline-demo.html"

  func run() async throws {
    // A calendar with faults is told before a server is started.
    let operation = try operatorCalendar()
    let given = dsn ?? ProcessInfo.processInfo.environment["PLUMBLINE_DSN"] ?? ""
    guard given.isEmpty else { return try await run(operation, dsn: given) }
    guard PrivateServer.isAvailable else {
      throw ValidationError(
        "no PostgreSQL server is installed here (Debian: postgresql): install one, or name a database with --dsn"
      )
    }
    try await PrivateServer.with { server in
      Terminal.note("started a PostgreSQL server in \(server.folder.path), which is thrown away")
      // Interrupted, the server must not stay behind.
      let interruptions = [SIGINT, SIGTERM].map { number in
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler {
          server.kill()
          Foundation.exit(128 + number)
        }
        source.resume()
        return source
      }
      defer { interruptions.forEach { $0.cancel() } }
      try await run(operation, dsn: server.dsn)
    }
  }

  private func run(_ operation: OperatorCalendar, dsn: String) async throws {
    let start = ContinuousClock.now
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("plumbline-demo-\(UUID().uuidString)")
    // Made by the first job, if at all.
    defer { try? FileManager.default.removeItem(at: folder) }
    let made = folder.appendingPathComponent("models")
    let settings = try SettingsFile.read(
      text: Demo.configuration(
        operation,
        trainer: [try Self.trainer(), "--dsn", dsn, "--models", made.path]
      ),
      file: "demo"
    )
    guard let model = settings.models.first else { throw ExitCode(Failure.failed) }
    let monitor = Monitor(
      dsn: dsn,
      rules: try RuleSet.read(nil)
    )
    let tables = OperatorTables(try await monitor.open())
    guard !loadOnly else {
      let rows = try await tables.fill(operation) { Terminal.note("simulated \($0) predictions") }
      Terminal.write("\(rows) predictions of \(operation.months) months\n")
      return
    }
    _ = try await Migrator.migrate(try await monitor.open())
    Terminal.write(
      "A simulated operator of \(operation.customers) customers lives through \(operation.months) "
        + "months.\nThe monitor checks every Monday, with what is there by then. What it finds, and "
        + "when:\n\n"
    )
    let demo = Demo(
      calendar: operation,
      monitor: monitor,
      model: model,
      worker: JobWorker(monitor, settings, folder: folder),
      models: made
    )
    let diary = try await demo.live(tables)
    let jobs = try await monitor.jobDesk().jobs(model: model.name.value)
    let (asOf, models) = try await monitor.report(model, from: nil, to: nil)
    let report = Report(asOf: asOf, models: models)
    Terminal.write("\n" + (try ReportFormat.text.render(report, style: Terminal.style)))
    var campaign: ExperimentResult?
    if let experiment = settings.experiments.first {
      campaign = try await monitor.analyze(
        experiment,
        among: settings.experiments,
        asOf: report.asOf,
        settings.calendar
      ).result
      if let campaign { Terminal.write("\n" + (try ExperimentFormat.text.render(campaign))) }
    }
    for job in jobs.reversed() {
      guard let effect = try await monitor.effect(of: job, model) else { continue }
      let lines = effect.lines.map { "  \($0)\n" }.joined()
      Terminal.write("\njob no. \(job.identifier), \(job.remedy): did it help?\n\(lines)")
    }
    let agrees = DemoTruth(
      calendar: operation,
      diary: diary,
      campaign: campaign,
      jobs: jobs.reversed()
    ).compare()
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

  /// The program that trains, which lies beside this one.
  private static func trainer() throws -> String {
    let folder = Bundle.main.executableURL?.deletingLastPathComponent()
    guard let path = folder?.appendingPathComponent("plumbline-trainer").path,
      FileManager.default.isExecutableFile(atPath: path)
    else {
      throw ValidationError(
        "plumbline-trainer, which the demo trains with, is not beside plumbline: build it with bin/build"
      )
    }
    return path
  }

  private func operatorCalendar() throws -> OperatorCalendar {
    guard let first = CivilDate(year: 2025, month: 1, day: 1) else {
      throw ExitCode(Failure.failed)
    }
    var operation =
      try calendar.map { try OperatorCalendar.read(path: $0) } ?? .eventful(start: first)
    if let customers {
      guard OperatorCalendar.customerRange.contains(customers) else {
        throw ValidationError(
          "--customers is at least \(OperatorCalendar.customerRange.lowerBound)"
        )
      }
      operation.customers = customers
    }
    operation.seed = seed ?? operation.seed
    return operation
  }
}
