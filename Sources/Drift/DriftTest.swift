// SPDX-License-Identifier: Apache-2.0
package import Findings
package import Profiles

/// A measure of how far a feature's distribution has moved from its reference.
///
/// A new test is one file and one line in `DriftRoster.all`.
package protocol DriftTest: Sendable {
  var name: CheckName { get }

  /// Whether the test means anything for a kind of feature.
  func applies(to kind: FeatureKind) -> Bool

  /// Compares two profiles of one feature; both have rows.
  func compare(_ current: FeatureCounts, with reference: FeatureCounts) -> Reading
}

/// The roster; also the order in which reports print.
package enum DriftRoster {
  package static let all: [any DriftTest] = [
    PopulationStabilityIndex(),
    KolmogorovSmirnovDistance(),
    WassersteinDistance(),
    JensenShannonDistance(),
    ChiSquareTest(),
    MissingShare(),
    NewValueShare(),
    OutOfRangeShare(),
  ]

  /// Returns all readings that make sense for a feature; one `noData` or `noReference` reading
  /// each where there is nothing to compare.
  ///
  /// - `current`: The window's counts.
  /// - `reference`: The reference's counts, nil where there is no reference.
  /// - `absence`: Why the feature has no rows, when the reason is known: it left the table.
  package static func readings(
    _ current: FeatureCounts,
    with reference: FeatureCounts?,
    absence: String? = nil
  ) -> [Reading] {
    all.filter { $0.applies(to: current.binning.kind) }.map { test in
      let subject = current.binning.name
      let sample = Reading.Sample(current: current.rows, reference: reference?.rows)
      // The score is a subject of its own on the wire: a rule for features must not match it.
      let isScore = subject == Subject.scoreName && test.name == .psi
      let name = isScore ? CheckName.scorePSI : test.name
      guard current.rows > 0 else {
        return Reading(
          name,
          subject: subject,
          sample: sample,
          obstacle: .noData(absence ?? "the window has no rows")
        )
      }
      guard let reference, reference.rows > 0 else {
        return Reading(
          name,
          subject: subject,
          sample: sample,
          obstacle: .noReference("the reference has no rows")
        )
      }
      return test.compare(current, with: reference)
    }
  }
}
