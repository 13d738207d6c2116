// SPDX-License-Identifier: Apache-2.0
private import Glibc
package import Profiles
import Statistics

/// Kolmogorov–Smirnov distance: the largest gap between two distribution functions.
///
/// D = max |F(x) − G(x)| over the borders of the bins, finite values only. Between borders the gap
/// can be larger by at most the mass of one bin; that bound is the detail `bin_bound`. The
/// p-value is the limit law's, conservative for binned values. The interval follows from the
/// inequality of Dvoretzky, Kiefer and Wolfowitz with Massart's constant (1990), applied to both
/// samples, widened by the bound.
///
/// - Complexity: O(bins).
package struct KolmogorovSmirnovDistance: DriftMeasure {
  package let name = CheckName.ks
  package init() {}

  package func applies(to kind: FeatureKind) -> Bool {
    if case .numeric = kind { return true }
    return false
  }

  package func compare(
    _ current: FeatureCounts,
    with reference: FeatureCounts,
    in _: DriftContext
  ) -> Reading {
    let first = current.counts[NumericBinning.below...]
    let second = reference.counts[NumericBinning.below...]
    let n = first.reduce(0, +)
    let m = second.reduce(0, +)
    let sample = Reading.Sample(current: n, reference: m)
    guard n > 0, m > 0 else {
      return Reading(
        name,
        subject: current.binning.name,
        sample: sample,
        obstacle: n == 0
          ? .noData("every value of the window is missing")
          : .noReference("every value of the reference is missing")
      )
    }
    var distance = 0.0
    var bound = 0.0
    var f = 0
    var g = 0
    let pointMasses = Self.pointMasses(current.binning.kind)
    for (bin, (a, b)) in zip(first.indices, zip(first, second)) {
      f += a
      g += b
      distance = max(distance, abs(Double(f) / Double(n) - Double(g) / Double(m)))
      // Between the borders of a point mass there is no room for a gap.
      guard !pointMasses.contains(bin) else { continue }
      bound = max(bound, max(Double(a) / Double(n), Double(b) / Double(m)))
    }
    var reading = Reading(
      name,
      subject: current.binning.name,
      value: distance,
      interval: Self.interval(distance, current: n, reference: m, bound: bound),
      reference: 0,
      sample: sample
    )
    reading.p = Kolmogorov.twoSampleP(distance: distance, n, m)
    reading.details = [Reading.Detail("bin_bound", bound)]
    return reading
  }

  /// The bins that hold one value only.
  private static func pointMasses(_ kind: FeatureKind) -> Set<Int> {
    guard case .numeric(let binning) = kind else { return [] }
    return Set(
      binning.inner.filter { bin in
        let index = bin - binning.inner.lowerBound
        return binning.edges[index + 1] == binning.edges[index].nextUp
      }
    )
  }

  private static func interval(
    _ distance: Double,
    current n: Int,
    reference m: Int,
    bound: Double
  ) -> Interval {
    // Each sample's band holds with half the error.
    let alpha = (1 - Confidence.standard) / 2
    func band(_ count: Int) -> Double { (log(2 / alpha) / (2 * Double(count))).squareRoot() }
    let margin = band(n) + band(m)
    return Interval(
      lower: max(0, distance - margin),
      upper: min(1, distance + margin + bound)
    )
  }
}
