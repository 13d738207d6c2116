// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Findings
import Foundation
import Monitor
import Postgres
import Profiles
import Reports
import Settings
import YAMLSource

struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Reads what is new, measures, judges and records.",
    discussion: """
      Buckets that have closed since the last check are profiled once; outcomes are read by when \
      they arrived. Rows and outcomes of the last 35 days ('revisit') that were added late, changed \
      or removed are found, and the buckets concerned made anew. The newest window of each kind is judged, and those whose labels have \
      matured since the last check; then alerts move. With --until only the past is told: alerts stay as they are.
      """
  )

  enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

  @OptionGroup var shared: SharedOptions
  @Option(help: "Only this model.") var model: String?
  @Option(help: "Check as of this date or moment instead of now.") var until: MomentArgument?
  @Flag(help: "Compare all closed buckets with the rows, not only those of the last 'revisit'.")
  var fullSweep = false
  @Option(help: "How to print: text or json.") var format = Format.text
  @Flag(help: "Exit with 10 when an alert fires, 20 when something cannot be judged.")
  var detailedExitCode = false

  func run() async throws {
    let settings = try shared.settings()
    let monitor = try shared.monitor(settings)
    let models = try shared.models(model, in: settings)
    let now = Instant.now()
    let asOf = until?.instant(settings.calendar) ?? now
    guard asOf <= now else {
      throw ValidationError("--until \(asOf) is still to come: buckets would be closed too early")
    }
    var reports: [ModelReport] = []
    var hasFailed = false
    // One model that cannot be checked must not keep the others from it.
    for model in models {
      do {
        reports += try await monitor.check(
          model,
          asOf: asOf,
          now: now,
          isFullSweep: fullSweep,
          isLive: until == nil
        )
      } catch {
        hasFailed = true
        let name = model.name.value
        Terminal.error(
          error is YAMLFaults ? "\(name) cannot be checked:\n\(error)" : "\(name): \(error)"
        )
      }
    }
    let report = Report(asOf: asOf, models: reports)
    let output: ReportFormat = format == .json ? .json : .text
    Terminal.write(try output.render(report, style: Terminal.style))
    if until == nil { try await tell(settings, monitor) }
    if hasFailed { throw ExitCode(Failure.failed) }
    if detailedExitCode { try exitByVerdicts(report) }
  }

  /// Tells what there is to tell; what cannot be told waits, so that the check itself has done its work.
  private func tell(_ settings: Settings, _ monitor: Monitor) async throws {
    let pass = try await Deliverer(monitor, settings).pass()
    for (channel, error) in pass.errors.sorted(by: { $0.key < $1.key }) {
      Terminal.error("\(channel): \(error); what could not be told waits for the next check")
    }
  }

  private func exitByVerdicts(_ report: Report) throws {
    let findings = report.models.flatMap(\.windows).flatMap(\.findings)
    // Rules of severity info inform; they do not fire. Alerts do not move with a check of the past, which
    // has verdicts alone.
    let isFiring =
      until == nil
      ? report.models.flatMap(\.alerts).contains { $0.state == "firing" && $0.severity > .info }
      : findings.contains { ($0.severity ?? .info) > .info }
    if isFiring { throw ExitCode(10) }
    // Labels that are still to come are no news; everything else that kept a rule from judging is.
    let isBlind = findings.contains {
      $0.verdict.cannotJudge && $0.verdict != .immature && $0.rule != nil
    }
    let hasNothing = report.models.contains { $0.windows.isEmpty }
    if isBlind || hasNothing || report.models.isEmpty { throw ExitCode(20) }
  }
}
