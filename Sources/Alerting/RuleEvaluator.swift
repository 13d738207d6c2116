// SPDX-License-Identifier: Apache-2.0
package import Checks
package import Profiles
import Statistics

/// Turns readings into findings by the rules.
///
/// Chance never makes a verdict: the whole interval must lie beyond the rule's level, and PSI must
/// exceed what its law allows at the tolerance. Where only the value lies beyond, the verdict is
/// `inconclusive`.
package struct RuleEvaluator: Sendable {
  package let rules: [Rule]

  package init(rules: [Rule]) { self.rules = rules }

  /// What the rules say of the readings of one window.
  package struct Evaluation: Sendable {
    /// One for each reading: the finding that holds.
    package var findings: [Finding] = []
    /// Every rule's finding on every reading that it matches.
    package var ruleFindings: [Finding] = []
  }

  /// Evaluates the readings of one version and window, segments included.
  ///
  /// Tests are made at the level that the budget leaves them; those of a rule that states `alpha`
  /// so that among its alarms at most that share is expected to be wrong.
  ///
  /// - Complexity: O(readings · rules).
  package func evaluate(
    _ readings: [Reading],
    window: WindowSpec,
    budget: ErrorBudget
  ) -> Evaluation {
    let level = budget.level(tests: testCount(readings, window: window))
    let performance = budget.performanceLevel(
      tests: readings.count { reading in
        reading.check.definition.kind == .performance && reading.interval != nil
          && rules.contains {
            $0.severity >= .warning && $0.condition.matches(reading, window: window)
          }
      }
    )
    let levels = rules.map { rule -> Double in
      if rule.condition.check.definition.kind == .performance { return performance }
      guard let rate = rule.condition.alpha, !rule.condition.check.definition.isDetector else {
        return level
      }
      let p = readings.filter { rule.condition.matches($0, window: window) }.compactMap {
        DistanceThresholdTest.p($0, rule.condition)
      }
      return FalseDiscoveryRate.level(p, rate: rate)
    }
    var thresholds = LawThresholds()
    var evaluation = Evaluation()
    for reading in readings {
      let matching = zip(rules, levels).filter { $0.0.condition.matches(reading, window: window) }
      let ruleFindings = matching.map {
        Self.finding(on: reading, by: $0.0, level: $0.1, &thresholds)
      }
      evaluation.ruleFindings += ruleFindings
      evaluation.findings.append(Self.holding(ruleFindings, by: matching.map(\.0), on: reading))
    }
    return evaluation
  }

  /// How many tests an evaluation makes: readings with a law or a share that a rule matches whose
  /// alarm would be more than information.
  package func testCount(_ readings: [Reading], window: WindowSpec) -> Int {
    readings.count { reading in
      (reading.law != nil || reading.check.definition.isRowShare)
        && rules.contains {
          $0.severity >= .warning && $0.condition.matches(reading, window: window)
        }
    }
  }

  /// Returns the finding on a reading that holds.
  ///
  /// When several rules match a reading, the most severe bad verdict holds; else, of the rules
  /// with the highest severity, the first that could not be evaluated; else the first.
  private static func holding(
    _ ruleFindings: [Finding],
    by rules: [Rule],
    on reading: Reading
  ) -> Finding {
    if let worst = ruleFindings.filter(\.verdict.isBad)
      .max(by: { ($0.severity ?? .info) < ($1.severity ?? .info) })
    {
      return worst
    }
    let highest = rules.map(\.severity).max()
    let weighty = zip(rules, ruleFindings).filter { $0.0.severity == highest }.map(\.1)
    return weighty.first(where: \.verdict.cannotJudge) ?? weighty.first ?? withoutRule(reading)
  }

  private static func withoutRule(_ reading: Reading) -> Finding {
    let verdict: Verdict
    let reason: String
    switch reading.obstacle {
    case .noData(let why)?: (verdict, reason) = (.noData, why)
    case .immature(let why)?: (verdict, reason) = (.immature, why)
    case .confounded(let why)?: (verdict, reason) = (.confounded, why)
    case .noReference(let why)?: (verdict, reason) = (.unjudged, why)
    case nil: (verdict, reason) = (.unjudged, "no rule evaluates it")
    }
    return Finding(
      reading: reading,
      rule: nil,
      threshold: nil,
      verdict: verdict,
      severity: nil,
      reason: reason
    )
  }

  private static func finding(
    on reading: Reading,
    by rule: Rule,
    level: Double,
    _ thresholds: inout LawThresholds
  ) -> Finding {
    if let (verdict, why) = obstacle(reading, rule) {
      return Finding(
        reading: reading,
        rule: rule.name,
        threshold: nil,
        verdict: verdict,
        severity: nil,
        reason: why
      )
    }
    guard let value = reading.value else { return withoutRule(reading) }
    var evaluated = reading
    let outcome: Outcome
    if let detector = reading.detector {
      outcome = DetectorTest(detector).outcome(of: value, reading)
    } else if let law = reading.law, case .above(let tolerance) = rule.condition.test {
      outcome = DistanceThresholdTest(tolerance: tolerance, alpha: level)
        .outcome(of: value, under: law, &evaluated, &thresholds)
    } else {
      outcome = LevelTest(rule.condition.test, reading, level: level).outcome(of: value)
    }
    let verdict: Verdict =
      switch outcome.answer {
      case .beyond: reading.check.definition.badVerdict
      case .unclear: .inconclusive
      case .weakReference: .referenceLimited
      case .within: .ok
      }
    return Finding(
      reading: evaluated,
      rule: rule.name,
      threshold: outcome.threshold,
      verdict: verdict,
      severity: verdict.isBad ? rule.severity : nil,
      reason: verdict.isBad
        ? (rule.summary.map { Placeholders(evaluated, threshold: outcome.threshold).fill($0) }
          ?? outcome.reason)
          + (reading.note.map { "; \($0)" } ?? "")
        : outcome.reason + (reading.note.map { "; \($0)" } ?? "")
    )
  }

  private static func obstacle(_ reading: Reading, _ rule: Rule) -> (Verdict, String)? {
    switch reading.obstacle {
    case .noData(let why)?: return (.noData, why)
    case .noReference(let why)?: return (.noReference, why)
    case .immature(let why)?: return (.immature, why)
    case .confounded(let why)?: return (.confounded, why)
    case nil: break
    }
    let least = rule.condition.minimumSample
    guard reading.sample.current < least else { return nil }
    return (
      .inconclusive, "\(reading.sample.current) rows; the rule \(rule.name) asks for \(least)"
    )
  }
}

/// What a rule's test says of a value.
struct Outcome {
  enum Answer { case beyond, unclear, weakReference, within }

  let answer: Answer
  let threshold: Double
  let reason: String
}
