// SPDX-License-Identifier: Apache-2.0
package import Alerting
import Checks
import Profiles

extension AlertView {
  /// What an evaluation saw, for alerts.
  package init(_ evaluations: [VersionEvaluation], of history: ModelHistory, rules: [Rule]) {
    self.init()
    let byName = Dictionary(rules.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    for kind in history.plan.windows {
      let last = history.plan.grid.lastWindow(kind, endingBy: history.closed)
      inUse[kind] = last.map(history.activity.versionsInUse) ?? []
    }
    for evaluation in evaluations {
      for window in evaluation.windows {
        add(
          window.ruleFindings,
          by: byName,
          version: evaluation.version,
          kind: window.kind,
          range: window.range
        )
      }
    }
  }
}
