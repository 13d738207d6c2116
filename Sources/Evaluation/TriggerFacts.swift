// SPDX-License-Identifier: Apache-2.0
package import Alerting
import Checks
package import Profiles

/// What retraining needs to know of an alert that asks for it.
package struct TriggerFacts: Sendable {
  private let plan: EvaluationPlan
  private let evaluation: VersionEvaluation
  private let checks: [String: CheckName]

  /// Facts of alerts of one version, from its newest evaluation.
  package init(_ plan: EvaluationPlan, _ evaluation: VersionEvaluation, rules: [Rule]) {
    self.plan = plan
    self.evaluation = evaluation
    checks = Dictionary(
      rules.map { ($0.name, $0.condition.check) },
      uniquingKeysWith: { first, _ in first }
    )
  }

  /// The first predictions that an alert is about: where a detector knows when the decay began,
  /// then; else those of the newest window whose labels were final when the alert began to fire.
  package func onset(_ alert: Alert) -> Instant? {
    let key = alert.key
    let known = evaluation.windows.flatMap(\.findings).compactMap { finding -> Instant? in
      let reading = finding.reading
      guard reading.check == checks[key.rule], reading.segment == key.segment,
        let alarm = reading.detector?.alarm
      else { return nil }
      return alarm.until == nil ? alarm.since : nil
    }
    if let first = known.min() { return first }
    guard let horizon = plan.horizon, let firing = alert.firingSince else { return nil }
    let mature = firing.advanced(by: -horizon).advanced(by: -plan.lateness)
    return plan.grid.lastWindow(key.window, endingBy: mature)?.from
  }

  /// Churners a month whom the version misses more than the reference did, by an alert on recall.
  package func missedPerMonth(_ alert: Alert) -> Double? {
    let check = checks[alert.key.rule]
    guard check == .recall || check == .recallDecay, let value = alert.newest.value,
      let reference = alert.newest.reference
    else { return nil }
    let window = alert.newest.window
    let days = FixedDuration(microseconds: window.to.microseconds - window.from.microseconds).days
    guard days > 0 else { return nil }
    return max(0, reference - value) * Double(alert.newest.sample) * 30.4 / days
  }
}
