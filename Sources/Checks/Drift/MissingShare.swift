// SPDX-License-Identifier: Apache-2.0
package import Profiles

/// The share of missing values: NULL, NaN and the infinities, which are also given apart.
package struct MissingShare: DriftMeasure {
  package let name = CheckName.missing
  package init() {}
  package func applies(to kind: FeatureKind) -> Bool { true }

  package func compare(
    _ current: FeatureCounts,
    with reference: FeatureCounts,
    in _: DriftContext
  ) -> Reading {
    func count(_ feature: FeatureCounts) -> Int {
      guard case .numeric = feature.binning.kind else { return feature.missing }
      return feature.counts[..<NumericBinning.below].reduce(0, +)
    }
    var reading = Share.reading(
      name,
      count: count(current),
      of: current,
      referenceCount: count(reference),
      ofReference: reference
    )
    if case .numeric = current.binning.kind {
      let infinite =
        current.counts[NumericBinning.negativeInfinity]
        + current.counts[NumericBinning.positiveInfinity]
      reading.details = [
        Reading.Detail("null", Double(current.missing)),
        Reading.Detail("nan", Double(current.counts[NumericBinning.notANumber])),
        Reading.Detail("infinite", Double(infinite)),
      ]
    }
    return reading
  }
}
