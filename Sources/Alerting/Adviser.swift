// SPDX-License-Identifier: Apache-2.0
package import Findings
package import Profiles

/// Says what to do about a version, from what was found in its newest windows.
///
/// Data that are broken come first, because they explain what looks like decay; then a lost ranking,
/// which only training mends; then scores that lost their meaning, which a map mends. Drift alone asks for
/// nothing: how far data moved says little about how well the model works.
package enum Adviser {
  /// A window's findings.
  package struct Window: Sendable {
    package let range: TimeRange
    package let findings: [Finding]

    package init(range: TimeRange, findings: [Finding]) {
      self.range = range
      // Segments tell where; what to do is asked of the whole.
      self.findings = findings.filter { $0.reading.segment == nil }
    }
  }

  /// Checks that tell a lost ranking, and those that tell scores that lost their meaning.
  private static let ranking: Set<CheckName> = [.recallDecay, .recall, .auc, .aucPR]
  private static let meaning: Set<CheckName> = [
    .calibrationDecay, .calibrationLevel, .calibrationSlope, .ece, .brier, .logLoss, .precision,
    .f1,
    .lift, .accuracy,
  ]

  /// Returns the advice.
  ///
  /// - `windows`: The newest windows and the newest with mature labels.
  /// - `faults`: What was wrong with columns that the model uses, for people.
  /// - `map`: What would put the scores right, where it could be fitted.
  package static func advice(
    _ windows: [Window],
    faults: [String] = [],
    map: RecalibrationMap?
  ) -> Advice {
    if let first = faults.first { return Advice(.mendFeed, first) }
    let newest = windows.map(\.range.to).max()
    let broken = windows.filter { $0.range.to == newest }.flatMap { $0.findings.filter(isBroken) }
    if let first = gravest(broken) {
      return Advice(.mendFeed, "\(subject(first)): \(first.reason)")
    }
    // What decayed while the data were broken is explained by that.
    let sound = windows.filter { !$0.findings.contains(where: isBroken) }.flatMap(\.findings)
    let decays = sound.filter { $0.verdict == .decay }
    let lost = decays.filter { ranking.contains($0.reading.check) }
    let meaningless = decays.filter { meaning.contains($0.reading.check) }
    if let first = gravest(lost) {
      // A threshold on scores that lost their meaning misses churners whom the order still finds.
      let isOrdered =
        sound.contains { $0.reading.check == .auc && $0.verdict == .ok }
        && !lost.contains { $0.reading.check == .auc || $0.reading.check == .aucPR }
      if !isOrdered || meaningless.isEmpty || map == nil {
        return Advice(.retrain, "\(subject(first)): \(first.reason)")
      }
    }
    if let first = gravest(meaningless + lost) {
      guard let map else {
        return Advice(.retrain, "\(subject(first)): \(first.reason); no map could be fitted")
      }
      return Advice(.recalibrate, "\(subject(first)): \(first.reason)", map: map)
    }
    return Advice(.nothing, quiet(windows.flatMap(\.findings)))
  }

  /// Whether a finding says that data are broken, not that the world has changed.
  private static func isBroken(_ finding: Finding) -> Bool {
    guard finding.verdict.isBad else { return false }
    switch finding.reading.check {
    case .missing, .volume, .coverage, .labelFeed: return (finding.severity ?? .info) >= .warning
    // Where a factor explains the shift, its size does not matter.
    case .psi: return finding.reading.unitFactor != nil
    default: return false
    }
  }

  private static func quiet(_ findings: [Finding]) -> String {
    let drifted = Set(findings.filter { $0.verdict == .drift }.map(\.reading.subject)).sorted()
    let waiting = findings.first {
      ($0.reading.check == .recallDecay || $0.reading.check == .recall) && $0.verdict.cannotJudge
    }
    let isJudged = findings.contains {
      ranking.contains($0.reading.check) && $0.verdict == .ok
    }
    if !isJudged {
      return "decay cannot be judged yet" + (waiting.map { ": \($0.reason)" } ?? "")
    }
    return drifted.isEmpty
      ? "nothing in the newest windows has decayed or drifted"
      : "\(drifted.prefix(3).joined(separator: ", ")) drifted, and nothing has decayed"
  }

  private static func gravest(_ findings: [Finding]) -> Finding? {
    findings.max { ($0.severity ?? .info) < ($1.severity ?? .info) }
  }

  private static func subject(_ finding: Finding) -> String {
    "\(finding.reading.check.rawValue) of \(finding.reading.subject)"
  }
}
