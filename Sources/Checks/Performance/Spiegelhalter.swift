// SPDX-License-Identifier: Apache-2.0
import Profiles
import Statistics

/// Spiegelhalter's z: the Brier score less what a calibrated model would have, in its standard
/// errors.
///
/// Z = Σ (y − p)(1 − 2p) / √Σ (1 − 2p)² p(1 − p) (D. Spiegelhalter, Statistics in Medicine 5,
/// 1986). The sum above is exact; the one below takes the scores of one bin at their mean. A
/// standard normal number while the scores are calibrated; with many rows it shows any
/// miscalibration, however small.
package struct Spiegelhalter: PerformanceMetric {
  package let name = CheckName.spiegelhalter
  package init() {}

  package func measure(_ outcomes: LabelledScores) -> Measured {
    guard outcomes.labelled > 0 else { return .unavailable("no label is known", sample: 0) }
    let profile = outcomes.profile
    func sum(_ part: LabelProfile.BinSum) -> Double {
      Double(profile.sum(part)) * LabelProfile.scale
    }
    // (1 − p)(1 − 2p) over churners and −p(1 − 2p) over others.
    let above =
      Double(outcomes.positives) - 3 * sum(.positiveScore) + 2 * sum(.positiveSquare)
      - sum(.negativeScore) + 2 * sum(.negativeSquare)
    let below = outcomes.bins.reduce(0.0) { total, bin in
      let p = bin.meanScore
      return total + bin.count * (1 - 2 * p) * (1 - 2 * p) * p * (1 - p)
    }
    guard below > 0 else {
      return .unavailable("all scores are 0, a half or 1", sample: outcomes.labelled)
    }
    let z = above / below.squareRoot()
    return .value(
      z,
      nil,
      sample: outcomes.labelled,
      [
        Reading.Detail(
          "p_value",
          2 * Normal.upperTail(abs(z) / outcomes.designEffect(name).squareRoot())
        )
      ]
    )
  }
}
