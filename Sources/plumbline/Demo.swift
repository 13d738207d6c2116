// SPDX-License-Identifier: Apache-2.0
import Alerting
import Findings
import Foundation
import Monitor
import OperatorTables
import Profiles
import Reports
import Retraining
import Settings
import Simulator

/// Runs the monitor over a simulated operator's months as they pass, and compares what it said with
/// what was true.
struct Demo {
  let calendar: OperatorCalendar
  let monitor: Monitor
  let model: ModelSettings
  /// Works on retraining jobs.
  let worker: JobWorker
  /// Where trained models are.
  let models: URL

  /// The configuration for an operator's tables; the reference is its first three months.
  ///
  /// - `trainer`: The command that trains.
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
        reference: { from: \(calendar.start), to: \(calendar.start.firstOfMonth(plus: 3)) }
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

  /// What a check first said of something, and when.
  struct Discovery {
    let at: Instant
    let window: WindowReport
    let finding: Finding
  }

  /// What a check advised, where it was something else than the check before.
  struct Advised {
    let at: Instant
    let advice: Advice
  }

  /// What was seen by the checks.
  struct Diary {
    var discoveries: [Discovery] = []
    /// In order of time.
    var advice: [Advised] = []
    /// Kinds of rows that were left out, with the first check that saw them.
    var faults: [String: Instant] = [:]
    /// Alerts that began to fire, in order of time.
    var alerts: [(rule: String, check: CheckName?, subject: String, at: Instant)] = []
    /// What became of versions, in order of time.
    var versions: [(at: Instant, version: ModelVersion)] = []
    var predictions = 0
    /// What the campaign really changed.
    var campaign = CampaignTruth()
    /// Versions that score because a job has made them.
    var adopted: Set<String> = []
    /// What was told already.
    fileprivate var known: Set<String> = []
  }

  /// Lets the operator's months pass, checks every Monday after the reference with what is there by
  /// then, and tells each check's news.
  func live(_ tables: OperatorTables) async throws -> Diary {
    var simulated = try await tables.begin(calendar, isIndexed: true)
    var diary = Diary()
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
          diary.predictions += try await tables.storePredictions(simulated, days: scored)
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
          var news = try await look(now, inCharge: simulated.inCharge, &diary)
          news += try await follow(&simulated, now, &diary)
          tell(news, now)
        }
      }
      if month < calendar.months { try await tables.endMonth(simulated) }
      try await tables.analyze()
    }
    Terminal.bar("", nil)
    try await tables.storeTruth(simulated)
    diary.campaign = simulated.campaignTruth
    return diary
  }

  /// Makes a check, notes what is new and returns it in words.
  private func look(
    _ now: Instant,
    inCharge: String,
    _ diary: inout Diary
  ) async throws -> [String] {
    let reports = try await monitor.check(model, asOf: now, now: now)
    for fault in reports.flatMap(\.faults) where diary.faults[fault.kind] == nil {
      diary.faults[fault.kind] = now
    }
    var news: [String] = []
    let mine = reports.filter { $0.version == inCharge }
    if let advice = mine.first?.advice,
      advice.action != diary.advice.last?.advice.action
        || advice.reason != diary.advice.last?.advice.reason
    {
      if advice.action != diary.advice.last?.advice.action {
        news.append("  advice: \(advice.action.words). \(advice.reason)")
      }
      diary.advice.append(Advised(at: now, advice: advice))
    }
    for window in mine.flatMap(\.windows) {
      for finding in window.findings where finding.verdict.isBad {
        let name = "\(finding.reading.check.rawValue) \(finding.reading.subject)"
        guard diary.known.insert("\(name) \(window.range.from)").inserted else { continue }
        diary.discoveries.append(Discovery(at: now, window: window, finding: finding))
        guard Self.matters(finding), diary.known.insert(name).inserted else { continue }
        news.append("  \(finding.verdict.rawValue): \(name). \(finding.reason)")
      }
    }
    for alert in mine.flatMap(\.alerts) where alert.state == "firing" && alert.since == now {
      let check = monitor.rule(alert.rule)?.condition.check
      diary.alerts.append((alert.rule, check, alert.subject, now))
    }
    return news
  }

  private func tell(_ news: [String], _ now: Instant) {
    guard !news.isEmpty else { return }
    Terminal.bar("", nil)
    Terminal.write("\(now.description.prefix(10))\n" + news.joined(separator: "\n") + "\n")
  }

  private static func matters(_ finding: Finding) -> Bool {
    (finding.severity ?? .info) >= .warning
  }
}
