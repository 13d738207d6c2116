// SPDX-License-Identifier: Apache-2.0
import Alerting
import Checks
import Diagnosis
import Foundation
import Service

/// Whether the monitor says what is wrong: simulated operators to whom one thing happens, beside
/// what should be said of it.
///
/// Seeds 1 to 10 are for work on the adviser; those from 11 on are run once, when it is done.
struct DiagnosisBench: Sendable {
  let seeds: ClosedRange<Int>
  /// Only cases whose name contains this; nil for all.
  let filter: String?
  /// Whether to print what each trial said day by day.
  let isVerbose: Bool
  private let rules: [Rule]
  /// Trials that run side by side.
  private static let width = 2

  init(seeds: ClosedRange<Int>, filter: String?, isVerbose: Bool) throws {
    self.seeds = seeds
    self.filter = filter
    self.isVerbose = isVerbose
    rules = try RuleSet.read(nil).rules
  }

  func run() async {
    write(
      "| incident | size | found | right name | right remedy | median days to the alert | to the advice |"
    )
    write("|---|---|---:|---:|---:|---:|---:|")
    var all: [DiagnosisTrial] = []
    for item in chosen(DiagnosisCase.incidents) {
      let trials = await trials(item)
      all += trials
      write(line(item, trials))
    }
    for item in chosen([.boundary]) {
      let trials = await trials(item)
      all += trials
      write(boundaryLine(item, trials))
    }
    for item in chosen(DiagnosisCase.quiet) {
      let trials = await trials(item)
      all += trials
      write(quietLine(item, trials))
    }
    summarize(all)
  }

  private func chosen(_ cases: [DiagnosisCase]) -> [DiagnosisCase] {
    cases.filter { item in filter.map { "\(item.name), \(item.size)".contains($0) } ?? true }
  }

  private func trials(_ item: DiagnosisCase) async -> [DiagnosisTrial] {
    await withTaskGroup(of: DiagnosisTrial.self) { group in
      var rest = Array(seeds)[...]
      func add() {
        guard let seed = rest.popFirst() else { return }
        group.addTask { DiagnosisTrial(item, seed: seed, rules: rules) }
      }
      for _ in 0..<Self.width { add() }
      var trials: [DiagnosisTrial] = []
      for await trial in group {
        trials.append(trial)
        add()
      }
      trials.sort { $0.seed < $1.seed }
      if isVerbose { for trial in trials { tell(trial) } }
      return trials
    }
  }

  private func line(_ item: DiagnosisCase, _ trials: [DiagnosisTrial]) -> String {
    let alerts = trials.map { $0.daysToAlert(rules) }
    let found = alerts.count { $0 != nil }
    return "| \(item.name) | \(item.size) | \(found) | \(trials.count(where: \.isNameRight)) "
      + "| \(trials.count(where: \.isRemedyRight)) | \(median(alerts)) "
      + "| \(item.answer.action == nil ? "" : median(trials.map(\.daysToAdvice))) |"
  }

  /// Of rules on recall alone: other measures fall by more than is tolerated of them.
  private func boundaryLine(_ item: DiagnosisCase, _ trials: [DiagnosisTrial]) -> String {
    let names = Set(rules.filter { Self.boundary.contains($0.condition.check) }.map(\.name))
    let alarmed = trials.count { trial in
      trial.days.contains { day in day.begun.contains { names.contains($0.rule) } }
    }
    let rules = names.sorted().joined(separator: " or ")
    return "| \(item.name) | \(item.size) | \(alarmed) with an alert of \(rules) | | | | |"
  }

  private static let boundary: Set<CheckName> = [.recall, .recallDecay]

  private func quietLine(_ item: DiagnosisCase, _ trials: [DiagnosisTrial]) -> String {
    let alerts = trials.reduce(0) { $0 + $1.days.reduce(0) { $0 + $1.begun.count } }
    let months = Double(trials.reduce(0) { $0 + $1.days.count }) / 30.436875
    let advised = trials.count { !($0.falseAdvice.isEmpty && $0.wrongAdvice.isEmpty) }
    return "| \(item.name) | \(item.size) | \(alerts) alerts in \(Int(months)) months "
      + "| | \(trials.count - advised) | | |"
  }

  private func summarize(_ trials: [DiagnosisTrial]) {
    guard !trials.isEmpty else { return }
    let incidents = trials.filter { !$0.answer.names.isEmpty || $0.answer.action != nil }
    let right = incidents.count { $0.isNameRight && $0.isRemedyRight }
    write("\nright name and remedy: \(right) of \(incidents.count)")
    let total = incidents.filter(\.answer.isTotal)
    let soon = total.count { $0.daysToAlert(rules).map { $0 <= 3 } ?? false }
    write("total faults notified within two days of the first bad day: \(soon) of \(total.count)")
    let before = trials.flatMap(\.falseAlerts)
    let months =
      Double(trials.reduce(0) { sum, trial in sum + trial.days.count { $0.day <= trial.onset } })
      / 30.436875
    write("alerts before anything happened: \(before.count) in \(Int(months)) months")
    for (rule, alerts) in Dictionary(grouping: before, by: \.key.rule).sorted(by: {
      $0.key < $1.key
    }) {
      write("  \(rule): \(alerts.count)")
    }
  }

  /// The course of one trial: each change of advice, and each alert.
  private func tell(_ trial: DiagnosisTrial) {
    write("<!-- \(trial.name), \(trial.size), seed \(trial.seed)")
    for (when, truth) in [("before", trial.truth.before), ("after", trial.truth.after)] {
      write(
        "  truth \(when): recall \(truth.recall), flagged \(truth.flagged), "
          + "observed to expected \(truth.observedToExpected)"
      )
    }
    var last: Advice?
    for day in trial.days {
      for key in day.begun {
        write("  \(day.day - trial.onset): alert \(key.rule) \(key.subject) \(key.window)")
      }
      if day.advice?.action != last?.action || day.advice?.cause != last?.cause {
        write(
          "  \(day.day - trial.onset): \(day.advice.map { "\($0.action.rawValue): \($0.reason)" } ?? "no advice")"
        )
      }
      last = day.advice
    }
    write("-->")
  }

  private func median(_ days: [Int?]) -> String {
    let known = days.compactMap(\.self).sorted()
    guard known.count * 2 >= days.count, !known.isEmpty else { return "–" }
    return String(
      known[(days.count - 1) / 2 < known.count ? (days.count - 1) / 2 : known.count - 1]
    )
  }

  private func write(_ line: String) {
    FileHandle.standardOutput.write(Data((line + "\n").utf8))
  }
}
