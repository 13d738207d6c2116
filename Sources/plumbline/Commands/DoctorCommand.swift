// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Monitor
import Profiles
import Reports
import Settings

struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Looks whether a check can work: server, rights, tables, columns, indexes, labels."
  )

  @OptionGroup var shared: SharedOptions

  func run() async throws {
    let settings = try shared.settings()
    let rules = try RuleSet.read(settings.rules)
    let style = Terminal.style
    Terminal.write("\(style.green("ok  "))  rules: \(rules.count)\n")
    let lines = await Doctor(shared.monitor()).examine(settings, now: .now())
    for line in lines {
      let mark =
        switch line.state {
        case .good: style.green("ok  ")
        case .attention: style.yellow("look")
        case .broken: style.red("mend")
        }
      Terminal.write("\(mark)  \(line.subject): \(line.text)\n")
    }
    if lines.contains(where: { $0.state == .broken }) { throw ExitCode(Failure.failed) }
  }
}
