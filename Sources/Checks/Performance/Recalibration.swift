// SPDX-License-Identifier: Apache-2.0
import Profiles
import Statistics

/// Makes the map that puts scores right again.
package enum Recalibration {
  /// Returns the map that a shift against the reference's own map asks for: the reference's line of
  /// log odds on score, moved by a level and spread around its mean.
  ///
  /// - Parameters:
  ///   - reference: Labelled rows; where they allow no line the scores are taken as they are.
  ///   - shift: The level, and the slope around the mean log odds, by which log odds have moved.
  ///   - gain: What maps made in this way lowered the log loss by, in nats a prediction.
  ///   - rows: The predictions behind the shift.
  ///   - basis: What these are, for people.
  /// - Returns: The map; nil without a reference, or where the shift turns the order round.
  /// - Complexity: O(bins) for each of a few steps.
  package static func map(
    _ reference: LabelledScores?,
    shift: (level: Double, slope: Double),
    gain: Double,
    rows: Int,
    basis: String
  ) -> RecalibrationMap? {
    guard let reference, reference.profile.predictions > 0, shift.slope > -1 else { return nil }
    let own = reference.profile.isMature ? line(reference) : nil
    let (intercept, slope) = (own?.intercept ?? 0, own?.slope ?? 1)
    var (sum, count) = (0.0, 0.0)
    for bin in reference.bins {
      sum += bin.count * (intercept + slope * logit(bin.meanScore))
      count += bin.count
    }
    let mean = count > 0 ? sum / count : 0
    return RecalibrationMap(
      intercept: (1 + shift.slope) * intercept + shift.level - shift.slope * mean,
      slope: (1 + shift.slope) * slope,
      gain: gain,
      rows: rows,
      basis: basis
    )
  }

  /// The line of log odds on score that fits labelled rows best, by maximum likelihood with the
  /// scores of one bin at their mean; nil where there is none that rises.
  private static func line(_ outcomes: LabelledScores) -> LogisticLine? {
    guard outcomes.labelled > 0 else { return nil }
    let fit = LogisticLine.fit(
      outcomes.bins.map { bin in
        LogisticLine.Point(x: logit(bin.meanScore), positives: bin.positives, count: bin.count)
      }
    )
    return fit.flatMap { $0.slope > 0 ? $0 : nil }
  }

  private static func logit(_ score: Double) -> Double {
    LogitInterval.logit(min(max(score, 1e-9), 1 - 1e-9))
  }
}
