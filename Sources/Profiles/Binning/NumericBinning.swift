// SPDX-License-Identifier: Apache-2.0

/// The bins of a numeric column, frozen from its reference.
///
/// Bin 0 holds the missing values, 1 NaN, 2 and 3 the infinities, 4 what lies below the first
/// edge, then one bin for each pair of neighbouring edges, then what lies above the last. A bin
/// [lower, upper) belongs to one of a few *groups*, the deciles of the reference, which PSI
/// compares; KS and the Wasserstein distance use the bins themselves.
/// `docs/internals/count-layout.md` draws them.
package struct NumericBinning: Sendable, Hashable, Codable {
  /// Bin borders in ascending order; empty when the reference held no value.
  package let edges: [Double]
  /// The decile, or the point mass, to which each inner bin belongs; as many as inner bins.
  package let groups: [Int]
  /// The mean of the reference's values in each inner bin.
  package let means: [Double]
  /// The standard deviation of the reference's finite values, divisor n.
  package let standardDeviation: Double

  // Computed, not stored: a stored constant costs the scan a call for each value.
  package static var missing: Int { 0 }
  package static var notANumber: Int { 1 }
  package static var negativeInfinity: Int { 2 }
  package static var positiveInfinity: Int { 3 }
  /// The first bin in order of value; the inner bins follow it.
  package static var below: Int { 4 }

  package var innerBinCount: Int { max(0, edges.count - 1) }
  package var above: Int { Self.below + max(1, edges.count) }
  package var binCount: Int { above + 1 }
  package var groupCount: Int { (groups.max() ?? -1) + 1 }

  /// Returns the group of a bin of values; those outside the reference's range are of the outer
  /// groups.
  package func group(ofBin bin: Int) -> Int {
    guard !groups.isEmpty else { return 0 }
    return groups[max(0, min(bin - inner.lowerBound, groups.count - 1))]
  }

  /// The inner bins' indices.
  package var inner: Range<Int> { (Self.below + 1)..<(Self.below + 1 + innerBinCount) }

  /// Returns the bin of a value.
  ///
  /// - Complexity: O(log edges).
  package func bin(of value: Double) -> Int {
    guard value.isFinite else {
      return value.isNaN
        ? Self.notANumber : value < 0 ? Self.negativeInfinity : Self.positiveInfinity
    }
    return Self.below + edges.partitioningIndex { $0 > value }
  }
}
