// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CommandLineSupport
import Experiments
import Foundation
import LocalServer
import Service
import OperatorTables
import Profiles
import Reports
import Retraining
import Settings
import Simulator

@main
struct PlumblineDemo: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plumbline-demo",
    abstract:
      "Monitors a simulated operator for 19 months and compares what is found with the truth.",
    discussion: """
      Starts a PostgreSQL server of its own from the local binaries, which is thrown away. With \
      --dsn or PLUMBLINE_DSN it makes the schemas 'crm', 'truth' and 'plumbline' in that database \
      instead, which should be an empty one.
      """,
    version: SoftwareVersion.current.text
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

  static func main() async { await Launch.run(Self.self) }

  func run() async throws {
    // A faulty calendar is an error before a server is started.
    let operation = try operatorCalendar()
    let given = dsn ?? ProcessInfo.processInfo.environment["PLUMBLINE_DSN"] ?? ""
    guard given.isEmpty else { return try await run(operation, dsn: given) }
    guard PrivateServer.isAvailable else {
      throw ValidationError(
        "no PostgreSQL server is installed here (Debian: postgresql): install one, or name a "
          + "database with --dsn"
      )
    }
    try await PrivateServer.with { server in
      Terminal.log("started a PostgreSQL server in \(server.folder.path), which is thrown away")
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
        trainer: [try Self.trainer().path, "--dsn", dsn, "--models", made.path]
      ),
      file: "demo"
    ).settings
    guard let model = settings.models.first else { throw ExitPolicy.Status.failed.code }
    let runtime = Runtime(Runtime.Database(dsn: dsn))
    let rules = try RuleSet.read(nil).rules
    let tables = OperatorTables(try await runtime.open())
    guard !loadOnly else {
      let rows = try await tables.fill(operation) { Terminal.log("simulated \($0) predictions") }
      Terminal.write("\(rows) predictions of \(operation.months) months\n")
      return
    }
    _ = try await MigrationService(runtime).migrate()
    Terminal.write(
      "A simulated operator of \(operation.customers) customers lives through \(operation.months) "
        + "months.\nThe monitor checks every Monday, with what is there by then. What it finds, and "
        + "when:\n\n"
    )
    let demo = Demo(
      calendar: operation,
      runtime: runtime,
      rules: rules,
      model: model,
      worker: JobWorker(runtime, settings, folder: folder),
      models: made
    )
    let log = try await demo.live(tables)
    let agrees = try await conclude(demo, log, settings: settings)
    let took = ContinuousClock.now - start
    let path = URL(fileURLWithPath: output).path
    Terminal.write("\nThe report as a page: \(path) (\(took.components.seconds) s in all)\n")
    guard agrees else {
      Terminal.error("what was found is not what was true")
      throw ExitPolicy.Status.failed.code
    }
  }

  /// Prints the reports and what was true, and writes the page.
  ///
  /// - Parameters:
  ///   - demo: The demo.
  ///   - log: What its checks have shown.
  ///   - settings: Its configuration.
  /// - Returns: Whether what was found is what was true.
  /// - Throws: What services throw.
  private func conclude(_ demo: Demo, _ log: DemoLog, settings: Settings) async throws -> Bool {
    let (runtime, model) = (demo.runtime, demo.model)
    let service = JobService(runtime)
    // Oldest first.
    let jobs = Array(try await service.jobs(of: model).reversed())
    let (asOf, models) = try await ReportService(runtime, rules: demo.rules).report(model)
    let report = Report(asOf: asOf, models: models)
    Terminal.write("\n" + (try ReportFormat.text.render(report, style: Terminal.style)))
    var campaign: ExperimentResult?
    if let experiment = settings.experiments.first {
      campaign = try await CampaignService(runtime).analyze(
        experiment,
        among: settings.experiments,
        asOf: report.asOf,
        settings.calendar
      ).result
      if let campaign { Terminal.write("\n" + (try ExperimentFormat.text.render(campaign))) }
    }
    for job in jobs {
      guard let effect = try await service.effect(of: job, model) else { continue }
      let lines = effect.lines.map { "  \($0)\n" }.joined()
      Terminal.write(
        "\njob \(job.identifier), \(job.remedy.rawValue): did it help?\n\(lines)"
      )
    }
    let truth = DemoTruth(calendar: demo.calendar, log: log, campaign: campaign, jobs: jobs)
    let agrees = truth.compare()
    let page = try ReportFormat.html.render(report, chartLibrary: ChartLibrary.text())
    try page.write(toFile: output, atomically: true, encoding: .utf8)
    return agrees
  }

  /// The program that trains.
  private static func trainer() throws -> SiblingProgram {
    try SiblingProgram(
      "plumbline-trainer",
      advice: "the demo trains with it; bin/demo and bin/build build it"
    )
  }

  private func operatorCalendar() throws -> OperatorCalendar {
    guard let first = CivilDate(year: 2024, month: 12, day: 1) else {
      throw ExitPolicy.Status.failed.code
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
