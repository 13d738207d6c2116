// SPDX-License-Identifier: Apache-2.0
package import Checks
package import Profiles

/// Says what to do about a version, from what was found in its newest windows.
///
/// Data that are broken come first, because they explain what looks like decay; then a lost
/// ranking, which only training repairs; then scores that lost their meaning, which a map puts
/// right. Drift alone asks for nothing: how far data moved says little about how well the model
/// works.
package enum Adviser {
  /// A window's findings.
  package struct Window: Sendable {
    package let range: TimeRange
    package let findings: [Finding]

    package init(range: TimeRange, findings: [Finding]) {
      self.range = range
      // Segments say where; what to do is asked of the whole.
      self.findings = findings.filter { $0.reading.segment == nil }
    }
  }

  /// Returns the advice.
  ///
  /// - `windows`: The newest windows and the newest with mature labels.
  /// - `issues`: What was wrong with columns that the model uses, for people.
  /// - `map`: What would put the scores right, where it could be fitted.
  package static func advice(
    _ windows: [Window],
    issues: [String] = [],
    map: RecalibrationMap?
  ) -> Advice {
    if let first = issues.first { return Advice(.fixData, first) }
    let newest = windows.map(\.range.to).max()
    let broken = windows.filter { $0.range.to == newest }.flatMap { $0.findings.filter(isBroken) }
    if let first = mostSevere(broken) {
      return advice(.fixData, because: first)
    }
    // What decayed while the data were broken is explained by that.
    let sound = windows.filter { !$0.findings.contains(where: isBroken) }.flatMap(\.findings)
    let decays = sound.filter { $0.verdict == .decay }
    let lost = decays.filter { symptom($0) == .lostRanking }
    let meaningless = decays.filter { symptom($0) == .lostMeaning }
    if let first = mostSevere(lost) {
      // A threshold on scores that lost their meaning misses churners whom the order still finds.
      let isOrdered =
        sound.contains { $0.reading.check == .auc && $0.verdict == .ok }
        && !lost.contains { $0.reading.check == .auc || $0.reading.check == .aucPR }
      if !isOrdered || meaningless.isEmpty || map == nil {
        return advice(.retrain, because: first)
      }
    }
    if let first = mostSevere(meaningless + lost) {
      guard let map else {
        return advice(.retrain, because: first, adding: "; no map could be fitted")
      }
      return advice(.recalibrate, because: first, map: map)
    }
    return Advice(.nothing, quiet(windows.flatMap(\.findings)))
  }

  /// Whether a finding says that data are broken, not that the world has changed.
  private static func isBroken(_ finding: Finding) -> Bool {
    guard finding.verdict.isBad else { return false }
    // Where a factor of the unit explains the shift, its size does not matter.
    if finding.reading.unitFactor != nil { return true }
    return symptom(finding) == .brokenData && (finding.severity ?? .info) >= .warning
  }

  private static func symptom(_ finding: Finding) -> CheckDefinition.Symptom? {
    finding.reading.check.definition.symptom
  }

  private static func quiet(_ findings: [Finding]) -> String {
    let drifted = Set(findings.filter { $0.verdict == .drift }.map(\.reading.subject)).sorted()
    let waiting = findings.first {
      ($0.reading.check == .recallDecay || $0.reading.check == .recall) && $0.verdict.cannotJudge
    }
    let isEvaluated = findings.contains {
      symptom($0) == .lostRanking && $0.verdict == .ok
    }
    if !isEvaluated {
      return "decay cannot be evaluated yet" + (waiting.map { ": \($0.reason)" } ?? "")
    }
    return drifted.isEmpty
      ? "nothing in the newest windows has decayed or drifted"
      : "\(drifted.prefix(3).joined(separator: ", ")) drifted, and nothing has decayed"
  }

  private static func mostSevere(_ findings: [Finding]) -> Finding? {
    findings.max { ($0.severity ?? .info) < ($1.severity ?? .info) }
  }

  /// The advice that rests on a finding.
  private static func advice(
    _ action: Advice.Action,
    because finding: Finding,
    adding addition: String = "",
    map: RecalibrationMap? = nil
  ) -> Advice {
    let (check, subject) = (finding.reading.check, finding.reading.subject)
    return Advice(
      action,
      "\(check.rawValue) of \(subject): \(finding.reason)\(addition)",
      cause: Advice.Cause(check, of: subject),
      map: map
    )
  }
}
