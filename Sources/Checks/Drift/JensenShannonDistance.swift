// SPDX-License-Identifier: Apache-2.0
private import Glibc
package import Profiles
import Statistics

/// Jensen–Shannon distance: the square root of the mean divergence of two distributions from
/// their average.
///
/// After J. Lin (IEEE Transactions on Information Theory 37, 1991), with logarithms to base 2, so
/// that it lies in 0...1. Plain shares, no smoothing: the divergence is finite with empty groups.
/// The interval is the wider, at either end, of the delta method's on the divergence and of the
/// noncentral χ² law's (8 ln 2 · JSD / (1/N + 1/M) is about χ²), their roots taken.
///
/// - Complexity: O(bins).
package struct JensenShannonDistance: DriftMeasure {
  package let name = CheckName.jensenShannon
  package init() {}

  package func applies(to kind: FeatureKind) -> Bool {
    if case .identifier = kind { return false }
    return true
  }

  package func compare(
    _ current: FeatureCounts,
    with reference: FeatureCounts,
    in _: DriftContext
  ) -> Reading {
    let groups = GroupedCounts(current, reference)
    let n = groups.currentTotal
    let m = groups.referenceTotal
    let c = groups.current.map { Double($0) / Double(n) }
    let r = groups.reference.map { Double($0) / Double(m) }
    func term(_ share: Double, _ mean: Double) -> Double {
      share > 0 ? share * log2(share / mean) / 2 : 0
    }
    let divergence = max(
      0,
      zip(c, r).reduce(0) { $0 + term($1.0, ($1.0 + $1.1) / 2) + term($1.1, ($1.0 + $1.1) / 2) }
    )
    func slope(_ share: Double, _ other: Double) -> Double {
      share > 0 ? log2(2 * share / (share + other)) / 2 : 0
    }
    let error = DeltaMethod.standardError(
      current: (c, zip(c, r).map(slope), Double(n)),
      reference: (r, zip(r, c).map(slope), Double(m))
    )
    let scale = (1 / Double(n) + 1 / Double(m)) / (8 * log(2))
    let degrees = Double(max(1, groups.current.count - 1))
    let delta = Interval(estimate: divergence, standardError: error)
    let tail = (1 - Confidence.standard) / 2
    func noncentral(_ probability: Double) -> Double {
      scale
        * ChiSquared.noncentrality(
          exceeding: divergence / scale,
          withProbability: probability,
          degreesOfFreedom: degrees
        )
    }
    let lower = max(0, min(delta.lower, noncentral(tail)))
    let upper = max(delta.upper, noncentral(1 - tail), divergence)
    return Reading(
      name,
      subject: current.binning.name,
      value: min(1, divergence.squareRoot()),
      interval: Interval(
        lower: min(1, lower.squareRoot()),
        upper: min(1, upper.squareRoot())
      ),
      reference: 0,
      sample: Reading.Sample(current: n, reference: m)
    )
  }
}
