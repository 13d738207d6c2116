// SPDX-License-Identifier: Apache-2.0
package import Findings
private import Glibc
import Statistics

/// Fits a map that would put scores right again.
package enum Recalibration {
  /// Returns the map that fits labelled rows best, by maximum likelihood with the scores of one cell at
  /// their mean; nil where there is no such fit.
  ///
  /// - `basis`: What the rows are, for people.
  /// - Complexity: O(cells) for each of a few steps.
  package static func map(_ outcomes: LabelledScores, basis: String) -> RecalibrationMap? {
    let points = outcomes.cells.map { cell in
      let score = min(max(cell.meanScore, 1e-9), 1 - 1e-9)
      return (x: LogitInterval.logit(score), positives: cell.positives, count: cell.count)
    }
    guard outcomes.labelled > 0, let fit = LogisticLine.fit(points), fit.slope > 0 else {
      return nil
    }
    func loss(_ logit: (Double) -> Double) -> Double {
      points.reduce(0) { sum, point in
        let p = min(max(LogitInterval.logistic(logit(point.x)), 1e-12), 1 - 1e-12)
        return sum - point.positives * log(p) - (point.count - point.positives) * log(1 - p)
      }
    }
    let gain = loss { $0 } - loss { fit.intercept + fit.slope * $0 }
    return RecalibrationMap(
      intercept: fit.intercept,
      slope: fit.slope,
      gain: max(0, gain) / Double(outcomes.labelled),
      rows: outcomes.labelled,
      basis: basis
    )
  }
}
