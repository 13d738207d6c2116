// SPDX-License-Identifier: Apache-2.0
package import Checks
package import Profiles

/// A condition on readings, with what it means when it holds.
package struct Rule: Sendable {
  /// The alert's name.
  package var name: String
  package var group: String
  package var condition: Condition
  package var severity: Severity
  /// A sentence for people with `{{value}}`, `{{reference}}`, `{{sample}}`, `{{subject}}` and
  /// `{{threshold}}`; nil for the evaluator's own sentence.
  package var summary: String?
  /// When bad verdicts make an alert, and what follows.
  package var policy = AlertPolicy()

  /// What follows a firing alert: what the rule says, else a notice of all that is more than
  /// information.
  package var actions: Set<AlertPolicy.Action> {
    policy.actions ?? (severity > .info ? [.notify] : [])
  }
}

/// Which readings a rule matches, and what it asks of them.
package struct Condition: Sendable {
  /// An amount of change.
  package enum Amount: Sendable, Hashable {
    case absolute(Double)
    /// A share of the reference's value.
    case relative(Double)

    package func of(_ reference: Double) -> Double {
      switch self {
      case .absolute(let amount): amount
      case .relative(let share): share * abs(reference)
      }
    }

    /// Whether it is never more than another amount of the same kind.
    func isAtMost(_ other: Amount) -> Bool {
      switch (self, other) {
      case (.absolute(let mine), .absolute(let theirs)),
        (.relative(let mine), .relative(let theirs)):
        mine <= theirs
      default: false
      }
    }
  }

  /// What must be so for the verdict to be bad.
  package enum Test: Sendable, Hashable {
    /// The value lies beyond a level. For PSI the level is a tolerance: the true index exceeds it.
    case above(Double)
    case below(Double)
    /// The value has moved from the reference's by more than an amount.
    case drop(Amount)
    case rise(Amount)
    case change(Amount)
  }

  package var check: CheckName
  /// Subjects that match; nil for all.
  package var subjects: [String]?
  /// `nil` evaluates all rows together; `*` each segment; `column=*` or `column=level` some.
  package var segment: String?
  /// The kind of window; nil for every kind.
  package var window: WindowSpec?
  package var test: Test
  /// How far back a value must come before an alert may resolve; nil for where the verdict is no
  /// longer bad.
  package var resolution: Test?
  /// How often a rule may be wrong; nil leaves it to the budget of false alerts.
  ///
  /// For checks with a sampling law the share of false alarms among those of one evaluation;
  /// for detectors the chance of ever giving one in a quiet stretch.
  package var alpha: Double?
  package var minimumSample: Int
}

extension Condition {
  package func matches(_ reading: Reading, window: WindowSpec) -> Bool {
    reading.check == check
      && (subjects.map { $0.contains(reading.subject) } ?? true)
      && (self.window.map { $0 == window } ?? true)
      && matches(segment: reading.segment)
  }

  /// Whether an alert is still one of those that the rule may make.
  func covers(_ key: AlertKey) -> Bool {
    (subjects.map { $0.contains(key.subject) } ?? true) && (window.map { $0 == key.window } ?? true)
      && matches(segment: key.segment)
  }

  /// Whether the rule matches a segment's level, such as `region=North`.
  package func covers(segment level: String) -> Bool { matches(segment: level) }

  private func matches(segment level: String?) -> Bool {
    guard let segment else { return level == nil }
    guard let level else { return false }
    return segment == "*" || segment == level
      || (segment.hasSuffix("=*") && level.hasPrefix(segment.dropLast()))
  }
}

extension Condition.Test {
  /// Whether a value lies beyond the test's limit, with nothing granted to chance.
  func isBeyond(_ value: Double, _ reference: Double?) -> Bool {
    let change = value - (reference ?? 0)
    return switch self {
    case .above(let level): value >= level
    case .below(let level): value <= level
    case .drop(let amount): -change >= amount.of(reference ?? 0)
    case .rise(let amount): change >= amount.of(reference ?? 0)
    case .change(let amount): abs(change) >= amount.of(reference ?? 0)
    }
  }
}

extension Condition.Test {
  /// The value at which the test's limit lies.
  func limit(_ reference: Double?) -> Double {
    let reference = reference ?? 0
    return switch self {
    case .above(let level), .below(let level): level
    case .drop(let amount): reference - amount.of(reference)
    case .rise(let amount), .change(let amount): reference + amount.of(reference)
    }
  }
}

extension Condition.Test {
  /// Whether the test compares with a level, not with the reference.
  var isLevel: Bool {
    switch self {
    case .above, .below: true
    case .drop, .rise, .change: false
    }
  }
}
