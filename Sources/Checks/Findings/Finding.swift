// SPDX-License-Identifier: Apache-2.0

/// What a rule made of a reading.
package enum Verdict: String, Sendable, Hashable, Codable, CaseIterable {
  case ok, drift, decay, inconclusive, immature, confounded
  case noReference = "no_reference"
  case referenceLimited = "reference_limited"
  case noData = "no_data"
  case unjudged

  /// Whether the verdict asks for action.
  package var isBad: Bool { self == .drift || self == .decay }

  /// Whether a rule asked and the data could not answer.
  package var cannotJudge: Bool {
    switch self {
    case .inconclusive, .immature, .confounded, .noReference, .referenceLimited, .noData: true
    case .ok, .drift, .decay, .unjudged: false
    }
  }
}

/// How much a bad verdict matters.
package enum Severity: String, Sendable, Hashable, Codable, CaseIterable, Comparable {
  case info, warning, critical

  package static func < (left: Severity, right: Severity) -> Bool {
    (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
  }
}

/// A reading with the verdict on it and the reason.
package struct Finding: Sendable, Hashable {
  package var reading: Reading
  /// The rule that was applied; nil for `unjudged`.
  package let rule: String?
  /// The value at which the rule would have called it bad.
  package let threshold: Double?
  package let verdict: Verdict
  /// Set for bad verdicts.
  package let severity: Severity?
  /// One sentence for people.
  package let reason: String

  package init(
    reading: Reading,
    rule: String?,
    threshold: Double?,
    verdict: Verdict,
    severity: Severity?,
    reason: String
  ) {
    self.reading = reading
    self.rule = rule
    self.threshold = threshold
    self.verdict = verdict
    self.severity = severity
    self.reason = reason
  }
}
