// SPDX-License-Identifier: Apache-2.0
package import Profiles

/// All measures of drift; also the order in which reports print.
package enum DriftMeasures {
  package static let all: [any DriftMeasure] = [
    PopulationStabilityIndex(),
    KolmogorovSmirnovDistance(),
    WassersteinDistance(),
    JensenShannonDistance(),
    ChiSquareTest(),
    MissingShare(),
    StuckShare(),
    NewValueShare(),
    OutOfRangeShare(),
  ]

  /// Returns all readings that make sense for a feature; one `noData` or `noReference` reading
  /// each where there is nothing to compare.
  ///
  /// - `current`: The window's counts.
  /// - `reference`: The reference's counts, nil where there is no reference.
  /// - `context`: What is known of how much they differ without drift.
  /// - `absence`: Why the feature has no rows, when the reason is known: it left the table.
  package static func readings(
    _ current: FeatureCounts,
    with reference: FeatureCounts?,
    in context: DriftContext = DriftContext(),
    absence: String? = nil
  ) -> [Reading] {
    all.filter { $0.applies(to: current.binning.kind) }.map { measure in
      let subject = current.binning.name
      let sample = Reading.Sample(current: current.rows, reference: reference?.rows)
      let check = measure.check(of: subject)
      guard current.rows > 0 else {
        return Reading(
          check,
          subject: subject,
          sample: sample,
          obstacle: .noData(absence ?? "the window has no rows")
        )
      }
      guard let reference, reference.rows > 0 else {
        return Reading(
          check,
          subject: subject,
          sample: sample,
          obstacle: .noReference("the reference has no rows")
        )
      }
      return measure.compare(current, with: reference, in: context)
    }
  }
}
