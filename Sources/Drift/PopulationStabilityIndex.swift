// SPDX-License-Identifier: Apache-2.0
package import Findings
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
/// - Complexity: O(cells).
package struct PopulationStabilityIndex: DriftTest {
  package let name = CheckName.psi
  package init() {}

  package func applies(to kind: FeatureKind) -> Bool {
    if case .identifier = kind { return false }
    return true
  }

  package func compare(_ current: FeatureCounts, with reference: FeatureCounts) -> Reading {
    // The score is a subject of its own on the wire: a rule for features must not match it.
    let check = current.binning.name == Subject.scoreName ? CheckName.scorePSI : .psi
    var reading = Self.reading(
      check,
      subject: current.binning.name,
      GroupedCounts(current, reference)
    )
    if check == .psi, let factor = UnitChange.factor(current, reference) {
      reading.unitFactor = factor
      reading.details.append(Reading.Detail("unit_factor", factor))
      reading.note =
        "the values look like the reference's times \(NumberText.text(factor)): has the unit changed?"
    }
    return reading
  }

  /// Returns the index of grouped counts.
  package static func reading(
    _ check: CheckName,
    subject: String,
    _ groups: GroupedCounts
  ) -> Reading {
    let (c, r) = groups.smoothedShares()
    let index = zip(c, r).reduce(0) { $0 + ($1.0 - $1.1) * log($1.0 / $1.1) }
    let n = groups.currentTotal
    let m = groups.referenceTotal
    let error = DeltaMethod.standardError(
      current: (c, zip(c, r).map { log($0 / $1) + 1 - $1 / $0 }, n),
      reference: (r, zip(c, r).map { log($1 / $0) + 1 - $0 / $1 }, m)
    )
    let law = SamplingLaw(
      scale: 1 / Double(n) + 1 / Double(m),
      degreesOfFreedom: Double(max(1, groups.current.count - 1)),
      standardError: error
    )
    var reading = Reading(
      check,
      subject: subject,
      value: index,
      interval: interval(index, law),
      reference: 0,
      sample: Reading.Sample(current: n, reference: m)
    )
    reading.law = law
    reading.details = [Reading.Detail("groups", Double(groups.current.count))]
    return reading
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
