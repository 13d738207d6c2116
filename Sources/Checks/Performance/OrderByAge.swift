// SPDX-License-Identifier: Apache-2.0
package import Profiles

/// How much better or worse scores order the churners known by an age than all churners, by the
/// labels of the reference.
///
/// Long contracts are cancelled early and for other reasons than short ones: churners who are known
/// soon need not be the usual ones.
package struct OrderByAge: Sendable {
  /// By stratum of ages, the difference of the areas and its standard error.
  private let offsets: [(value: Double, error: Double)]

  /// Learns from a reference; nil where too few of its churners are known.
  ///
  /// Scores count by their groups: for the difference between two ages of one reference that is
  /// fine enough.
  ///
  /// - Parameters:
  ///   - reference: Cohorts.
  ///   - age: To which the labels of all of them are known; older churners count as these do.
  ///   - horizon: How long after its prediction a label is final.
  /// - Complexity: O(cohorts · strata · score groups).
  package init?(_ reference: [Cohort], knownTo age: FixedDuration, horizon: FixedDuration) {
    guard let last = LabelAge.last(endingBy: age, horizon: horizon) else { return nil }
    var sums = Array(repeating: Sums(), count: last + 1)
    for cohort in reference {
      let all = (0..<cohort.ages.groupCount).map { Double(cohort.ages.predictions(group: $0)) }
      var known = all.map { _ in 0.0 }
      let final = known.indices.map { Self.churners(cohort, 0..<(last + 1), group: $0) }
      let toCome = final.reduce(0, +)
      for stratum in 0...last {
        for group in known.indices {
          known[group] += Self.churners(cohort, stratum..<(stratum + 1), group: group)
        }
        sums[stratum].add(all: all, known: known, final: toCome)
      }
    }
    guard let whole = sums[last].area else { return nil }
    // Where too few are known so soon, the next age that shows enough has to do.
    var next = (value: 0.0, error: 0.0)
    offsets = sums.reversed().map { sums in
      if let young = sums.area {
        let error = young.variance * (1 / young.churners - 1 / whole.churners)
        next = (young.area - whole.area, max(0, error).squareRoot())
      }
      return next
    }.reversed()
  }

  private static func churners(_ cohort: Cohort, _ strata: Range<Int>, group: Int) -> Double {
    Double(cohort.ages.labels(.positive, strata, group: group))
  }

  /// How much larger the area of the churners known by an age is than that of all.
  func offset(_ age: FixedDuration) -> (value: Double, error: Double) {
    let stratum = LabelAge.stratum(seconds: Double(age.microseconds) / 1e6)
    return stratum < offsets.count ? offsets[stratum] : (0, 0)
  }

  /// The area among customers who stay, of an area among all who are not known to churn.
  ///
  /// - Parameters:
  ///   - area: Among all others.
  ///   - share: The share of the others who will become known as churners.
  /// - Returns: The area, at most 1 where the share is right.
  static func corrected(_ area: Double, unknown share: Double) -> Double {
    (area - share / 2) / (1 - share)
  }

  /// Where the churners known by an age lie among the others of their cohorts.
  private struct Sums {
    private var (churners, placed, squares) = (0.0, 0.0, 0.0)
    private var (others, toCome) = (0.0, 0.0)

    /// Adds a cohort: by group of scores all customers and the churners known, and all who churn.
    mutating func add(all: [Double], known: [Double], final: Double) {
      let count = known.reduce(0, +)
      let rest = all.reduce(0, +) - count
      guard rest > 0 else { return }
      others += rest
      toCome += final - count
      churners += count
      var below = 0.0
      for (all, known) in zip(all, known) {
        let place = (below + (all - known) / 2) / rest
        placed += known * place
        squares += known * place * place
        below += all - known
      }
    }

    /// The area among those who stay; nil where the churners are few.
    var area: (area: Double, variance: Double, churners: Double)? {
      guard churners >= Double(OrderEvidence.fewest), others > 0 else { return nil }
      let mean = placed / churners
      let share = min(0.5, toCome / others)
      return (
        OrderByAge.corrected(mean, unknown: share),
        max(0, squares / churners - mean * mean) / ((1 - share) * (1 - share)), churners
      )
    }
  }
}
