// SPDX-License-Identifier: Apache-2.0
import Checks
import Profiles

/// How much windows of the reference differ among themselves.
extension Measurement {
  /// Returns how much the reference's own windows of a kind differ, for each feature, then for the
  /// score; nil where it has fewer than four.
  ///
  /// - Complexity: O(windows · (buckets · bins + features · groups²)).
  func makeSpreads(_ key: ModelSeries.Key, _ kind: WindowSpec) -> [ReferenceSpread?] {
    differences(
      key,
      references.still(for: key.version).flatMap {
        history.plan.grid.adjacentWindows(kind, inside: $0)
      }
    )
  }

  /// Returns how much more windows of a kind differ than samples of independent rows would, for
  /// each feature, then for the score: by the reference's windows of that length, or by quarters of
  /// it where it is not four such windows long.
  func dispersions(_ key: ModelSeries.Key, _ kind: WindowSpec) -> [Double] {
    var found = spreads[key]?[kind] ?? []
    if found.allSatisfy({ $0 == nil }) {
      found = differences(
        key,
        references.still(for: key.version).flatMap { range in
          let days =
            (range.to.microseconds - range.from.microseconds) / FixedDuration.day.microseconds
          let quarter = WindowSpec.sliding(days: max(1, Int(days) / ReferenceSpread.fewest))
          return history.plan.grid.adjacentWindows(quarter, inside: range)
        }
      )
    }
    return found.map { $0?.dispersion ?? 1 }
  }

  /// How much windows differ: of the version's own rows or else of those of all, as the reference
  /// itself.
  private func differences(_ key: ModelSeries.Key, _ ranges: [TimeRange]) -> [ReferenceSpread?] {
    func windows(_ versions: [String]) -> [FeatureProfile] {
      ranges.map { range in
        var sum = FeatureProfile(binCount: binning.binCount)
        for version in versions {
          let part = series.series[ModelSeries.Key(version: version, segment: key.segment)]
          if let part { sum.merge(part.features(in: range)) }
        }
        return sum
      }
    }
    let own = windows([key.version])
    let found = own.contains { $0.rows > 0 } ? own : windows(series.versions)
    let offsets = binning.offsets
    return (0...binning.features.count).map { index in
      ReferenceSpread(found.map { $0.feature(index, of: binning, offsets: offsets) })
    }
  }

  /// What is known of how much a feature's rows differ without drift; the score's index is that
  /// after the last feature.
  func driftContext(_ key: ModelSeries.Key, _ kind: WindowSpec, feature index: Int) -> DriftContext
  {
    DriftContext(
      designEffect: (
        customers.design(key.version, kind)?.rows ?? 1,
        customers.effects[key.version]?.effects.reference?.rows ?? 1
      ),
      spread: spreads[key]?[kind]?[index]
    )
  }
}
