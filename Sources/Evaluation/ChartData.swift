// SPDX-License-Identifier: Apache-2.0
package import Profiles

/// Distributions and reliability, for charts.
package struct ChartData: Sendable, Hashable {
  /// One feature's shares, reference beside window.
  package struct Distribution: Sendable, Hashable {
    package var feature: String
    package var window: TimeRange
    package var labels: [String]
    package var reference: [Double]
    package var current: [Double]

    package init(
      feature: String,
      window: TimeRange,
      labels: [String],
      reference: [Double],
      current: [Double]
    ) {
      self.feature = feature
      self.window = window
      self.labels = labels
      self.reference = reference
      self.current = current
    }
  }

  /// Mean score against observed churn, by decile of the reference's scores.
  package struct Reliability: Sendable, Hashable {
    package struct Point: Sendable, Hashable {
      package var score: Double
      package var observed: Double
      package var lower: Double
      package var upper: Double
      package var count: Int

      package init(score: Double, observed: Double, lower: Double, upper: Double, count: Int) {
        self.score = score
        self.observed = observed
        self.lower = lower
        self.upper = upper
        self.count = count
      }
    }
    package var window: TimeRange
    package var points: [Point]
    package var reference: [Point]

    package init(window: TimeRange, points: [Point], reference: [Point]) {
      self.window = window
      self.points = points
      self.reference = reference
    }
  }

  package var distributions: [Distribution] = []
  package var reliability: Reliability?

  package init() {}
}
