// SPDX-License-Identifier: Apache-2.0
package import Checks
package import Profiles

/// Says what to do about a version, from its alerts and from what was found.
///
/// It ranks by what wrong decisions cost. Labels that are wrong or do not come make everything
/// measured by them meaningless: they come first. Decay that is measured, and that no fault of the
/// data or labels explains, is remedied even while a fault is there. A fault of the data that
/// predictions read comes next; then predictions that are not made; then what only moved, which is
/// watched. What was set aside is said.
package struct Adviser: Sendable {
  /// A window's findings.
  package struct Window: Sendable {
    package let kind: WindowSpec
    package let range: TimeRange
    package let findings: [Finding]

    package init(kind: WindowSpec, range: TimeRange, findings: [Finding]) {
      self.kind = kind
      self.range = range
      // Segments say where; what to do is asked of the whole.
      self.findings = findings.filter { $0.reading.segment == nil }
    }
  }

  /// What is known besides of a version.
  package struct Evidence: Sendable {
    /// What was wrong with columns that the model uses, for people.
    package var issues: [String] = []
    /// What would put the scores right; nil where too little is known.
    package var maps: Maps?
    /// Whether the order of the scores holds since the decay began; nil where too little is known.
    package var order: OrderEvidence?
    /// The version that was in use before, and how the orders compare; nil where there was none, or
    /// too little is known.
    package var predecessor: (version: String, order: OrderEvidence)?
    /// What rose from one bucket to the next, and why.
    package var jumps: [Advice.Cause: Jump] = [:]
    /// How long after its prediction a label is final.
    package var horizon = FixedDuration.zero

    package init() {}
  }

  /// Why a share of rows rose from one bucket to the next.
  package enum Jump: Sendable, Hashable {
    case fault
    /// Customers of another kind came, who differ in these features, most in the first.
    case customers([String])
  }

  /// What is known of maps that put scores right.
  package enum Maps: Sendable, Hashable {
    /// One whose forerunners helped the predictions after them.
    case helpful(RecalibrationMap)
    /// Why there is none.
    case none(String)
  }

  let windows: [Window]
  let concerns: [Concern]
  let evidence: Evidence

  /// An adviser on a version.
  ///
  /// - Parameters:
  ///   - windows: The newest windows of each kind, and the newest with mature labels.
  ///   - alerts: The version's alerts, ended ones too; nil where none are kept, and findings stand
  ///     for them.
  ///   - rules: What the alerts' rules ask.
  ///   - evidence: What is known besides.
  package init(_ windows: [Window], alerts: [Alert]?, rules: [Rule], _ evidence: Evidence) {
    self.windows = windows
    self.evidence = evidence
    let checks = Dictionary(rules.map { ($0.name, $0.condition.check) }) { first, _ in first }
    // In one order, so that of equals the same one is named each time.
    concerns =
      alerts.map { $0.sorted { $0.key < $1.key }.compactMap { Concern($0, checks) } }
      ?? windows.flatMap { window in window.findings.compactMap { Concern($0, window) } }
  }

  // MARK: Concerns

  /// An alert, or where none is kept a bad finding.
  struct Concern {
    let cause: Advice.Cause
    let kind: WindowSpec
    let severity: Severity
    let isFiring: Bool
    /// The predictions that it is about.
    let span: TimeRange
    let window: TimeRange
    /// How far the value lies above the reference's.
    let rise: Double
    let reason: String

    init?(_ alert: Alert, _ checks: [String: CheckName]) {
      guard let check = checks[alert.key.rule], alert.key.segment == nil,
        let since = alert.firingSince
      else { return nil }
      cause = Advice.Cause(check, of: alert.key.subject)
      kind = alert.key.window
      severity = alert.severity
      isFiring = alert.state == .firing
      window = alert.newest.window
      rise = (alert.newest.value ?? 0) - (alert.newest.reference ?? 0)
      reason = alert.newest.reason
      // The window that was bad first began so long before the alert, and the one that ended it
      // holds next to nothing of it.
      let length = FixedDuration(days: alert.key.window == .month ? 31 : alert.key.window.days)
      let from = since.advanced(by: -length).advanced(by: -.day)
      let end =
        isFiring
        ? alert.newest.window.to : alert.settledUntil.map { $0.advanced(by: -length) } ?? since
      guard let span = TimeRange(from: min(from, end), to: end) else { return nil }
      self.span = span
    }

    init?(_ finding: Finding, _ window: Window) {
      guard finding.verdict.isBad, let severity = finding.severity, severity >= .warning else {
        return nil
      }
      cause = Advice.Cause(finding.reading.check, of: finding.reading.subject)
      kind = window.kind
      self.severity = severity
      isFiring = true
      (span, self.window) = (window.range, window.range)
      rise = (finding.reading.value ?? 0) - (finding.reading.reference ?? 0)
      reason = finding.reason
    }

    var definition: CheckDefinition { cause.check.definition }
    var text: String { "\(cause.check.rawValue) of \(cause.subject): \(reason)" }
  }

  /// Alerts of a warning and more that fire.
  var firing: [Concern] {
    concerns.filter { $0.isFiring && $0.severity >= .warning }
  }

  /// Whether the newest buckets still show it: by the shortest kind of window that can say so.
  ///
  /// A longer window holds the bad rows for weeks after the repair.
  func isPresent(_ concern: Concern) -> Bool {
    let newest = windows.filter { window in
      !windows.contains { $0.kind == window.kind && $0.range.to > window.range.to }
    }
    return isBad(concern, in: newest.sorted { $0.kind.days < $1.kind.days })
  }

  /// Whether the newest window with final labels is bad: an alert may wait for a better one.
  private func isStillBad(_ concern: Concern) -> Bool {
    let mine = windows.filter { $0.kind == concern.kind }
    return isBad(concern, in: mine.sorted { $0.range.to > $1.range.to })
  }

  /// Whether the first window that can say something says that it is bad; where none can, the alert
  /// holds.
  private func isBad(_ concern: Concern, in windows: [Window]) -> Bool {
    for window in windows {
      let finding = window.findings.first {
        $0.reading.check == concern.cause.check && $0.reading.subject == concern.cause.subject
      }
      // A window shows an outage that is over.
      if finding?.reading.details.contains(where: { $0.name == LabelFeed.recovered }) ?? false {
        return false
      }
      switch finding?.verdict {
      case .ok: return false
      case .drift, .decay: return true
      // A feed without a row is what its alert is about; a measure without a label says nothing.
      case .noData where concern.definition.symptom == .brokenData: return true
      default: continue
      }
    }
    return true
  }

  // MARK: Advice

  /// Returns the advice.
  package func advice() -> Advice {
    let decays = firing.filter {
      [.lostRanking, .lostMeaning].contains($0.definition.symptom)
    }
    let clean = decays.filter { !isExplained($0) && isStillBad($0) }
    let labels = firing.filter { $0.cause.check == .labelFeed && isPresent($0) }
    let faults = firing.filter { isFault($0) && isPresent($0) }
    let volume = firing.filter { $0.definition.kind == .volume && isPresent($0) }
    let rest = firing.filter { concern in
      !decays.contains { $0.cause == concern.cause }
    }
    if let first = evidence.issues.first {
      return Advice(.fixData, first)
    }
    if let first = worst(labels) {
      return make(.fixLabels, first, aside: faults + decays + volume)
    }
    if let predecessor = evidence.predecessor, predecessor.order.answer == .lost {
      return Advice(
        .rollback,
        "\(predecessor.version) ordered customers better: \(predecessor.order.text)",
        cause: Advice.Cause(.auc, of: Subject.scoreName)
      ).since(nil, setAside: (faults + volume).map(\.text))
    }
    if let advice = remedy(clean, beside: faults + volume) { return advice }
    if let first = worst(faults) {
      return make(.fixData, first, aside: decays + volume)
    }
    if let first = worst(volume) { return make(.fixData, first, aside: decays) }
    return watched(decays.isEmpty ? rest : decays, rest) ?? quiet
  }

  /// What only moved; nil where nothing did.
  private func watched(_ concerns: [Concern], _ rest: [Concern]) -> Advice? {
    func movers(_ concern: Concern) -> [String]? {
      guard case .customers(let names) = evidence.jumps[concern.cause] else { return nil }
      return names
    }
    // What customers of another kind bring with them is named by how they differ.
    guard let first = worst(concerns.filter { movers($0) == nil }) ?? worst(concerns) else {
      return nil
    }
    let aside = rest.filter { $0.cause != first.cause }
    guard let names = movers(first), let most = names.first else {
      return make(.watch, first, aside: aside)
    }
    return Advice(
      .watch,
      "customers of another kind are scored: \(names.prefix(3).joined(separator: ", ")) moved at "
        + "the same time; \(first.text)",
      cause: Advice.Cause(.psi, of: most)
    ).since(first.span.from, setAside: aside.map(\.text))
  }

  /// What remedies a decay that no fault explains; nil where there is none.
  private func remedy(_ decays: [Concern], beside others: [Concern]) -> Advice? {
    let lost = decays.filter { $0.definition.symptom == .lostRanking }
    let meaningless = decays.filter { $0.definition.symptom == .lostMeaning }
    guard let first = worst(lost) ?? worst(meaningless) else { return nil }
    switch evidence.order?.answer {
    case .lost?:
      return Advice(
        .retrain,
        first.definition.symptom == .lostRanking
          ? first.text : "\(evidence.order?.text ?? ""); \(first.text)",
        cause: first.definition.symptom == .lostRanking
          ? first.cause : Advice.Cause(.auc, of: Subject.scoreName)
      ).since(first.span.from, setAside: others.map(\.text))
    case .held?:
      // A threshold on scores that lost their meaning misses churners whom the order still finds.
      let cause = worst(meaningless) ?? first
      switch evidence.maps {
      case .helpful(let map)?: return make(.recalibrate, cause, aside: others, map: map)
      case .none(let why)?: return make(.watch, cause, aside: others, adding: "; \(why)")
      case nil:
        return make(.watch, cause, aside: others, adding: "; too little is known to try a map")
      }
    case .unclear?, nil:
      return make(
        .watch,
        first,
        aside: others,
        adding: evidence.order.map { "; \($0.text)" } ?? "; too few churners are known to say why"
      )
    }
  }

  private func worst(_ concerns: [Concern]) -> Concern? {
    concerns.max {
      ($0.severity, -$0.kind.days, -$0.span.from.microseconds)
        < ($1.severity, -$1.kind.days, -$1.span.from.microseconds)
    }
  }

  private func make(
    _ action: Advice.Action,
    _ concern: Concern,
    aside: [Concern],
    adding addition: String = "",
    map: RecalibrationMap? = nil
  ) -> Advice {
    Advice(
      action,
      concern.text + addition,
      cause: concern.cause,
      map: map
    ).since(concern.span.from, setAside: aside.map(\.text))
  }

  private var quiet: Advice {
    let findings = windows.flatMap(\.findings)
    let drifted = Set(findings.filter { $0.verdict == .drift }.map(\.reading.subject)).sorted()
    let waiting = findings.first {
      ($0.reading.check == .recallDecay || $0.reading.check == .recall) && $0.verdict.cannotJudge
    }
    let isEvaluated = findings.contains {
      $0.reading.check.definition.symptom == .lostRanking && $0.verdict == .ok
    }
    if !isEvaluated {
      var advice = Advice(
        .nothing,
        "decay cannot be evaluated yet" + (waiting.map { ": \($0.reason)" } ?? "")
      )
      advice.isBlind = true
      return advice
    }
    return Advice(
      .nothing,
      drifted.isEmpty
        ? "nothing in the newest windows has decayed or drifted"
        : "\(drifted.prefix(3).joined(separator: ", ")) drifted, and nothing has decayed"
    )
  }
}
