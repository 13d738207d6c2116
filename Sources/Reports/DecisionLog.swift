// SPDX-License-Identifier: Apache-2.0
package import Experiments
package import Profiles

/// What was decided about a campaign, and whether its report is the one of then.
package struct DecisionLog: Sendable {
  /// Oldest first.
  package let decisions: [RecordedDecision]
  /// The moment of the decision with which the report was frozen; nil where the report is of now.
  package let frozenAt: Instant?

  package init(_ decisions: [RecordedDecision] = [], frozenAt: Instant? = nil) {
    self.decisions = decisions
    self.frozenAt = frozenAt
  }

  /// Whether the report is the one of a decision.
  func isFrozen(by decision: RecordedDecision) -> Bool { decision.at == frozenAt }
}

extension RecordedDecision {
  /// A line for people.
  var line: String {
    let names = [author, secondAuthor].compactMap(\.self).joined(separator: " and ")
    return "\(at.description.prefix(10)): \(kind.rawValue), by \(names); the verdict was "
      + "\(verdict). \(reason)"
  }
}
