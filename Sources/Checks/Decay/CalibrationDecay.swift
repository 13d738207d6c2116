// SPDX-License-Identifier: Apache-2.0
private import Glibc
import Profiles
import Statistics

/// Calibration decay: who turns out to churn, by score and label age, compared with the reference's
/// own map from score to churn.
///
/// A trial is a customer whose label becomes known in a bin of ages, or, where no churn is known
/// only by the horizon, a customer without a label who may become a known churner. Nothing has
/// decayed while the odds are, for each score and age, within a tolerated factor of the
/// reference's, not of what the score promised: real models are never perfect. The alternatives are
/// shifts of level and of slope on the scale of log odds (D. Cox, Biometrika 45, 1958; the mixture
/// after A. Henzi, M. Puke, T. Dimitriadis and J. Ziegel, NEJSDS 2023).
package enum CalibrationDecay {
  /// Shifts of all log odds, and factors by which they spread, beyond what is tolerated.
  private static let levels = [0.15, 0.3, 0.6, 1.0]
  private static let slopes = [0.25, 0.5]
  /// Churners that weigh as much as the product of the two margins when a kind's rate is estimated.
  private static let shrinkage = 10.0

  /// Returns the hypotheses of the detector.
  ///
  /// - `tolerance`: What is tolerated, as a share of the odds: 0.1 for a tenth.
  package static func hypotheses(
    _ rates: ReferenceRates,
    _ layout: TrialLayout,
    tolerance: Double
  ) -> Hypotheses {
    let reference = hazards(rates, layout)
    let churners = Double(max(1, rates.successes.reduce(0, +)))
    let width = Normal.halfWidth(confidence: Confidence.standard)
    let allowance = log1p(tolerance) + width * (rates.dispersion / churners).squareRoot()
    let spread = spread(rates, layout)
    let shifts =
      levels.flatMap { size in [size, -size].map { level in spread.map { _ in level } } }
      + slopes.flatMap { size in [size, -size].map { slope in spread.map { slope * $0 } } }
    return Hypotheses(
      reference: reference,
      alternatives: shifts.map { shift in
        let boundary = reference.indices.map { kind in
          LogOdds.shifted(
            reference[kind],
            by: shift[kind % shift.count] < 0 ? -allowance : allowance
          )
        }
        return Hypotheses.Alternative(
          prior: 1 / Double(shifts.count),
          boundary: boundary,
          rate: boundary.indices.map {
            LogOdds.shifted(boundary[$0], by: shift[$0 % shift.count])
          }
        )
      },
      dispersion: rates.dispersion
    )
  }

  /// How the log odds of churn have moved against the reference's map: by a level, and in
  /// proportion to their distance from the mean.
  package struct Shift: Sendable, Hashable {
    package let level: Double
    package let slope: Double
    /// The log-likelihood gained.
    package let gain: Double
    package let trials: Int
  }

  /// Returns the shift that fits some outcomes best, with the reference's map as offset;
  /// nil where there is no such fit.
  package static func shift(
    _ outcomes: [Hypotheses.Outcome],
    against hypotheses: Hypotheses,
    rates: ReferenceRates,
    layout: TrialLayout
  ) -> Shift? {
    let spread = spread(rates, layout)
    let points = outcomes.map { outcome in
      LogisticLine.Point(
        x: spread[outcome.kind % spread.count],
        positives: Double(outcome.successes),
        count: Double(outcome.trials),
        offset: LogOdds.of(hypotheses.reference[outcome.kind])
      )
    }
    guard let line = LogisticLine.fit(points) else { return nil }
    func likelihood(_ level: Double, _ slope: Double) -> Double {
      points.reduce(0) { sum, point in
        let p = 1 / (1 + exp(-(point.offset + level + slope * point.x)))
        return sum + point.positives * log(p) + (point.count - point.positives) * log(1 - p)
      }
    }
    return Shift(
      level: line.intercept,
      slope: line.slope,
      gain: likelihood(line.intercept, line.slope) - likelihood(0, 0),
      trials: outcomes.reduce(0) { $0 + $1.trials }
    )
  }

  /// The chance to become a known churner by kind: what was counted, drawn towards the product of
  /// bin and band where few churned.
  static func hazards(_ rates: ReferenceRates, _ layout: TrialLayout) -> [Double] {
    let (bins, bands) = (layout.bins.count, layout.bands.count)
    func rate(_ kinds: [Int]) -> Double {
      let trials = kinds.reduce(0) { $0 + rates.trials[$1] }
      return (Double(kinds.reduce(0) { $0 + rates.successes[$1] }) + 0.5) / Double(trials + 1)
    }
    let overall = rate(Array(0..<layout.kindCount))
    let byBin = (0..<bins).map { bin in rate((0..<bands).map { bin * bands + $0 }) }
    let byBand = (0..<bands).map { band in rate((0..<bins).map { $0 * bands + band }) }
    return (0..<layout.kindCount).map { kind in
      let product = min(0.99, byBin[kind / bands] * byBand[kind % bands] / overall)
      let weight = shrinkage / product
      let counted = Double(rates.successes[kind]) + shrinkage
      return min(0.99, counted / (Double(rates.trials[kind]) + weight))
    }
  }

  /// Each band's log odds of churn less their mean over customers.
  static func spread(
    _ rates: ReferenceRates,
    _ layout: TrialLayout
  ) -> [Double] {
    let bands = layout.bands.count
    // Customers without a label are trials of every bin, of the first all of them.
    let counted = layout.question == .churning ? 1 : layout.bins.count
    let customers = (0..<bands).map { band in
      Double((0..<counted).reduce(0) { $0 + rates.trials[$1 * bands + band] })
    }
    let logits = (0..<bands).map { band in
      let churned = (0..<layout.bins.count).reduce(0) {
        $0 + rates.successes[$1 * bands + band]
      }
      return LogOdds.of((Double(churned) + 0.5) / (customers[band] + 1))
    }
    let total = max(1, customers.reduce(0, +))
    let mean = zip(logits, customers).reduce(0) { $0 + $1.0 * $1.1 } / total
    return logits.map { $0 - mean }
  }
}
