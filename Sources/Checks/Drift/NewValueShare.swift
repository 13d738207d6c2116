// SPDX-License-Identifier: Apache-2.0
package import Profiles
import Statistics

/// The share of rows with a level that the reference did not have.
///
/// A reference of many rare levels has not seen them all. What share of the next rows will have a
/// level that it has not seen is the share of its rows whose level it has seen once (I. Good,
/// Biometrika 40, 1953, after A. Turing): a window is compared with that, and not with zero.
package struct NewValueShare: DriftMeasure {
  package let name = CheckName.newValues
  package init() {}

  package func applies(to kind: FeatureKind) -> Bool {
    switch kind {
    case .numeric: false
    case .category: true
    case .identifier(let binning): !binning.overflowed
    }
  }

  package func compare(
    _ current: FeatureCounts,
    with reference: FeatureCounts,
    in _: DriftContext
  ) -> Reading {
    let (bin, seen) =
      switch current.binning.kind {
      case .category(let binning): (binning.new, binning.seen)
      case .identifier(let binning): (IdentifierBinning.new, binning.seen)
      case .numeric: (IdentifierBinning.new, SeenLevels())
      }
    var reading = Share.reading(
      name,
      count: current.counts[bin],
      of: current,
      referenceCount: reference.counts[bin],
      ofReference: reference
    )
    // Where the bins come from a part of the reference, the rest of it shows new levels itself.
    if let expected = Proportion(seen.once, of: seen.rows),
      expected.value > reading.reference ?? 0, reading.obstacle == nil
    {
      reading.reference = expected.value
      reading.referenceInterval = expected.wilsonInterval()
    }
    return reading
  }
}
