// SPDX-License-Identifier: Apache-2.0
import Checks
package import Profiles

extension Rule {
  /// All that a rule says, without where it stands: its file, line and group may change.
  package var identity: StoredIdentity {
    StoredIdentity(
      version: 1,
      [
        "name": .text(name),
        "check": .text(condition.check.rawValue),
        "subjects": .list(condition.subjects.map { $0.map { .text($0) } }),
        "segment": .text(condition.segment),
        "window": .window(condition.window),
        "test": condition.test.identity,
        "resolution": condition.resolution.map(\.identity) ?? .text(nil),
        "alpha": .number(condition.alpha),
        "min_sample": .integer(condition.minimumSample),
        "severity": .text(severity.rawValue),
        "summary": .text(summary),
        "for": policy.hold.identity,
        "keep_firing_for": .duration(policy.keepFiringFor),
        "no_data": .text(policy.noData.rawValue),
        "inhibited_by": .list(policy.inhibitors.map { .text($0) }),
        "then": .list(policy.actions.map { $0.map(\.rawValue).sorted().map { .text($0) } }),
        "labels": .pairs(policy.labels),
        "annotations": .pairs(policy.annotations),
      ]
    )
  }
}

extension Condition.Test {
  fileprivate var identity: StoredIdentity.Value {
    switch self {
    case .above(let level): .list([.text("above"), .number(level)])
    case .below(let level): .list([.text("below"), .number(level)])
    case .drop(let amount): .list([.text("drop"), amount.identity])
    case .rise(let amount): .list([.text("rise"), amount.identity])
    case .change(let amount): .list([.text("change"), amount.identity])
    }
  }
}

extension Condition.Amount {
  fileprivate var identity: StoredIdentity.Value {
    switch self {
    case .absolute(let amount): .list([.text("absolute"), .number(amount)])
    case .relative(let share): .list([.text("relative"), .number(share)])
    }
  }
}

extension AlertPolicy.HoldCondition {
  fileprivate var identity: StoredIdentity.Value {
    switch self {
    case .windows(let bad, let all): .list([.text("windows"), .integer(bad), .integer(all)])
    case .duration(let duration): .list([.text("duration"), .duration(duration)])
    }
  }
}

extension StoredIdentity.Value {
  /// Texts by name, in order of the names.
  fileprivate static func pairs(_ texts: [String: String]) -> Self {
    .list(texts.sorted { $0.key < $1.key }.map { .list([.text($0.key), .text($0.value)]) })
  }
}
