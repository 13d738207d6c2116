// SPDX-License-Identifier: Apache-2.0
import CommandLineSupport
import Alerting
import ArgumentParser
import Checks
import Evaluation
import Foundation
import Profiles
import Reports
import Service
import Settings

struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Reads what is new, measures, applies the rules and records.",
    discussion: """
      Buckets that have closed since the last check are profiled once; outcomes are read by when \
      they arrived. Rows and outcomes of the last 35 days ('revisit') that were added late, changed \
      or removed are found, and the buckets concerned profiled again. The newest window of each \
      kind is evaluated, and those whose labels have matured since the last check; then alerts \
      move. With --until the past is reported and alerts stay as they are.
      """
  )

  enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

  @OptionGroup var shared: SharedOptions
  @Option(help: "Only this model.") var model: String?
  @Option(help: "Check as of this date or moment instead of now.") var until: MomentArgument?
  @Flag(help: "Compare all closed buckets with the rows, not only those of the last 'revisit'.")
  var fullSweep = false
  @Option(help: "How to print: text or json.") var format = Format.text
  @Flag(help: "Exit with 10 when an alert fires, 20 when something cannot be evaluated.")
  var detailedExitCode = false

  func run() async throws {
    let (settings, sources) = try shared.configuration()
    let runtime = shared.runtime(sources)
    let service = CheckService(
      runtime,
      rules: try RuleSet.read(settings.rules).rules,
      alerting: settings.alerting
    )
    let models = try shared.models(model, in: settings)
    let now = Instant.now()
    let asOf = until?.instant(settings.calendar) ?? now
    guard asOf <= now else {
      throw ValidationError("--until \(asOf) is still to come: buckets would be closed too early")
    }
    let options = CheckService.Options(isFullSweep: fullSweep, isLive: until == nil)
    var reports: [ModelReport] = []
    var policy = ExitPolicy()
    // One model that cannot be checked must not keep the others from it.
    for model in models {
      do {
        reports += try await service.check(
          model,
          asOf: asOf,
          now: now,
          options
        )
      } catch {
        if error is ModelLocked { policy.addLocked() } else { policy.addFailure() }
        let name = model.name
        Terminal.error(
          error is ConfigErrors ? "\(name) cannot be checked:\n\(error)" : "\(name): \(error)"
        )
      }
    }
    let report = Report(asOf: asOf, models: reports)
    let output: ReportFormat = format == .json ? .json : .text
    Terminal.write(try output.render(report, style: Terminal.style))
    if until == nil { try await notify(settings, runtime) }
    if reports.isEmpty { policy.addUnevaluated() }
    for report in reports { add(report, to: &policy) }
    let status = policy.status(isDetailed: detailedExitCode)
    if status != .done { throw status.code }
  }

  /// Sends what is due; what cannot be sent waits, so that the check itself has done its work.
  private func notify(_ settings: Settings, _ runtime: Runtime) async throws {
    let pass = try await NotificationDispatcher(runtime, settings).pass()
    for (channel, error) in pass.errors.sorted(by: { $0.key < $1.key }) {
      Terminal.error("\(channel): \(error); what could not be sent waits for the next check")
    }
  }

  private func add(_ report: ModelReport, to policy: inout ExitPolicy) {
    if report.windows.isEmpty { policy.addUnevaluated() }
    let firing = report.alerts.filter { $0.state == .firing }
    policy.add(
      findings: report.windows.flatMap(\.findings),
      alerts: until == nil ? firing.map(\.severity) : nil
    )
  }
}
