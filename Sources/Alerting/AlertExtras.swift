// SPDX-License-Identifier: Apache-2.0

/// What a rule adds to an alert's notices, and what follows when the alert fires.
package struct AlertExtras: Sendable, Hashable {
  package let labels: [String: String]
  /// With placeholders.
  package let annotations: [String: String]
  package let actions: Set<AlertPolicy.Action>

  package init(
    labels: [String: String] = [:],
    annotations: [String: String] = [:],
    actions: Set<AlertPolicy.Action> = []
  ) {
    self.labels = labels
    self.annotations = annotations
    self.actions = actions
  }

  package init(_ rule: Rule) {
    self.init(
      labels: rule.policy.labels,
      annotations: rule.policy.annotations,
      actions: rule.actions
    )
  }

  package var notifies: Bool { actions.contains(.notify) }
  package var retrains: Bool { actions.contains(.retrain) }
}
