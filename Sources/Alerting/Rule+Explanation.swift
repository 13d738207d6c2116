// SPDX-License-Identifier: Apache-2.0
import Checks
import Profiles

extension Rule {
  /// What the rule does, in sentences for people.
  package var sentences: [String] {
    let condition = condition
    let subjects = condition.subjects?.joined(separator: ", ") ?? "every subject"
    let segments =
      switch condition.segment {
      case nil: "all rows together"
      case "*": "every level of every segment"
      case let segment?: "segment \(segment)"
      }
    let kind = condition.window.map { "windows of \($0)" } ?? "every kind of window"
    var sentences = [
      "evaluates \(condition.check.rawValue) of \(subjects), \(segments), \(kind)",
      "bad when \(condition.test.text)\(evidence)",
    ]
    if condition.minimumSample > 0 {
      sentences.append("inconclusive with a sample below \(condition.minimumSample)")
    }
    sentences.append("fires after \(policy.hold)" + ending)
    if policy.noData == .fire { sentences.append("fires too when there are no data") }
    if !policy.inhibitors.isEmpty {
      sentences.append("does not begin while \(policy.inhibitors.joined(separator: " or ")) fires")
    }
    let actions = AlertPolicy.Action.allCases.filter(self.actions.contains).map(\.rawValue)
    sentences.append(
      "then: " + (actions.isEmpty ? "recorded only" : actions.joined(separator: ", "))
    )
    return sentences
  }

  private var evidence: String {
    if condition.check.definition.isDetector {
      let alpha = NumberText.text(condition.alpha ?? 0.05)
      return ", as a detector that remembers has found with α = \(alpha)"
    }
    if let alpha = condition.alpha {
      return ", with a false discovery rate of \(NumberText.text(alpha))"
    }
    return ", with chance granted"
  }

  private var ending: String {
    let level =
      condition.resolution.map { "when no longer \($0.text)" } ?? "when the verdict is ok"
    let hold =
      policy.keepFiringFor > .zero ? ", not before \(policy.keepFiringFor) have passed" : ""
    return "; resolves \(level)\(hold)"
  }
}

extension Condition.Test {
  /// `above 0.25`, `lower than the reference by 5 %`.
  var text: String {
    switch self {
    case .above(let level): "above \(NumberText.text(level))"
    case .below(let level): "below \(NumberText.text(level))"
    case .drop(let amount): "lower than the reference by more than \(amount.text)"
    case .rise(let amount): "higher than the reference by more than \(amount.text)"
    case .change(let amount): "away from the reference by more than \(amount.text)"
    }
  }
}

extension Condition.Amount {
  var text: String {
    switch self {
    case .absolute(let amount): NumberText.text(amount)
    case .relative(let share): "\(NumberText.text(100 * share)) % of it"
    }
  }
}
