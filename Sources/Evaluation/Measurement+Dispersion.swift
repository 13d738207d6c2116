// SPDX-License-Identifier: Apache-2.0
import Checks
import Profiles

/// How much windows of the reference differ among themselves.
extension Measurement {
  /// Returns how much more windows of a kind differ than samples of independent rows would.
  ///
  /// By the reference's windows of that length, or of a quarter of the reference where it is not
  /// four such windows long.
  ///
  /// - Returns: A factor from 1 up for each feature, then for the score.
  /// - Complexity: O(windows · bins).
  func makeDispersions(_ key: ModelSeries.Key, _ kind: WindowSpec) -> [Double] {
    func windows(_ versions: [String]) -> [FeatureProfile] {
      references.still(for: key.version).flatMap { range -> [FeatureProfile] in
        var parts: [Int64: FeatureProfile] = [:]
        for version in versions {
          guard let part = series.series[ModelSeries.Key(version: version, segment: key.segment)]
          else { continue }
          let found = part.features(in: range, parts: Overdispersion.fewest, days: kind.days)
          parts.merge(found) { first, second in
            var sum = first
            sum.merge(second)
            return sum
          }
        }
        return parts.sorted { $0.key < $1.key }.map(\.value)
      }
    }
    // As the reference itself: the version's own rows, else those of all.
    let own = windows([key.version])
    let windows = own.contains { $0.rows > 0 } ? own : windows(series.versions)
    let offsets = binning.offsets
    return (0...binning.features.count).map { index in
      Overdispersion.factor(windows.map { $0.feature(index, of: binning, offsets: offsets) })
    }
  }
}
