// SPDX-License-Identifier: Apache-2.0
package import Profiles

/// How many churners become known on a day, by the ages of all predictions.
package struct ArrivalPace: Sendable {
  /// By age in days: the share of predictions whose churn becomes known then.
  private let shares: [Double]
  private let rows: [Int: Int]

  /// The pace of some predictions.
  ///
  /// - Parameters:
  ///   - reference: Cohorts from which the shares are learnt; ages of which nothing is known yet
  ///     count as none.
  ///   - horizon: Until which labels count.
  ///   - rows: Predictions by day number, of whichever version.
  package init(_ reference: [Cohort], horizon: FixedDuration, rows: [Int: Int]) {
    self.rows = rows
    let predictions = reference.reduce(0) { sum, cohort in
      LabelAges.Decision.allCases.reduce(sum) { $0 + cohort.ages.predictions($1) }
    }
    var shares: [Double] = []
    for (stratum, upper) in LabelAge.uppers.enumerated()
    where predictions > 0 && Double(shares.count) < horizon.days {
      let known = reference.reduce(0) { sum, cohort in
        LabelAges.Decision.allCases.reduce(sum) {
          $0 + cohort.ages.labels(.positive, in: stratum..<(stratum + 1), decision: $1)
        }
      }
      let width = upper - shares.count
      let share = Double(known) / Double(predictions) / Double(width)
      shares += Array(repeating: share, count: width)
    }
    self.shares = shares
  }

  /// Returns the churners who become known on a day, by number.
  ///
  /// - Complexity: O(horizon in days).
  package func expected(_ day: Int) -> Double {
    var sum = 0.0
    for (age, share) in shares.enumerated() where share > 0 {
      sum += share * Double(rows[day - age - 1] ?? 0)
    }
    return sum
  }
}
