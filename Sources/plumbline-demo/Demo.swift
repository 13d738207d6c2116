// SPDX-License-Identifier: Apache-2.0
import Alerting
import Checks
import CommandLineSupport
import Evaluation
import Foundation
import OperatorTables
import Profiles
import Reports
import Retraining
import Service
import Settings
import Simulator

/// Runs the monitor over a simulated operator's months as they pass, and compares what it said with
/// what was true.
struct Demo {
  let calendar: OperatorCalendar
  let runtime: Runtime
  let rules: [Rule]
  let model: ModelSettings
  /// Works on retraining jobs.
  let worker: JobWorker
  /// Where trained models are.
  let models: URL

  /// The configuration for an operator's tables; the reference is its first four months.
  ///
  /// - Parameters:
  ///   - calendar: The operator.
  ///   - trainer: The command that trains.
  /// - Returns: It, as YAML.
  static func configuration(_ calendar: OperatorCalendar, trainer: [String]) -> String {
    """
    models:
      - name: churn
        predictions:
          table: crm.predictions
          id: prediction_id
          time: predicted_at
          score: score
          version: model_version
          entity: customer_id
        outcomes:
          table: crm.outcomes
          entity: customer_id
          time: observed_at
          label: churned
          horizon: \(SimulatedOperator.horizonDays)d
          absent: negative
        decision: { top: 10% }
        reference: { from: \(calendar.start), to: \(calendar.start.firstOfMonth(plus: 4)) }
        windows: [1mo]
        retraining:
          trainer: command
          command: [\(trainer.map { "\"\($0)\"" }.joined(separator: ", "))]
          min_labels: 3000
          cooldown: 14d
          cost: 2000
          value: \(Int(value))
    """
      + (calendar.campaign.map { "\n    treatment: { campaign: \($0.name) }" + experiment($0) }
        ?? "")
  }

  /// What a customer who stays is worth, in euro.
  static let value = 300.0

  /// Lets the operator's months pass, checks every Monday after the reference with what is there by
  /// then, and prints each check's news.
  func live(_ tables: OperatorTables) async throws -> DemoLog {
    var simulated = try await tables.begin(calendar, isIndexed: true)
    var log = DemoLog()
    var pending: [OutcomeReport] = []
    for month in 0..<(calendar.months + SimulatedOperator.monthsAfter) {
      simulated.advance()
      if month < calendar.months { try await tables.beginMonth(simulated) }
      let first = simulated.firstDate.dayNumber
      let next = simulated.firstDate.firstOfMonth(plus: 1).dayNumber
      var day = first
      while day < next {
        // The week up to the next Monday, or to the month's end.
        let end = min(next, CivilDate(dayNumber: day).mondayOfWeek.dayNumber + 7)
        let numbers = (day - first + 1)...(end - first)
        let scored = numbers.clamped(to: SimulatedOperator.scoringDays)
        if month < calendar.months, numbers.overlaps(SimulatedOperator.scoringDays) {
          _ = try await tables.storePredictions(simulated, days: scored)
        }
        for number in numbers { pending += simulated.outcomes(ofDay: number) }
        guard let now = Instant(CivilDate(dayNumber: end)) else { continue }
        try await tables.storeOutcomes(pending.filter { $0.time < now })
        pending.removeAll { $0.time < now }
        day = end
        let months = Double(calendar.months + SimulatedOperator.monthsAfter)
        let passed = Double(end - first) / Double(next - first)
        Terminal.bar(String(now.description.prefix(10)), (Double(month) + passed) / months)
        let isMonday = CivilDate(dayNumber: end).mondayOfWeek.dayNumber == end
        if isMonday, month >= 3 {
          var news = try await check(now, activeVersion: simulated.activeVersion, &log)
          news += try await operate(&simulated, at: now, &log)
          print(news, at: now)
        }
      }
      if month < calendar.months { try await tables.endMonth(simulated) }
      try await tables.analyze()
    }
    Terminal.bar("", nil)
    try await tables.storeTruth(simulated)
    log.campaign = simulated.campaignTruth
    return log
  }

  /// Makes a check, logs what is new and returns it as lines.
  private func check(
    _ now: Instant,
    activeVersion: String,
    _ log: inout DemoLog
  ) async throws -> [String] {
    let reports = try await CheckService(runtime, rules: rules).check(model, asOf: now, now: now)
    for issue in reports.flatMap(\.issues) where log.issues[issue.kind.rawValue] == nil {
      log.issues[issue.kind.rawValue] = now
    }
    var news: [String] = []
    let mine = reports.filter { $0.version == activeVersion }
    if let advice = mine.first?.advice,
      advice.action != log.advice.last?.advice.action
        || advice.reason != log.advice.last?.advice.reason
    {
      if advice.action != log.advice.last?.advice.action {
        news.append("  advice: \(advice.action.text). \(advice.reason)")
      }
      log.advice.append(DemoLog.Advised(at: now, advice: advice))
    }
    for window in mine.flatMap(\.windows) {
      for finding in window.findings where finding.verdict.isBad {
        let name = "\(finding.reading.check.rawValue) \(finding.reading.subject)"
        guard log.known.insert("\(name) \(window.range.from)").inserted else { continue }
        log.discoveries.append(DemoLog.Discovery(at: now, window: window, finding: finding))
        guard Self.matters(finding), log.known.insert(name).inserted else { continue }
        news.append("  \(finding.verdict.rawValue): \(name). \(finding.reason)")
      }
    }
    for alert in mine.flatMap(\.alerts) where alert.state == .firing && alert.since == now {
      let key = alert.alert.key
      log.alerts.append(
        DemoLog.Fired(
          at: now,
          rule: key.rule,
          check: rules.first { $0.name == key.rule }?.condition.check,
          subject: key.subject
        )
      )
    }
    return news
  }

  private func print(_ news: [String], at now: Instant) {
    guard !news.isEmpty else { return }
    Terminal.bar("", nil)
    Terminal.write("\(now.description.prefix(10))\n" + news.joined(separator: "\n") + "\n")
  }

  private static func matters(_ finding: Finding) -> Bool {
    (finding.severity ?? .info) >= .warning
  }
}
