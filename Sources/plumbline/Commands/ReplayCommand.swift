// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Findings
import Monitor
import Profiles
import Reports
import Settings
import Synchronization
import YAMLSource

struct ReplayCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Runs past time as if it were live: the back-test of rules.",
    discussion: """
      At each moment the rows and outcomes are used that were known then. Rules, reference and \\
      configuration are today's. Findings are recorded, unless --dry-run; an interrupted replay that \\
      is called again goes on where it stopped.
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
    let settings = try shared.settings()
    let calendar = settings.calendar
    let now = Instant.now()
    guard let range = TimeRange(from: from.instant(calendar), to: to.instant(calendar)) else {
      throw ValidationError("--to is before --from")
    }
    guard range.to <= now else { throw ValidationError("--to \(range.to) is still to come") }
    guard let plan = ReplayPlan(range, every: every, calendar) else {
      throw ValidationError("--every takes a step such as 1d, 7d, 6h or 1mo")
    }
    let monitor = shared.monitor(try RuleSet.read(settings.rules))
    for model in try shared.models(model, in: settings) {
      let log = Mutex(ReplayLog(model: model.name.value))
      try await monitor.replay(model, plan, isDry: dryRun, now: now) { [format] moment, reports in
        do {
          if format == .json {
            let report = Report(asOf: moment, models: reports)
            Terminal.write(try ReportFormat.json.render(report, isCompact: true))
          } else {
            Terminal.write(log.withLock { $0.lines(moment, reports) })
          }
        } catch {
          Terminal.error("\(moment) cannot be printed: \(error)")
        }
      }
      if format == .text { Terminal.write(log.withLock { $0.summary }) }
    }
  }
}

/// What a replay would have said, as it goes and in the end.
struct ReplayLog: Sendable {
  private struct Alarm {
    var count = 0
    var first: Instant
    var last: Instant
    var windows: Set<TimeRange> = []
  }

  private let model: String
  private var moments = 0
  private var alarms: [String: Alarm] = [:]

  init(model: String) { self.model = model }

  /// Adds a moment and returns lines on what asked for action then and had not yet.
  mutating func lines(_ moment: Instant, _ reports: [ModelReport]) -> String {
    moments += 1
    var text = ""
    for report in reports {
      for window in report.windows {
        for finding in window.findings where (finding.severity ?? .info) > .info {
          let reading = finding.reading
          let segment = reading.segment.map { " (\($0))" } ?? ""
          let name =
            "\(finding.rule ?? ""), \(reading.check.rawValue) of \(reading.subject)\(segment)"
          var alarm = alarms[name] ?? Alarm(first: moment, last: moment)
          alarm.last = moment
          if alarm.windows.insert(window.range).inserted {
            alarm.count += 1
            text +=
              "\(moment)  \(finding.verdict.rawValue), \(finding.severity?.rawValue ?? ""): \(name), "
              + "window \(window.kind) from \(window.range.from)\n    \(finding.reason)\n"
          }
          alarms[name] = alarm
        }
      }
    }
    return text
  }

  /// What asked for action, and how often.
  var summary: String {
    var text = "\n\(model): \(moments) moments"
    guard !alarms.isEmpty else { return text + ", nothing asked for action\n" }
    text += ", what asked for action\n"
    for (name, alarm) in alarms.sorted(by: { ($0.value.first, $0.key) < ($1.value.first, $1.key) })
    {
      let windows = alarm.count == 1 ? "1 window" : "\(alarm.count) windows"
      text += "  \(name): \(windows), first seen \(alarm.first), last \(alarm.last)\n"
    }
    return text
  }
}
