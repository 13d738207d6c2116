// SPDX-License-Identifier: Apache-2.0
package import Profiles

/// The share of values below the smallest or above the largest of the reference.
package struct OutOfRangeShare: DriftMeasure {
  package let name = CheckName.outOfRange
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
    func ends(_ feature: FeatureCounts) -> (below: Int, above: Int) {
      (feature.counts[NumericBinning.below], feature.counts[feature.counts.count - 1])
    }
    let mine = ends(current)
    let theirs = ends(reference)
    var reading = Share.reading(
      name,
      count: mine.below + mine.above,
      of: current,
      referenceCount: theirs.below + theirs.above,
      ofReference: reference
    )
    reading.details = [
      Reading.Detail("below", Double(mine.below)), Reading.Detail("above", Double(mine.above)),
    ]
    return reading
  }
}
