// SPDX-License-Identifier: Apache-2.0
import CommandLineSupport
import Alerting
import ArgumentParser
import Checks
import Profiles
import Reports
import Service
import Settings
import Synchronization

struct ReplayCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Runs past time as if it were live: the back-test of rules.",
    discussion: """
      At each moment the rows and outcomes are used that were known then. Rules, reference and \
      configuration are today's. Findings are recorded, unless --dry-run; an interrupted replay that \
      is called again resumes where it stopped. Alerts begin with none and move as they would have; \
      nobody is notified and no job is started. Events of 'plumbline note' count as the truth: the \
      end says which alert came first after each, and how late.
      """
  )

  enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

  @OptionGroup var shared: SharedOptions
  @Option(help: "Only this model.") var model: String?
  @Option(help: "The first moment to check.") var from: MomentArgument
  @Option(help: "The last moment, included.") var to: MomentArgument
  @Option(help: "The step: 1d, 7d, 6h, or 1mo for a month.") var every: String
  @Flag(help: "Write nothing.") var dryRun = false
  @Option(help: "How to print: text, or json with one document of 'check' in each line.")
  var format = Format.text

  func run() async throws {
    let (settings, sources) = try shared.configuration()
    let calendar = settings.calendar
    let now = Instant.now()
    guard let range = TimeRange(from: from.instant(calendar), to: to.instant(calendar)) else {
      throw ValidationError("--to is before --from")
    }
    guard range.to <= now else { throw ValidationError("--to \(range.to) is still to come") }
    guard let plan = ReplayPlan(range, every: every, calendar) else {
      throw ValidationError("--every takes a step such as 1d, 7d, 6h or 1mo")
    }
    let runtime = shared.runtime(sources)
    let service = ReplayService(runtime, rules: try RuleSet.read(settings.rules).rules)
    for model in try shared.models(model, in: settings) {
      let events = try await EventService(runtime).events(model, range)
      let log = Mutex(ReplayLog(model: model.name, events: events))
      try await service.replay(model, plan, isDry: dryRun, now: now) {
        [format] step in
        do {
          if format == .json {
            let report = Report(asOf: step.moment, models: step.reports)
            Terminal.write(try ReportFormat.json.render(report, isCompact: true))
          } else {
            Terminal.write(log.withLock { $0.lines(step) })
          }
        } catch {
          Terminal.error("\(step.moment) cannot be printed: \(error)")
        }
      }
      if format == .text { Terminal.write(log.withLock { $0.summary }) }
    }
  }
}
