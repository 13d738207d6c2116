// SPDX-License-Identifier: Apache-2.0
private import Glibc
import Profiles
import Statistics

/// Fits a map that would put scores right again.
package enum Recalibration {
  /// Returns the map that fits labelled rows best, by maximum likelihood with the scores of one bin
  /// at their mean; nil where there is no such fit.
  ///
  /// - `basis`: What the rows are, for people.
  /// - Complexity: O(bins) for each of a few steps.
  package static func map(_ outcomes: LabelledScores, basis: String) -> RecalibrationMap? {
    let points = outcomes.bins.map { bin in
      let score = min(max(bin.meanScore, 1e-9), 1 - 1e-9)
      return LogisticLine.Point(
        x: LogitInterval.logit(score),
        positives: bin.positives,
        count: bin.count
      )
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

  /// Returns the map that a shift against the reference's own map asks for: the reference's line of
  /// log odds on score, moved by a level and spread around its mean.
  ///
  /// - `reference`: Labelled rows; where they allow no line the scores are taken as they are.
  /// - `shift`: The level, and the slope around the mean log odds, by which log odds have moved;
  ///   the gain in nats a prediction, and the predictions behind it.
  package static func map(
    _ reference: LabelledScores?,
    shift: (level: Double, slope: Double, gain: Double, rows: Int),
    basis: String
  ) -> RecalibrationMap? {
    let own = reference.flatMap { $0.profile.isMature ? map($0, basis: "") : nil }
    let (intercept, slope) = (own?.intercept ?? 0, own?.slope ?? 1)
    guard let reference, reference.profile.predictions > 0, shift.slope > -1 else { return nil }
    var (sum, rows) = (0.0, 0.0)
    for bin in reference.bins {
      let score = min(max(bin.meanScore, 1e-9), 1 - 1e-9)
      sum += bin.count * (intercept + slope * LogitInterval.logit(score))
      rows += bin.count
    }
    let mean = rows > 0 ? sum / rows : 0
    return RecalibrationMap(
      intercept: (1 + shift.slope) * intercept + shift.level - shift.slope * mean,
      slope: (1 + shift.slope) * slope,
      gain: shift.gain,
      rows: shift.rows,
      basis: basis
    )
  }
}
