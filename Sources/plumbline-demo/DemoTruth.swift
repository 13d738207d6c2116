// SPDX-License-Identifier: Apache-2.0
import Checks
import CommandLineSupport
import Evaluation
import Experiments
import Profiles
import Reports
import Retraining
import Simulator

/// What was true beside what was found.
struct DemoTruth {
  let calendar: OperatorCalendar
  let log: DemoLog
  /// What the campaign's data say; nil where there was none.
  let campaign: ExperimentResult?
  /// Retraining jobs, oldest first.
  let jobs: [JobRecord]

  /// What should be found of an incident: checks and subjects, or a kind of row left out.
  enum Expected {
    case checks([(CheckName, String)])
    case issue(String)
  }

  static func expected(_ kind: Incident.Kind) -> Expected {
    switch kind {
    case .priceRise: .checks([(.psi, "monthly_charges")])
    case .competitorOffer:
      .checks([(.recallDecay, "score"), (.recall, "score"), (.auc, "score")])
    case .billingNull: .checks([(.missing, "monthly_charges")])
    case .newTariff: .checks([(.newValues, "tariff"), (.psi, "tariff")])
    case .unitsChanged: .checks([(.outOfRange, "overage"), (.psi, "overage")])
    case .scoreRescaled: .checks([(.calibrationDecay, "score"), (.calibrationLevel, "score")])
    case .regionGrowth: .checks([(.psi, "region")])
    case .duplicatedUpload: .issue("duplicate_prediction")
    case .labelFeedStops, .labelFeedNegative, .labelFeedPositive:
      .checks([(.labelFeed, "outcome")])
    case .codesRenamed: .checks([(.newValues, "contract")])
    case .columnStuck: .checks([(.psi, "data_change")])
    case .logStops: .checks([(.volume, "score")])
    case .churnRises: .checks([(.calibrationDecay, "score"), (.calibrationLevel, "score")])
    case .rankingFades: .checks([(.recallDecay, "score"), (.recall, "score"), (.auc, "score")])
    }
  }

  /// What should be done about an incident.
  static func remedy(_ kind: Incident.Kind) -> Advice.Action {
    switch kind {
    case .billingNull, .unitsChanged, .codesRenamed, .columnStuck, .logStops: .fixData
    case .labelFeedStops, .labelFeedNegative, .labelFeedPositive: .fixLabels
    case .churnRises: .recalibrate
    // Over before a map could prove itself on predictions that came after it.
    case .scoreRescaled: .watch
    case .competitorOffer, .rankingFades: .retrain
    case .priceRise, .newTariff, .regionGrowth, .duplicatedUpload: .nothing
    }
  }

  /// Prints the table, and returns whether everything was found that a check looks for, and no
  /// decay where there was none.
  func compare() -> Bool {
    var rows = [
      ["incident", "from", "truth", "found", "verdict", "on", "in", "advised", "done"]
    ]
    var isRight = true
    for incident in calendar.incidents.sorted(by: { $0.from.dayNumber < $1.from.dayNumber }) {
      var row = [incident.kind.rawValue, incident.from.description, incident.kind.truth]
      switch Self.expected(incident.kind) {
      case .issue(let kind):
        let seen = log.issues[kind]
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
      let done = done(about: incident)
      isRight = isRight && advised == Self.remedy(incident.kind) && done.isRight
      rows.append(row + [advised?.text ?? "another remedy", done.text])
    }
    if let line = calendar.campaign.flatMap(campaignLine) {
      rows.append(line.columns)
      isRight = isRight && line.isRight
    }
    let early = earlyDecays
    rows.append([
      "nothing", calendar.start.description, "no decay before something happens",
      early.isEmpty ? "no decay" : "\(early.count) false", "", "", "", "",
      "\(needless.count) needless jobs",
    ])
    Terminal.write("\n" + Self.table(rows))
    return isRight && early.isEmpty && needless.isEmpty
  }

  /// The first finding of some checks in a window that the incident touches.
  private func discovery(
    of incident: Incident,
    _ checks: [(CheckName, String)]
  ) -> DemoLog.Discovery? {
    let until = incident.until ?? calendar.end
    return log.discoveries.first { discovery in
      guard let from = Instant(incident.from), let end = Instant(until) else { return false }
      let reading = discovery.finding.reading
      guard checks.contains(where: { $0.0 == reading.check && $0.1 == reading.subject }) else {
        return false
      }
      // The label feed is reported when it happens, not by the predictions of the time.
      if reading.check == .labelFeed { return from <= discovery.at }
      return discovery.window.range.to > from && discovery.window.range.from < end
    }
  }

  /// The remedy that an incident asks for, if it was advised while the incident could be seen; for
  /// one that asks for nothing or to be watched that, unless something else was advised because of
  /// what it moved.
  private func advice(on incident: Incident) -> Advice.Action? {
    let remedy = Self.remedy(incident.kind)
    guard let from = Instant(incident.from) else { return nil }
    let later = log.advice.filter { $0.at > from }
    guard case .checks(let checks) = Self.expected(incident.kind) else { return remedy }
    let blamed = later.filter { advised in
      ![.nothing, .watch].contains(advised.advice.action)
        && checks.contains { advised.advice.cause == Advice.Cause($0.0, of: $0.1) }
    }
    if let first = blamed.first, [.nothing, .watch].contains(remedy) { return first.advice.action }
    if remedy == .nothing { return remedy }
    if remedy == .watch { return later.first { $0.advice.action == remedy }?.advice.action }
    return blamed.first { $0.advice.action == remedy }?.advice.action
  }

  /// Decays before anything happened that could cause one.
  private var earlyDecays: [DemoLog.Discovery] {
    let harmful = calendar.incidents.filter { Self.remedy($0.kind) != .nothing }
    let first =
      (harmful.map(\.from)
      + (calendar.campaign.map { [$0.month] } ?? [])).min { $0.dayNumber < $1.dayNumber }
      ?? calendar.end
    // Labels of windows up to a horizon before may be touched.
    let safe = CivilDate(dayNumber: first.dayNumber - SimulatedOperator.horizonDays)
    return log.discoveries.filter { discovery in
      discovery.finding.verdict == .decay
        && discovery.window.range.to <= Instant(safe) ?? discovery.at
    }
  }

  static func date(_ instant: Instant?) -> String {
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

extension DemoTruth {
  /// What was done about an incident, and whether that is what it asks for.
  func done(about incident: Incident) -> (text: String, isRight: Bool) {
    guard let from = Instant(incident.from), case .checks(let checks) = Self.expected(incident.kind)
    else { return ("", true) }
    switch Self.remedy(incident.kind) {
    case .retrain:
      let mine = jobs.filter { $0.remedy == .retrain && $0.madeAt > from }
      let last = mine.last.map(course)
      let isReplaced = mine.contains { job in state(of: job) == ModelVersion.State.champion }
      return (last ?? "nothing", isReplaced)
    case .recalibrate:
      let mine = jobs.filter { $0.remedy == .recalibrate && $0.madeAt > from }
      return (mine.first.map(course) ?? "nothing", !mine.isEmpty)
    case .fixData, .fixLabels, .rollback, .watch, .nothing:
      // The alert on it, which may have been there before.
      let mine = log.alerts.filter { alert in
        checks.contains { $0.0 == alert.check && $0.1 == alert.subject }
      }
      let alert = mine.first { $0.at > from } ?? mine.last
      return (alert.map { "alert \($0.rule), \(Self.date($0.at))" } ?? "", true)
    }
  }

  /// Trainings that no decay asked for.
  var needless: [JobRecord] {
    let asking = { (remedy: Advice.Action) in
      calendar.incidents.filter { Self.remedy($0.kind) == remedy }.compactMap { Instant($0.from) }
    }
    return jobs.filter { job in
      let since = asking(job.remedy.action)
      return !since.contains { $0 < job.madeAt }
    }
  }

  private func state(of job: JobRecord) -> ModelVersion.State? {
    log.versions.last { $0.version.job == job.identifier }?.version.state
  }

  /// A job's course in one phrase.
  private func course(_ job: JobRecord) -> String {
    let last = log.versions.last { $0.version.job == job.identifier }
    let made = job.newVersion.map { ": \($0)" } ?? ", \(job.state.rawValue)"
    let became = last.map { ", \($0.version.state.rawValue) \(Self.date($0.at))" } ?? ""
    return "job \(job.identifier), \(Self.date(job.madeAt))\(made)\(became)"
  }
}

extension RetrainingDecision.Remedy {
  /// The advice that asks for it.
  fileprivate var action: Advice.Action {
    switch self {
    case .retrain: .retrain
    case .recalibrate: .recalibrate
    }
  }
}
