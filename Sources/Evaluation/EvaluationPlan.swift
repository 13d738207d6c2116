// SPDX-License-Identifier: Apache-2.0
import Alerting
package import Profiles

/// What an evaluation needs to know of a model's configuration.
package struct EvaluationPlan: Sendable {
  package let model: String
  /// The kinds of window that are watched; the first says which versions are in use.
  package let windows: [WindowSpec]
  package let grid: BucketGrid
  /// How long after its end a bucket closes.
  package let lateness: FixedDuration
  /// How long after its prediction a label is final; nil without outcomes.
  package let horizon: FixedDuration?
  /// The label age at which decay is first evaluated; nil leaves it to the arrival curve.
  package let followUp: FixedDuration?
  /// False alerts of drift a month that are accepted, over all kinds of window together.
  package let falseAlertsPerMonth: Double

  package init(
    model: String,
    windows: [WindowSpec],
    grid: BucketGrid,
    lateness: FixedDuration,
    horizon: FixedDuration?,
    followUp: FixedDuration?,
    falseAlertsPerMonth: Double?
  ) {
    self.model = model
    self.windows = windows
    self.grid = grid
    self.lateness = lateness
    self.horizon = horizon
    self.followUp = followUp
    self.falseAlertsPerMonth = falseAlertsPerMonth ?? ErrorBudget.usual
  }

  package var hasOutcomes: Bool { horizon != nil }

  /// The budget of false alerts of a kind of window.
  func budget(_ kind: WindowSpec) -> ErrorBudget {
    ErrorBudget(
      falseAlertsPerMonth: falseAlertsPerMonth,
      kind,
      bucketsPerDay: grid.bucketsPerDay,
      windowKinds: windows.count
    )
  }

  /// The end of the newest bucket that is closed at a moment.
  package func closed(asOf moment: Instant) -> Instant {
    grid.lastEdge(atOrBefore: moment.advanced(by: -lateness))
  }
}
