// SPDX-License-Identifier: Apache-2.0
private import Glibc
package import Profiles
package import Statistics

/// What recall, precision and prevalence of predictions will probably be once all their labels are
/// known.
///
/// Churners who are known so far are weighted with the inverse of the share that is usually known
/// at their cohort's age, flagged ones and others each by their own arrival curve: who is scored
/// high tends to leave soon, so labels that are known early flatter the recall (D. Horvitz and D.
/// Thompson, 1952, with the censoring of cohorts as the sampling).
package struct Provisional: Sendable {
  /// A share with its interval and the figure that would be read off the labels as they are.
  package struct Share: Sendable, Hashable {
    package let value: Double
    package let interval: Interval
    /// What it would be if everybody without a label yet were no churner.
    package let missingAsNegative: Double
  }

  /// Churners whom the decision flagged, expected by the horizon, and others.
  private let flagged: Total
  private let unflagged: Total
  private let flaggedPredictions: Int
  private let predictions: Int
  /// Churners known so far, flagged and not.
  package let known: (flagged: Int, unflagged: Int)

  private struct Total {
    var sum = 0.0
    /// Of a Poisson count, and of the curve.
    var variance = 0.0
  }

  /// The share of churners that must usually be known before anything is said.
  private static let leastKnown = 0.2

  /// - `cohorts`: The window's.
  /// - `curves`: Of flagged churners and of others, from the reference.
  /// - `moment`: What is known when.
  package init?(
    _ cohorts: [Cohort],
    flagged flaggedCurve: ArrivalCurve,
    unflagged unflaggedCurve: ArrivalCurve,
    horizon: FixedDuration,
    at moment: Instant
  ) {
    func total(
      _ curve: ArrivalCurve,
      _ decision: LabelAges.Decision
    ) -> (Total, known: Int, share: Double)? {
      var total = Total()
      var (known, weight, counted, covered) = (0, 0.0, 0.0, 0.0)
      for cohort in cohorts {
        let last = curve.known.indices.last {
          cohort.isKnown($0, at: moment, horizon: horizon)
        }
        let customers = Double(cohort.ages.predictions(decision))
        counted += customers
        // Too young: nobody is usually known yet.
        guard let last, curve.known[last] > 0 else { continue }
        covered += customers
        let count = cohort.ages.labels(.positive, in: 0..<(last + 1), decision: decision)
        let share = curve.known[last]
        known += count
        weight += customers * share
        total.sum += Double(count) / share
        // The curve's error is common to all cohorts of an age: standard errors add.
        total.variance += Double(count) / (share * share)
      }
      guard counted > 0 else { return (total, 0, 1) }
      let share = weight / counted
      guard share >= Self.leastKnown else { return nil }
      let middle = curve.known.indices.min {
        abs(curve.known[$0] - share) < abs(curve.known[$1] - share)
      }
      let curveError = total.sum * (middle.map { curve.logError[$0] } ?? 0)
      // Cohorts that are too young for any label are as the others.
      let scale = counted / max(1, covered)
      total.sum *= scale
      total.variance = (total.variance + curveError * curveError) * scale * scale
      return (total, known, share)
    }
    guard let hit = total(flaggedCurve, .flagged), let miss = total(unflaggedCurve, .unflagged),
      hit.0.sum + miss.0.sum > 0
    else { return nil }
    (flagged, unflagged) = (hit.0, miss.0)
    known = (hit.known, miss.known)
    flaggedPredictions = cohorts.reduce(0) { $0 + $1.ages.predictions(.flagged) }
    predictions =
      flaggedPredictions + cohorts.reduce(0) { $0 + $1.ages.predictions(.unflagged) }
  }

  /// Of the churners the share that was flagged.
  package var recall: Share {
    let sum = flagged.sum + unflagged.sum
    let slopes = (unflagged.sum / (sum * sum), flagged.sum / (sum * sum))
    let variance =
      slopes.0 * slopes.0 * flagged.variance + slopes.1 * slopes.1 * unflagged.variance
    return share(
      flagged.sum / sum,
      variance: variance,
      least: sum,
      naive: Double(known.flagged) / Double(max(1, known.flagged + known.unflagged))
    )
  }

  /// Of those who were flagged the share that churns; nil where none was.
  package var precision: Share? {
    guard flaggedPredictions > 0 else { return nil }
    let count = Double(flaggedPredictions)
    return share(
      flagged.sum / count,
      variance: flagged.variance / (count * count),
      least: count,
      naive: Double(known.flagged) / count
    )
  }

  /// Of all the share that churns.
  package var prevalence: Share? {
    guard predictions > 0 else { return nil }
    let count = Double(predictions)
    return share(
      (flagged.sum + unflagged.sum) / count,
      variance: (flagged.variance + unflagged.variance) / (count * count),
      least: count,
      naive: Double(known.flagged + known.unflagged) / count
    )
  }

  /// Churners expected by the horizon.
  package var churners: Double { flagged.sum + unflagged.sum }

  /// A share with its interval on the scale of log odds.
  private func share(_ raw: Double, variance: Double, least: Double, naive: Double) -> Share {
    let edge = 0.5 / max(1, least)
    let value = min(max(raw, edge), 1 - edge)
    let error = variance.squareRoot() / (value * (1 - value))
    let width = Normal.halfWidth(confidence: Confidence.standard) * error
    let shown = min(max(raw, 0), 1)
    return Share(
      value: shown,
      interval: Interval(
        lower: min(shown, LogOdds.shifted(value, by: -width)),
        upper: max(shown, LogOdds.shifted(value, by: width))
      ),
      missingAsNegative: naive
    )
  }
}
