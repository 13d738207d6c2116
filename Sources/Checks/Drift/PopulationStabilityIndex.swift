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
/// Neighbouring groups in which fewer than five rows are expected are merged first. The interval is
/// the wider, at either end, of the delta method's and of the noncentral χ² law's: PSI / s is about
/// χ² with noncentrality PSI_true / s where s = 1/N + 1/M. The first is right for large shifts, the
/// second for small ones. N and M are independent rows: rows over the design effect.
///
/// Whether an index is drift, `DistanceThresholdTest` decides by the tolerance of a rule.
///
/// - Complexity: O(bins).
package struct PopulationStabilityIndex: DriftMeasure {
  package let name = CheckName.psi
  package init() {}

  package func applies(to kind: FeatureKind) -> Bool {
    if case .identifier = kind { return false }
    return true
  }

  /// The score is a check of its own: a rule for features must not match it.
  package func check(of subject: String) -> CheckName {
    subject == Subject.scoreName ? .scorePSI : name
  }

  package func compare(
    _ current: FeatureCounts,
    with reference: FeatureCounts,
    in context: DriftContext
  ) -> Reading {
    let check = check(of: current.binning.name)
    var reading = Self.reading(
      check,
      subject: current.binning.name,
      GroupedCounts(current, reference),
      in: context
    )
    if reading.mayHaveOtherUnit, let factor = UnitChange.factor(current, reference) {
      reading.noteUnit(factor)
    }
    return reading
  }

  /// Returns the index of grouped counts.
  package static func reading(
    _ check: CheckName,
    subject: String,
    _ groups: GroupedCounts,
    in context: DriftContext = DriftContext()
  ) -> Reading {
    let merged = groups.mergingSparse()
    let (index, law) = measure(merged, designEffect: context.designEffect)
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
      Reading.Detail("groups", Double(merged.current.count)),
      Reading.Detail("dispersion", context.spread?.dispersion ?? 1),
    ]
    if context.designEffect.current > 1 {
      reading.details.append(
        Reading.Detail(DesignEffects.detail, context.designEffect.current)
      )
    }
    if let spread = context.spread {
      let comparison = SpreadComparison(
        spread,
        scale: 1 / Double(n) + 1 / Double(m),
        degrees: law.degreesOfFreedom
      )
      reading.spread = comparison
      reading.details += [
        Reading.Detail("reference_windows", Double(spread.windows)),
        Reading.Detail("reference_limit", comparison.threshold),
      ]
    }
    return reading
  }

  /// Returns the index with its law.
  ///
  /// The law's mean, scale · (groups − 1), is that of groups whose shares are alike and not small.
  /// What the second-order bias of the index and the half counts add to it is the law's excess:
  /// without it skewed groups of a few rows alarm up to 9 % at the boundary.
  package static func measure(
    _ groups: GroupedCounts,
    designEffect: (current: Double, reference: Double) = (1, 1)
  ) -> (index: Double, law: SamplingLaw) {
    let (c, r) = groups.smoothedShares()
    let n = max(1, Double(groups.currentTotal) / designEffect.current)
    let m = max(1, Double(groups.referenceTotal) / designEffect.reference)
    let currentSlopes = zip(c, r).map { log($0 / $1) + 1 - $1 / $0 }
    let referenceSlopes = zip(c, r).map { log($1 / $0) + 1 - $0 / $1 }
    let error = DeltaMethod.standardError(
      current: (c, currentSlopes, n),
      reference: (r, referenceSlopes, m)
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
      curvature + half(currentSlopes, shares: c, rows: Double(groups.currentTotal))
      + half(referenceSlopes, shares: r, rows: Double(groups.referenceTotal))
    let law = SamplingLaw(
      scale: scale,
      degreesOfFreedom: degrees,
      standardError: error,
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

extension Reading {
  /// Below this index no unit has changed.
  private static let unitConcern = 0.1

  /// Whether it is an index that another unit may explain, and none is known to.
  package var mayHaveOtherUnit: Bool {
    check == .psi && unitFactor == nil && value ?? 0 > Self.unitConcern
  }

  /// Notes that the values are the reference's times a factor.
  ///
  /// - `extent`: In how much of the window, where not in all of it.
  package mutating func noteUnit(_ factor: Double, extent: String = "") {
    unitFactor = factor
    details.append(Detail("unit_factor", factor))
    note =
      "the values look like the reference's times \(NumberText.text(factor))\(extent): has the unit "
      + "changed?"
  }
}
