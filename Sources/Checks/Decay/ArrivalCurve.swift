// SPDX-License-Identifier: Apache-2.0
package import Profiles

/// Which share of the churners that will be known by the horizon is known by each age.
///
/// Cohorts that are still young show the young ages only: the share is a product of reverse-time
/// hazards, each from the cohorts whose labels are known that far (S. Lagakos, L. Barraj and V. De
/// Gruttola, Biometrika 75, 1988; the chain ladder of insurers).
package struct ArrivalCurve: Sendable, Hashable {
  /// By stratum: the share known by its end; 1 at the last that any cohort shows.
  package let known: [Double]
  /// By stratum: the standard error of the share's logarithm.
  package let logError: [Double]
  /// Churners behind the curve.
  package let churners: Int
  /// Whether some cohort shows all ages up to the horizon.
  package let isWhole: Bool

  /// - `decision`: Whose curve; nil for all churners.
  /// - `horizon`: When labels are final.
  /// - `moment`: What is known when.
  package init(
    _ cohorts: [Cohort],
    _ decision: LabelAges.Decision?,
    horizon: FixedDuration,
    knownBy moment: Instant
  ) {
    let decisions = decision.map { [$0] } ?? LabelAges.Decision.allCases
    self.init(cohorts, horizon: horizon, knownBy: moment) { ages, strata in
      decisions.reduce(0) { $0 + ages.labels(.positive, in: strata, decision: $1) }
    }
  }

  /// - `churners`: Of a cohort's labels, how many churners became known in a range of strata.
  package init(
    _ cohorts: [Cohort],
    horizon: FixedDuration,
    knownBy moment: Instant,
    churners labels: (LabelAges, Range<Int>) -> Int
  ) {
    let last = LabelAge.last(within: horizon)
    func count(_ cohort: Cohort, _ strata: Range<Int>) -> Int { labels(cohort.ages, strata) }
    var known = Array(repeating: 1.0, count: last + 1)
    var error = Array(repeating: 0.0, count: last + 1)
    var churners = 0
    for stratum in stride(from: last, through: 0, by: -1) {
      let complete = cohorts.filter { $0.isKnown(stratum, at: moment, horizon: horizon) }
      let inside = complete.reduce(0) { $0 + count($1, stratum..<(stratum + 1)) }
      let until = complete.reduce(0) { $0 + count($1, 0..<(stratum + 1)) }
      churners = max(churners, until)
      guard stratum > 0 else { continue }
      var (share, variance) = (1.0, 0.0)
      if until > inside {
        share = Double(until - inside) / Double(until)
        variance = Double(inside) / (Double(until) * Double(until - inside))
      } else if until > 0 {
        // Nobody was ever known earlier.
        share = 0
      }
      known[stratum - 1] = known[stratum] * share
      error[stratum - 1] = error[stratum] + variance
    }
    self.known = known
    logError = error.map { $0.squareRoot() }
    self.churners = churners
    isWhole = cohorts.contains { $0.isKnown(last, at: moment, horizon: horizon) }
  }
}
