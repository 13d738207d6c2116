// SPDX-License-Identifier: Apache-2.0
package import Profiles
import Statistics

/// Two-sample χ² test of categories, with Cramér's V as its value.
///
/// X² = Σ (observed − expected)² / expected over both samples, expectations from the pooled shares,
/// without Yates' correction (K. Pearson, 1900). V = √(X² / n), which for two samples lies in
/// 0...1 (H. Cramér, 1946). The details are the statistic and its degrees of freedom; the p-value
/// says whether anything moved, V how much. No interval: V's law depends on what moved.
///
/// - Complexity: O(bins).
package struct ChiSquareTest: DriftMeasure {
  package let name = CheckName.chiSquare
  package init() {}

  package func applies(to kind: FeatureKind) -> Bool {
    if case .category = kind { return true }
    return false
  }

  package func compare(
    _ current: FeatureCounts,
    with reference: FeatureCounts,
    in _: DriftContext
  ) -> Reading {
    let groups = GroupedCounts(current, reference)
    let n = Double(groups.currentTotal)
    let m = Double(groups.referenceTotal)
    var statistic = 0.0
    for (a, b) in zip(groups.current, groups.reference) {
      let share = Double(a + b) / (n + m)
      statistic += (Double(a) - n * share) * (Double(a) - n * share) / (n * share)
      statistic += (Double(b) - m * share) * (Double(b) - m * share) / (m * share)
    }
    let degrees = Double(groups.current.count - 1)
    var reading = Reading(
      name,
      subject: current.binning.name,
      value: min(1, (statistic / (n + m)).squareRoot()),
      reference: 0,
      sample: Reading.Sample(current: Int(n), reference: Int(m))
    )
    reading.p = degrees > 0 ? ChiSquared(degreesOfFreedom: degrees).upperTail(statistic) : 1
    reading.details = [
      Reading.Detail("statistic", statistic), Reading.Detail("degrees_of_freedom", degrees),
    ]
    return reading
  }
}
