// SPDX-License-Identifier: Apache-2.0
private import Glibc
import Profiles
package import Statistics

/// Recall estimated before any label is known: each prediction churns with the chance that the
/// reference found for its score band and decision.
///
/// The numbers of churners flagged and not are Poisson-binomial; their variances add, and the
/// reference's own error is added to them (J. Kivimäki et al., arXiv 2505.05295, for the estimate
/// with calibrated scores). It sees what moves the scores, and is blind where the meaning of scores
/// changes.
package struct RecallEstimate: Sendable {
  /// By score group: the chance to churn, and the rows that it rests on.
  private typealias Chances = [(chance: Double, rows: Double)]
  private let flagged: Chances
  private let unflagged: Chances

  /// - `reference`: Cohorts whose labels are final.
  package init(_ reference: [Cohort]) {
    let groupCount = reference.map(\.ages.groupCount).max() ?? 0
    func counts(_ group: Int, _ decision: LabelAges.Decision) -> (churned: Int, rows: Int) {
      reference.reduce((0, 0)) { sum, cohort in
        let churned = (0..<LabelAge.count).reduce(0) {
          $0 + cohort.ages.labels(.positive, stratum: $1, group: group, decision: decision)
        }
        return (sum.0 + churned, sum.1 + cohort.ages.predictions(group, decision))
      }
    }
    func chances(_ decision: LabelAges.Decision) -> Chances {
      (0..<groupCount).map { group in
        var (churned, rows) = counts(group, decision)
        if rows == 0 {
          // Never decided so in the reference: the group's rate is the nearest to know.
          for other in LabelAges.Decision.allCases {
            let more = counts(group, other)
            (churned, rows) = (churned + more.churned, rows + more.rows)
          }
        }
        return ((Double(churned) + 0.5) / (Double(rows) + 1), Double(rows))
      }
    }
    flagged = chances(.flagged)
    unflagged = chances(.unflagged)
  }

  /// Returns the estimate with its interval; nil where nothing is expected.
  ///
  /// - `cohorts`: The window's.
  /// - Complexity: O(cohorts · score groups).
  package func share(
    _ cohorts: [Cohort]
  ) -> (value: Double, interval: Interval, churners: Double)? {
    func expected(
      _ chances: Chances,
      _ decision: LabelAges.Decision
    ) -> (mean: Double, variance: Double) {
      var (mean, variance) = (0.0, 0.0)
      for (group, (chance, rows)) in chances.enumerated() {
        let count = Double(cohorts.reduce(0) { $0 + $1.ages.predictions(group, decision) })
        guard count > 0 else { continue }
        mean += count * chance
        variance += count * chance * (1 - chance)
        variance += count * count * chance * (1 - chance) / (rows + 1)
      }
      return (mean, variance)
    }
    let hit = expected(flagged, .flagged)
    let unflagged = expected(self.unflagged, .unflagged)
    let sum = hit.mean + unflagged.mean
    guard sum >= 1 else { return nil }
    let value = hit.mean / sum
    // The delta method for T / (T + F) with independent T and F.
    let variance =
      (unflagged.mean * unflagged.mean * hit.variance + hit.mean * hit.mean * unflagged.variance)
      / (sum * sum * sum * sum)
    let inner = min(max(value, 0.5 / sum), 1 - 0.5 / sum)
    let width =
      Normal.halfWidth(confidence: Confidence.standard) * variance.squareRoot()
      / (inner * (1 - inner))
    return (
      value,
      Interval(
        lower: min(value, LogOdds.shifted(inner, by: -width)),
        upper: max(value, LogOdds.shifted(inner, by: width))
      ), sum
    )
  }
}
