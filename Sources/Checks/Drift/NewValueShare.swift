// SPDX-License-Identifier: Apache-2.0
package import Profiles

/// The share of rows with a level that the reference did not have.
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
    let bin =
      switch current.binning.kind {
      case .category(let binning): binning.new
      case .identifier, .numeric: IdentifierBinning.new
      }
    return Share.reading(
      name,
      count: current.counts[bin],
      of: current,
      referenceCount: reference.counts[bin],
      ofReference: reference
    )
  }
}
