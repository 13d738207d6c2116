// SPDX-License-Identifier: Apache-2.0
import CommandLineSupport
import ArgumentParser
import Foundation
import Service
import Profiles
import Reports
import Settings

struct ReportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Reports drift, performance and calibration for every window of a range.",
    discussion: """
      Works on what 'check' has stored; the logs themselves are not read. With '--as-of' they are: \
      the report is then of what was known at that moment; and with '--exact'.
      """
  )

  @OptionGroup var shared: SharedOptions
  @Option(help: "Only this model.") var model: String?
  @Option(help: "Windows that begin at or after this date or moment.") var from: MomentArgument?
  @Option(help: "Windows that end at or before this date or moment.") var to: MomentArgument?
  @Option(help: "Report what was known at this date or moment, with today's bins and rules.")
  var asOf: MomentArgument?
  @Flag(help: "Measure the distances of 'ks' over raw values, which are read for it.")
  var exact = false
  @Option(help: "How to print: text, markdown, json or html.") var format = Format.text
  @Option(name: [.short, .long], help: "Write to this file instead of standard output.")
  var output: String?

  enum Format: String, ExpressibleByArgument, CaseIterable { case text, markdown, json, html }

  func run() async throws {
    let (settings, sources) = try shared.configuration()
    let service = ReportService(
      shared.runtime(sources),
      rules: try RuleSet.read(settings.rules).rules
    )
    let calendar = settings.calendar
    let knownAt = asOf?.instant(calendar)
    if let knownAt, knownAt > .now() {
      throw ValidationError("--as-of \(knownAt) is in the future")
    }
    var latest: Instant?
    var reports: [ModelReport] = []
    for model in try shared.models(model, in: settings) {
      var (moment, found) = try await service.report(
        model,
        ReportService.Question(
          from: from?.instant(calendar),
          to: to?.instant(calendar),
          knownAt: knownAt
        )
      )
      if exact { try await service.addExactDistances(&found, model) }
      latest = max(latest ?? moment, moment)
      reports += found
    }
    let report = Report(asOf: latest ?? .now(), models: reports)
    guard let format = ReportFormat(rawValue: format.rawValue) else { return }
    let text = try format.render(
      report,
      style: output == nil ? Terminal.style : .plain,
      chartLibrary: format == .html ? ChartLibrary.text() : nil
    )
    guard let output else {
      Terminal.write(text)
      return
    }
    try text.write(toFile: output, atomically: true, encoding: .utf8)
    Terminal.log("wrote \(output)")
  }
}
