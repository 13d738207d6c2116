// SPDX-License-Identifier: Apache-2.0
private import Glibc
package import Profiles

/// How much more windows differ than samples of independent rows would, by the reference's own
/// windows.
///
/// Customers who are scored again and again, batches, weekdays: all make windows differ where
/// nothing has moved. The factor is the mean of PSI / (s · (groups − 1)) over windows of the
/// reference that do not overlap, each against the rest of it, with s = 1/n + 1/m; never below 1.
package enum Overdispersion {
  /// Windows that are needed; fewer say nothing.
  package static let fewest = 4

  /// Returns the factor; 1 where there are too few windows.
  ///
  /// - `windows`: One feature's counts in each.
  /// - Complexity: O(windows · bins).
  package static func factor(_ windows: [FeatureCounts]) -> Double {
    let windows = windows.filter { $0.rows > 0 }
    guard windows.count >= fewest, let first = windows.first else { return 1 }
    var total = first.counts
    for window in windows.dropFirst() {
      for bin in total.indices { total[bin] += window.counts[bin] }
    }
    let ratios = windows.compactMap { window -> Double? in
      let rest = FeatureCounts(
        binning: window.binning,
        counts: zip(total, window.counts).map { $0 - $1 }
      )
      guard rest.rows > 0 else { return nil }
      let groups = GroupedCounts(window, rest)
      guard groups.current.count > 1 else { return nil }
      let (c, r) = groups.smoothedShares()
      let index = zip(c, r).reduce(0) { $0 + ($1.0 - $1.1) * log($1.0 / $1.1) }
      let scale = 1 / Double(groups.currentTotal) + 1 / Double(groups.referenceTotal)
      return index / (scale * Double(groups.current.count - 1))
    }
    guard !ratios.isEmpty else { return 1 }
    return max(1, ratios.reduce(0, +) / Double(ratios.count))
  }
}
