// SPDX-License-Identifier: Apache-2.0
package import Profiles

/// Wasserstein distance W1: how far mass has moved, in standard deviations of the reference.
///
/// W1 = ∫ |F − G| dx, with each bin's mass at the reference's mean in it and the mass outside the
/// reference's range at its own mean. The distance over raw values differs from it by at most the
/// detail `bin_bound`: how far values may lie from where their bin's mass is put. Values that are
/// frequent have a bin of their own, so that they are where they are. There is no interval: near
/// zero the distance has no usable limit law, and rules that evaluate it need an effect size, not a
/// test. The detail `raw` is the distance in the feature's own unit.
///
/// - Complexity: O(bins).
package struct WassersteinDistance: DriftMeasure {
  package let name = CheckName.wasserstein
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
    let n = current.counts[NumericBinning.below...].reduce(0, +)
    let m = reference.counts[NumericBinning.below...].reduce(0, +)
    let sample = Reading.Sample(current: n, reference: m)
    func obstacle(_ obstacle: Reading.Obstacle) -> Reading {
      Reading(name, subject: current.binning.name, sample: sample, obstacle: obstacle)
    }
    guard n > 0 else { return obstacle(.noData("every value of the window is missing")) }
    guard m > 0, case .numeric(let binning) = current.binning.kind else {
      return obstacle(.noReference("every value of the reference is missing"))
    }
    let raw = Self.distance(
      Self.masses(current, binning, total: n),
      Self.masses(reference, binning, total: m)
    )
    // A constant reference has no scale of its own; then the raw distance is all there is.
    let scale = binning.standardDeviation > 0 ? binning.standardDeviation : 1
    guard raw.isFinite, (raw / scale).isFinite else {
      return obstacle(.noData("values too large for a distance"))
    }
    var reading = Reading(
      name,
      subject: current.binning.name,
      value: raw / scale,
      reference: 0,
      sample: sample
    )
    reading.details = [Reading.Detail("raw", raw)]
    let bound =
      Self.bound(current, binning, total: n, isReference: false)
      + Self.bound(reference, binning, total: m, isReference: true)
    if bound.isFinite {
      reading.details.append(Reading.Detail("bin_bound", bound / scale))
    }
    return reading
  }

  /// A share of the rows at a place.
  private struct Mass {
    let place: Double
    let share: Double
  }

  private static func masses(
    _ feature: FeatureCounts,
    _ binning: NumericBinning,
    total: Int
  ) -> [Mass] {
    var masses = binning.inner.map { bin in
      Mass(
        place: binning.means[bin - binning.inner.lowerBound],
        share: Double(feature.counts[bin]) / Double(total)
      )
    }
    let outer = [
      (feature.counts[NumericBinning.below], feature.outOfRange.below),
      (feature.counts[binning.above], feature.outOfRange.above),
    ]
    for (count, sum) in outer where count > 0 {
      masses.append(Mass(place: sum / Double(count), share: Double(count) / Double(total)))
    }
    return masses
  }

  /// How far a sample is at most from its masses: the Wasserstein distance of the two.
  ///
  /// In a bin from a to b, values whose mean is μ are at most 2 (μ − a)(b − μ) / (b − a) from it on
  /// average; of a window's values even the mean is not known. Below a first edge a, values whose
  /// mean is μ are at most 2 (a − μ) from it on average.
  private static func bound(
    _ feature: FeatureCounts,
    _ binning: NumericBinning,
    total: Int,
    isReference: Bool
  ) -> Double {
    var bound = 0.0
    for bin in binning.inner where feature.counts[bin] > 0 {
      let index = bin - binning.inner.lowerBound
      let (lower, upper) = (binning.edges[index], binning.edges[index + 1])
      let mean = min(max(binning.means[index], lower), upper)
      let most =
        isReference
        ? 2 * (mean - lower) * (upper - mean) / (upper - lower) : max(mean - lower, upper - mean)
      bound += most * Double(feature.counts[bin])
    }
    if let first = binning.edges.first, let last = binning.edges.last {
      let below = feature.counts[NumericBinning.below]
      let above = feature.counts[binning.above]
      bound += 2 * max(0, first * Double(below) - feature.outOfRange.below)
      bound += 2 * max(0, feature.outOfRange.above - last * Double(above))
    }
    return bound / Double(total)
  }

  private static func distance(_ first: [Mass], _ second: [Mass]) -> Double {
    let steps =
      (first.map { ($0.place, $0.share) } + second.map { ($0.place, -$0.share) })
      .sorted { $0.0 < $1.0 }
    var gap = 0.0
    var distance = 0.0
    for (step, next) in zip(steps, steps.dropFirst()) {
      gap += step.1
      distance += abs(gap) * (next.0 - step.0)
    }
    return distance
  }
}
