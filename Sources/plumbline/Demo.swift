// SPDX-License-Identifier: Apache-2.0
import Experiments
import Findings
import Monitor
import OperatorTables
import Profiles
import Reports
import Settings
import Simulator

/// Runs the monitor over a simulated operator's months as they pass, and compares what it said with
/// what was true.
struct Demo {
  let calendar: OperatorCalendar
  let monitor: Monitor
  let model: ModelSettings

  /// The configuration for an operator's tables; the reference is its first three months.
  static func configuration(_ calendar: OperatorCalendar) -> String {
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
    """ + (calendar.campaign.map(experiment) ?? "")
  }

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
    var predictions = 0
    /// What the campaign really changed.
    var campaign = CampaignTruth()
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
        if isMonday, month >= 3 { try await look(now, &diary) }
      }
      if month < calendar.months { try await tables.endMonth(simulated) }
      try await tables.analyze()
    }
    Terminal.bar("", nil)
    try await tables.storeTruth(simulated)
    diary.campaign = simulated.campaignTruth
    return diary
  }

  /// Makes a check and notes what is new.
  private func look(_ now: Instant, _ diary: inout Diary) async throws {
    let reports = try await monitor.check(model, asOf: now, now: now)
    for fault in reports.flatMap(\.faults) where diary.faults[fault.kind] == nil {
      diary.faults[fault.kind] = now
    }
    var news: [String] = []
    if let advice = reports.first(where: { $0.version == SimulatedOperator.champion })?.advice,
      advice.action != diary.advice.last?.advice.action
        || advice.reason != diary.advice.last?.advice.reason
    {
      if advice.action != diary.advice.last?.advice.action {
        news.append("  advice: \(advice.action.words). \(advice.reason)")
      }
      diary.advice.append(Advised(at: now, advice: advice))
    }
    for window in reports.filter({ $0.version == SimulatedOperator.champion }).flatMap(\.windows) {
      for finding in window.findings where finding.verdict.isBad {
        let name = "\(finding.reading.check.rawValue) \(finding.reading.subject)"
        guard diary.known.insert("\(name) \(window.range.from)").inserted else { continue }
        diary.discoveries.append(Discovery(at: now, window: window, finding: finding))
        guard Self.matters(finding), diary.known.insert(name).inserted else { continue }
        news.append("  \(finding.verdict.rawValue): \(name). \(finding.reason)")
      }
    }
    guard !news.isEmpty else { return }
    Terminal.bar("", nil)
    Terminal.write("\(now.description.prefix(10))\n" + news.joined(separator: "\n") + "\n")
  }

  private static func matters(_ finding: Finding) -> Bool {
    (finding.severity ?? .info) >= .warning
  }
}

/// What was true beside what was found.
struct DemoTruth {
  let calendar: OperatorCalendar
  let diary: Demo.Diary
  /// What the campaign's data say; nil where there was none.
  let campaign: ExperimentResult?

  /// What should be found of an incident: checks and subjects, or a kind of row left out.
  private enum Expected {
    case checks([(CheckName, String)])
    case fault(String)
  }

  private static func expected(_ kind: Incident.Kind) -> Expected {
    switch kind {
    case .priceRise: .checks([(.psi, "monthly_charges")])
    case .competitorOffer:
      .checks([(.recallDecay, "score"), (.recall, "score"), (.auc, "score")])
    case .billingNull: .checks([(.missing, "monthly_charges")])
    case .newTariff: .checks([(.newValues, "tariff"), (.psi, "tariff")])
    case .unitsChanged: .checks([(.outOfRange, "overage"), (.psi, "overage")])
    case .scoreRescaled: .checks([(.calibrationDecay, "score"), (.calibrationLevel, "score")])
    case .regionGrowth: .checks([(.psi, "region")])
    case .duplicatedUpload: .fault("duplicate_prediction")
    case .labelFeedStops, .labelFeedNegative: .checks([(.labelFeed, "outcome")])
    }
  }

  /// What should be done about an incident.
  private static func remedy(_ kind: Incident.Kind) -> Advice.Action {
    switch kind {
    case .billingNull, .unitsChanged, .labelFeedStops, .labelFeedNegative: .mendFeed
    case .scoreRescaled: .recalibrate
    case .competitorOffer: .retrain
    case .priceRise, .newTariff, .regionGrowth, .duplicatedUpload: .nothing
    }
  }

  /// Prints the table, and returns whether everything was found that a check looks for, and no decay
  /// where there was none.
  func compare() -> Bool {
    var rows = [["incident", "from", "truth", "found", "verdict", "on", "in", "advised"]]
    var isRight = true
    for incident in calendar.incidents.sorted(by: { $0.from.dayNumber < $1.from.dayNumber }) {
      var row = [incident.kind.rawValue, incident.from.description, incident.kind.truth]
      switch Self.expected(incident.kind) {
      case .fault(let kind):
        let seen = diary.faults[kind]
        row += [seen == nil ? "no" : kind, "", Self.date(seen), ""]
        isRight = isRight && seen != nil
      case .checks(let checks):
        let found = discovery(of: incident, checks)
        isRight = isRight && found != nil
        row += [
          found.map { "\($0.finding.reading.check.rawValue) \($0.finding.reading.subject)" }
            ?? "no",
          found?.finding.verdict.rawValue ?? "", Self.date(found?.at),
          found.map { String($0.window.range.from.description.prefix(7)) } ?? "",
        ]
      }
      let advised = advice(on: incident)
      isRight = isRight && advised == Self.remedy(incident.kind)
      rows.append(row + [advised?.words ?? "another remedy"])
    }
    if let line = calendar.campaign.flatMap(campaignLine) {
      rows.append(line.cells)
      isRight = isRight && line.isRight
    }
    let early = earlyDecays
    rows.append([
      "nothing", calendar.start.description, "no decay before something happens",
      early.isEmpty ? "no decay" : "\(early.count) false", "", "", "", "",
    ])
    Terminal.write("\n" + Self.table(rows))
    return isRight && early.isEmpty
  }

  /// The first finding of some checks in a window that the incident touches.
  private func discovery(
    of incident: Incident,
    _ checks: [(CheckName, String)]
  ) -> Demo.Discovery? {
    let until = incident.until ?? calendar.end
    return diary.discoveries.first { discovery in
      guard let from = Instant(incident.from), let end = Instant(until) else { return false }
      let reading = discovery.finding.reading
      guard checks.contains(where: { $0.0 == reading.check && $0.1 == reading.subject }) else {
        return false
      }
      // The label feed is told when it happens, not by the predictions of the time.
      if reading.check == .labelFeed { return from <= discovery.at }
      return discovery.window.range.to > from && discovery.window.range.from < end
    }
  }

  /// The remedy that an incident asks for, if it was advised while the incident could be seen; for one that
  /// asks for nothing, nothing, unless something was advised because of what it moved.
  private func advice(on incident: Incident) -> Advice.Action? {
    let remedy = Self.remedy(incident.kind)
    guard let from = Instant(incident.from) else { return nil }
    let later = diary.advice.filter { $0.at > from }
    guard case .checks(let checks) = Self.expected(incident.kind) else { return remedy }
    let blamed = later.filter { advised in
      advised.advice.action != .nothing
        && checks.contains { advised.advice.reason.hasPrefix("\($0.0.rawValue) of \($0.1)") }
    }
    if remedy == .nothing { return blamed.isEmpty ? remedy : blamed.first?.advice.action }
    return blamed.first { $0.advice.action == remedy }?.advice.action
  }

  /// Decays before anything happened that could cause one.
  private var earlyDecays: [Demo.Discovery] {
    let harmful: Set<Incident.Kind> = [
      .competitorOffer, .billingNull, .unitsChanged, .scoreRescaled, .labelFeedStops,
      .labelFeedNegative,
    ]
    let first =
      (calendar.incidents.filter { harmful.contains($0.kind) }.map(\.from)
      + (calendar.campaign.map { [$0.month] } ?? [])).min { $0.dayNumber < $1.dayNumber }
      ?? calendar.end
    // Labels of windows up to a horizon before may be touched.
    let safe = CivilDate(dayNumber: first.dayNumber - SimulatedOperator.horizonDays)
    return diary.discoveries.filter { discovery in
      discovery.finding.verdict == .decay
        && discovery.window.range.to <= Instant(safe) ?? discovery.at
    }
  }

  private static func date(_ instant: Instant?) -> String {
    instant.map { String($0.description.prefix(10)) } ?? ""
  }

  static func table(_ rows: [[String]]) -> String {
    let widths = (rows.first ?? []).indices.map { column in
      rows.map { $0[column].count }.max() ?? 0
    }
    return rows.map { row in
      zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
        .joined(separator: "  ") + "\n"
    }.joined()
  }
}
