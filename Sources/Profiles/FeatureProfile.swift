// SPDX-License-Identifier: Apache-2.0

/// What the rows of one model version and one bucket, window or reference looked like.
///
/// Additive: the profile of two sets of rows is the merge of their profiles, in any order.
package struct FeatureProfile: Sendable, Hashable {
  /// Rows counted.
  package var rows: Int
  /// Counts per bin, laid out as `Binning.offsets` says: `docs/internals/count-layout.md` draws it.
  package var counts: [Int]
  /// The sum of the values in each numeric feature's underflow and overflow bins, by feature index.
  ///
  /// Only features with such values appear. The distance that mass has moved needs them.
  package var outOfRangeSums: [Int: OutOfRangeSums]

  /// An empty profile.
  package init(binCount: Int) {
    rows = 0
    counts = Array(repeating: 0, count: binCount)
    outOfRangeSums = [:]
  }

  /// Adds another profile of the same binning.
  package mutating func merge(_ other: FeatureProfile) {
    precondition(counts.count == other.counts.count, "profiles of one binning only")
    rows += other.rows
    counts.add(other.counts)
    outOfRangeSums.merge(other.outOfRangeSums) { $0 + $1 }
  }
}

extension [Int] {
  /// Adds the elements of an array of the same length; sums of counts of rows cannot overflow.
  mutating func add(_ others: [Int]) {
    let others = others.span
    var mine = mutableSpan
    for index in 0..<mine.count { mine[index] &+= others[index] }
  }
}

/// Sums of the values below the first and above the last edge of a numeric feature.
package struct OutOfRangeSums: Sendable, Hashable, Codable {
  package var below: Double
  package var above: Double

  package init(below: Double = 0, above: Double = 0) {
    self.below = below
    self.above = above
  }

  package static func + (left: Self, right: Self) -> Self {
    // Sums of extreme values stay finite: an infinite sum could not be stored.
    func sum(_ a: Double, _ b: Double) -> Double {
      min(max(a + b, -.greatestFiniteMagnitude), .greatestFiniteMagnitude)
    }
    return OutOfRangeSums(below: sum(left.below, right.below), above: sum(left.above, right.above))
  }
}

/// One feature's part of a profile, with its binning.
package struct FeatureCounts: Sendable {
  package let binning: FeatureBinning
  package let counts: [Int]
  package let outOfRange: OutOfRangeSums

  package init(
    binning: FeatureBinning,
    counts: [Int],
    outOfRange: OutOfRangeSums = OutOfRangeSums()
  ) {
    precondition(counts.count == binning.kind.binCount)
    self.binning = binning
    self.counts = counts
    self.outOfRange = outOfRange
  }

  package var rows: Int { counts.reduce(0, +) }
  package var missing: Int { counts[0] }
}

extension FeatureProfile {
  /// Returns the part of the feature at `index`; the score's for the index after the last.
  package func feature(_ index: Int, of binning: Binning, offsets: [Int]) -> FeatureCounts {
    let feature = index == binning.features.count ? binning.scoreFeature : binning.features[index]
    let start = offsets[index]
    return FeatureCounts(
      binning: feature,
      counts: Array(counts[start..<(start + feature.kind.binCount)]),
      outOfRange: outOfRangeSums[index] ?? OutOfRangeSums()
    )
  }
}
