// SPDX-License-Identifier: Apache-2.0
private import Glibc
package import Profiles
import Statistics

/// Population stability index: how far two binned distributions have moved apart.
///
/// PSI = Σ (c − r) · ln(c / r) over groups, where c and r are the current and reference shares with
/// half a count added to each group. Zero when nothing moved, symmetric, unbounded; the sum of the
/// two Kullback–Leibler divergences (H. Jeffreys, 1946).
///
/// The interval is the wider, at either end, of the delta method's and of the noncentral χ² law's
/// (PSI / (1/N + 1/M) is about χ² with noncentrality PSI_true / (1/N + 1/M)): the first is right
/// for large shifts, the second for small ones.
///
/// Whether an index is drift, `DistanceThresholdTest` decides by the tolerance of a rule.
///
/// - Complexity: O(bins).
package struct PopulationStabilityIndex: DriftMeasure {
  package let name = CheckName.psi
  /// Below this index no unit has changed.
  private static let unitConcern = 0.1
  package init() {}

  package func applies(to kind: FeatureKind) -> Bool {
    if case .identifier = kind { return false }
    return true
  }

  /// The score is a check of its own: a rule for features must not match it.
  package func check(of subject: String) -> CheckName {
    subject == Subject.scoreName ? .scorePSI : name
  }

  package func compare(_ current: FeatureCounts, with reference: FeatureCounts) -> Reading {
    let check = check(of: current.binning.name)
    var reading = Self.reading(
      check,
      subject: current.binning.name,
      GroupedCounts(current, reference),
      dispersion: reference.dispersion
    )
    if check == .psi, reading.value ?? 0 > Self.unitConcern,
      let factor = UnitChange.factor(current, reference)
    {
      reading.unitFactor = factor
      reading.details.append(Reading.Detail("unit_factor", factor))
      reading.note =
        "the values look like the reference's times \(NumberText.text(factor)): has the unit changed?"
    }
    return reading
  }

  /// Returns the index of grouped counts.
  ///
  /// - `dispersion`: How much more windows differ than samples of independent rows would.
  package static func reading(
    _ check: CheckName,
    subject: String,
    _ groups: GroupedCounts,
    dispersion: Double = 1
  ) -> Reading {
    let (index, law) = measure(groups, dispersion: dispersion)
    let n = groups.currentTotal
    let m = groups.referenceTotal
    var reading = Reading(
      check,
      subject: subject,
      value: index,
      interval: interval(index, law),
      reference: 0,
      sample: Reading.Sample(current: n, reference: m)
    )
    reading.law = law
    reading.details = [
      Reading.Detail("groups", Double(groups.current.count)),
      Reading.Detail("dispersion", dispersion),
    ]
    return reading
  }

  /// Returns the index with its law.
  ///
  /// The law's mean, scale · (groups − 1), is that of groups whose shares are alike and not small.
  /// What the second-order bias of the index and the half counts add to it is the law's excess:
  /// without it skewed groups of a few rows alarm up to 9 % at the boundary.
  package static func measure(
    _ groups: GroupedCounts,
    dispersion: Double = 1
  ) -> (index: Double, law: SamplingLaw) {
    let (c, r) = groups.smoothedShares()
    let n = Double(groups.currentTotal)
    let m = Double(groups.referenceTotal)
    let currentSlopes = zip(c, r).map { log($0 / $1) + 1 - $1 / $0 }
    let referenceSlopes = zip(c, r).map { log($1 / $0) + 1 - $0 / $1 }
    let error = DeltaMethod.standardError(
      current: (c, currentSlopes, groups.currentTotal),
      reference: (r, referenceSlopes, groups.referenceTotal)
    )
    let scale = 1 / n + 1 / m
    let degrees = Double(max(1, groups.current.count - 1))
    let count = Double(c.count)
    func half(_ slopes: [Double], shares: [Double], rows: Double) -> Double {
      zip(slopes, shares).reduce(0) { $0 + $1.0 * (0.5 - 0.5 * count * $1.1) } / rows
    }
    let curvature =
      zip(c, r).reduce(0) { $0 + (1 - $1.0) * (1 + $1.1 / $1.0) } / (2 * n)
      + zip(r, c).reduce(0) { $0 + (1 - $1.0) * (1 + $1.1 / $1.0) } / (2 * m)
    let bias =
      curvature + half(currentSlopes, shares: c, rows: n)
      + half(referenceSlopes, shares: r, rows: m)
    let law = SamplingLaw(
      scale: scale * dispersion,
      degreesOfFreedom: degrees,
      standardError: error * dispersion.squareRoot(),
      excess: bias - scale * degrees
    )
    return (zip(c, r).reduce(0) { $0 + ($1.0 - $1.1) * log($1.0 / $1.1) }, law)
  }

  private static func interval(_ index: Double, _ law: SamplingLaw) -> Interval {
    let delta = Interval(estimate: index, standardError: law.standardError)
    let tail = (1 - Confidence.standard) / 2
    func noncentral(_ probability: Double) -> Double {
      law.scale
        * ChiSquared.noncentrality(
          exceeding: index / law.scale,
          withProbability: probability,
          degreesOfFreedom: law.degreesOfFreedom
        )
    }
    return Interval(
      lower: max(0, min(delta.lower, noncentral(tail))),
      upper: max(delta.upper, noncentral(1 - tail), index)
    )
  }
}
