// SPDX-License-Identifier: Apache-2.0
import Profiles
import Statistics

/// Recall decay: churners whom the decision had flagged, compared at equal label age with the
/// reference's.
///
/// A trial is a churner who becomes known at some age. Nothing has decayed while the share that was
/// flagged is, at each age, at least the reference's less a tolerated drop; the reference's is
/// taken at the lower end of its interval (A. Podkopaev and A. Ramdas, ICLR 2022).
package enum RecallDecay {
  /// How far below the boundary recall may have fallen, in log odds, with the weight of each.
  private static let falls: [(size: Double, weight: Double)] = [
    (0.15, 1), (0.25, 1), (0.4, 2), (0.6, 1.5), (0.9, 1), (1.4, 0.5),
  ]
  /// Below this a recall cannot decay further in a way that matters.
  private static let lowest = 0.02

  /// Returns the hypotheses of the detector.
  ///
  /// - `drop`: What is tolerated, as a difference of recalls.
  package static func hypotheses(_ rates: ReferenceRates, drop: Double) -> Hypotheses {
    let reference = zip(rates.trials, rates.successes).map {
      (Double($1) + 0.5) / (Double($0) + 1)
    }
    let allowance = drop + slack(rates)
    let boundary = reference.map { $0 - allowance > lowest ? $0 - allowance : $0 }
    let total = falls.reduce(0) { $0 + $1.weight }
    return Hypotheses(
      reference: reference,
      alternatives: falls.map { fall in
        Hypotheses.Alternative(
          prior: fall.weight / total,
          boundary: boundary,
          rate: zip(boundary, reference).map {
            $0 == $1 ? $0 : LogOdds.shifted($0, by: -fall.size)
          }
        )
      },
      dispersion: rates.dispersion
    )
  }

  /// How much lower the reference's recall may be than counted.
  static func slack(_ rates: ReferenceRates) -> Double {
    let share = Proportion(rates.successes.reduce(0, +), of: rates.trials.reduce(0, +))
    let slack = share.map { $0.value - $0.wilsonInterval().lower } ?? 0
    return slack * rates.dispersion.squareRoot()
  }
}
