// SPDX-License-Identifier: Apache-2.0

/// The cells of a numeric column, frozen from its reference.
///
/// Cell 0 holds the missing values, 1 NaN, 2 and 3 the infinities, 4 what lies below the first
/// edge, then one cell for each pair of neighbouring edges, then what lies above the last. A cell
/// [lower, upper) belongs to one of a few *groups*, the deciles of the reference, which PSI
/// compares; KS and the Wasserstein distance use the cells themselves.
package struct NumericBinning: Sendable, Hashable, Codable {
  /// Cell borders in ascending order; empty when the reference held no value.
  package let edges: [Double]
  /// The decile, or the atom, to which each inner cell belongs; as many as inner cells.
  package let groups: [Int]
  /// The mean of the reference's values in each inner cell.
  package let means: [Double]
  /// The standard deviation of the reference's finite values, divisor n.
  package let standardDeviation: Double

  // Computed, not stored: a stored constant costs the scan a call for each value.
  package static var missing: Int { 0 }
  package static var notANumber: Int { 1 }
  package static var negativeInfinity: Int { 2 }
  package static var positiveInfinity: Int { 3 }
  /// The first cell in order of value; the inner cells follow it.
  package static var below: Int { 4 }

  package var innerCellCount: Int { max(0, edges.count - 1) }
  package var above: Int { Self.below + max(1, edges.count) }
  package var cellCount: Int { above + 1 }
  package var groupCount: Int { (groups.max() ?? -1) + 1 }

  /// Returns the group of a cell of values; those outside the reference's range are of the outer groups.
  package func group(ofCell cell: Int) -> Int {
    guard !groups.isEmpty else { return 0 }
    return groups[max(0, min(cell - inner.lowerBound, groups.count - 1))]
  }

  /// The inner cells' indices.
  package var inner: Range<Int> { (Self.below + 1)..<(Self.below + 1 + innerCellCount) }

  /// Returns the cell of a value.
  ///
  /// - Complexity: O(log edges).
  package func cell(of value: Double) -> Int {
    guard value.isFinite else {
      return value.isNaN
        ? Self.notANumber : value < 0 ? Self.negativeInfinity : Self.positiveInfinity
    }
    return Self.below + edges.partitioningIndex { $0 > value }
  }
}
