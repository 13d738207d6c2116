// SPDX-License-Identifier: Apache-2.0
import CommandLineSupport
import ArgumentParser
import Service
import Profiles
import Reports
import Settings

struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Tests whether a check can work: server, rights, tables, columns, indexes, labels."
  )

  @OptionGroup var shared: SharedOptions

  func run() async throws {
    let (settings, sources) = try shared.configuration()
    let rules = try RuleSet.read(settings.rules).rules
    let style = Terminal.style
    Terminal.write("\(style.green("ok  "))  rules: \(rules.count)\n")
    let lines = await Preflight(shared.runtime(sources)).examine(settings, now: .now())
    for line in lines {
      let level =
        switch line.level {
        case .ok: style.green("ok  ")
        case .warn: style.yellow("warn")
        case .fail: style.red("fail")
        }
      Terminal.write("\(level)  \(line.subject): \(line.text)\n")
    }
    if lines.contains(where: { $0.level == .fail }) { throw ExitPolicy.Status.failed.code }
  }
}
