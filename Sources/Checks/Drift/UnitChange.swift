// SPDX-License-Identifier: Apache-2.0
package import Profiles

/// Recognises whether a number looks like the reference's in another unit.
package enum UnitChange {
  /// Factors between units in use: powers of ten, shares and per cent, seconds, minutes and hours,
  /// miles, pounds, inches, bytes.
  private static let factors: [Double] = {
    let sizes: [Double] = [
      10, 100, 1000, 10_000, 1_000_000, 60, 3600, 24, 86_400, 7, 12, 1.609_344, 2.204_622_6, 2.54,
      1024, 1_048_576,
    ]
    return sizes + sizes.map { 1 / $0 }
  }()
  /// Half of the sum of differences of shares from which on values look other than the reference's.
  private static let far = 0.1
  /// The index up to which the window's values are those of the scaled reference: the usual level
  /// of concern.
  private static let concern = 0.1
  /// From this share of the values on their mean beyond the range must be what the factor makes it.
  private static let beyondShare = 0.05

  /// Returns the factor by which the reference's values would have to be multiplied to be the
  /// window's; nil where none does, or where they are the same as they are.
  ///
  /// The reference's bins are moved by each factor as points at their means. The window must then
  /// pass the test of drift against the scaled reference, and the mean of its values beyond the
  /// range must be the scaled one's within three standard errors and 10 %, as prices and usage move
  /// meanwhile.
  ///
  /// - Complexity: O(factors · bins · log bins).
  package static func factor(_ current: FeatureCounts, _ reference: FeatureCounts) -> Double? {
    guard case .numeric(let binning) = current.binning.kind,
      let mine = shares(current, binning), let theirs = shares(reference, binning)
    else { return nil }
    let unscaled = distance(mine, theirs, in: binning)
    guard unscaled > far else { return nil }
    var best: (factor: Double, distance: Double)?
    for factor in factors {
      let found = distance(mine, moved(theirs, binning, by: factor), in: binning)
      guard found < unscaled / 2, found < best?.distance ?? .infinity,
        isSame(current, reference, shares: theirs, binning: binning, by: factor),
        beyondAgrees(current, theirs: theirs, binning: binning, factor: factor)
      else { continue }
      best = (factor, found)
    }
    return best?.factor
  }

  /// Recognises another unit in a part of a window, from one bucket to another.
  ///
  /// The part is the longest run of buckets that are farther from the reference than midway between
  /// the nearest and the farthest.
  ///
  /// - Parameters:
  ///   - buckets: A window's, in order of time, each with rows.
  ///   - reference: What they are compared with.
  /// - Returns: The factor and how many buckets have it; nil where there is no such part, or what
  ///   lies outside it does not look like the reference.
  /// - Complexity: O(buckets · bins + factors · bins · log bins).
  package static func factor(
    inPartOf buckets: [FeatureCounts],
    _ reference: FeatureCounts
  ) -> (factor: Double, buckets: Int)? {
    guard buckets.count > 1, case .numeric(let binning) = reference.binning.kind,
      let theirs = shares(reference, binning)
    else { return nil }
    let distances = buckets.map { bucket in
      shares(bucket, binning).map { distance($0, theirs, in: binning) } ?? 0
    }
    guard let near = distances.min(), let far = distances.max() else { return nil }
    var (longest, open) = (0..<0, 0)
    for (index, value) in distances.enumerated() {
      if value <= (near + far) / 2 { open = index + 1 }
      if index + 1 - open > longest.count { longest = open..<(index + 1) }
    }
    func sum(_ isInside: Bool) -> FeatureCounts {
      var counts = Array(repeating: 0, count: reference.counts.count)
      var beyond = OutOfRangeSums()
      for (index, bucket) in buckets.enumerated() where longest.contains(index) == isInside {
        for bin in counts.indices { counts[bin] += bucket.counts[bin] }
        beyond = beyond + bucket.outOfRange
      }
      return FeatureCounts(binning: reference.binning, counts: counts, outOfRange: beyond)
    }
    guard let outside = shares(sum(false), binning),
      distance(outside, theirs, in: binning) <= Self.far,
      let factor = factor(sum(true), reference)
    else { return nil }
    return (factor, longest.count)
  }

  /// How far around a factor others must explain the window less well.
  private static let nearby = 1.07

  /// Whether the window is no drift from the scaled reference, and less from it than from those
  /// scaled a little more or less; where all lies in one group nothing is known.
  private static func isSame(
    _ current: FeatureCounts,
    _ reference: FeatureCounts,
    shares theirs: [Double],
    binning: NumericBinning,
    by factor: Double
  ) -> Bool {
    let ordered = current.counts[NumericBinning.below...binning.above].map(Double.init)
    let counts = coarse(ordered, binning).map { Int($0) }
    let total = Double(rows(reference, binning))
    func index(_ factor: Double) -> (index: Double, law: SamplingLaw) {
      let scaled = coarse(moved(theirs, binning, by: factor), binning)
      let groups = GroupedCounts(
        current: counts,
        reference: scaled.map { Int(($0 * total).rounded()) }
      ).mergingSparse()
      return PopulationStabilityIndex.measure(groups)
    }
    let (found, law) = index(factor)
    let beyond = current.counts[NumericBinning.below] + current.counts[binning.above]
    guard found <= concern, found > 0 || beyond > 0 else { return false }
    // Where nearly all lies beyond the range chance decides among factors.
    let chance = law.scale * law.degreesOfFreedom
    return found <= min(index(factor / nearby).index, index(factor * nearby).index) + chance
  }

  /// The values of a feature.
  private static func rows(_ feature: FeatureCounts, _ binning: NumericBinning) -> Int {
    feature.counts[NumericBinning.below...binning.above].reduce(0, +)
  }

  /// The shares of the ordered bins; nil where there is no value.
  private static func shares(_ feature: FeatureCounts, _ binning: NumericBinning) -> [Double]? {
    let total = rows(feature, binning)
    guard total > 0 else { return nil }
    return feature.counts[NumericBinning.below...binning.above].map { Double($0) / Double(total) }
  }

  /// Shares of the reference as they would fall into its own bins after a multiplication.
  private static func moved(
    _ shares: [Double],
    _ binning: NumericBinning,
    by factor: Double
  ) -> [Double] {
    var moved = Array(repeating: 0.0, count: shares.count)
    for (index, share) in shares.enumerated() where share > 0 {
      let inner = index - 1
      guard binning.means.indices.contains(inner) else { continue }
      moved[binning.bin(of: binning.means[inner] * factor) - NumericBinning.below] += share
    }
    return moved
  }

  private static func distance(
    _ first: [Double],
    _ second: [Double],
    in binning: NumericBinning
  ) -> Double {
    zip(coarse(first, binning), coarse(second, binning)).reduce(0) { $0 + abs($1.0 - $1.1) } / 2
  }

  /// Ten neighbouring bins together, as a bin's values need not lie at its mean; a bin of one value
  /// is a group of its own.
  private static func coarse(_ bins: [Double], _ binning: NumericBinning) -> [Double] {
    var groups = [bins[0]]
    var open = (bins: 0, sum: 0.0)
    for index in 1..<(bins.count - 1) {
      let isPoint = binning.edges[index] == binning.edges[index - 1].nextUp
      if isPoint || open.bins == 10 {
        groups.append(open.sum)
        open = (0, 0)
      }
      if isPoint {
        groups.append(bins[index])
      } else {
        open = (open.bins + 1, open.sum + bins[index])
      }
    }
    return groups + [open.sum, bins[bins.count - 1]]
  }

  /// Whether the values beyond either end of the reference's range have the mean that the factor
  /// gives them.
  private static func beyondAgrees(
    _ current: FeatureCounts,
    theirs: [Double],
    binning: NumericBinning,
    factor: Double
  ) -> Bool {
    guard let smallest = binning.edges.first, let largest = binning.edges.last else { return true }
    let total = Double(rows(current, binning))
    let points = zip(binning.means, theirs.dropFirst()).map { ($0 * factor, $1) }
    func agrees(_ rows: Int, sum: Double, _ expected: [(value: Double, share: Double)]) -> Bool {
      guard Double(rows) > beyondShare * total else { return true }
      let share = expected.reduce(0) { $0 + $1.share }
      guard share > 0 else { return false }
      let mean = expected.reduce(0) { $0 + $1.value * $1.share } / share
      let square = expected.reduce(0) { $0 + $1.value * $1.value * $1.share } / share
      let error = (max(0, square - mean * mean) / Double(rows)).squareRoot()
      return abs(sum / Double(rows) - mean) <= 3 * error + 0.1 * abs(mean)
    }
    return agrees(
      current.counts[binning.above],
      sum: current.outOfRange.above,
      points.filter { $0.0 > largest }
    )
      && agrees(
        current.counts[NumericBinning.below],
        sum: current.outOfRange.below,
        points.filter { $0.0 < smallest }
      )
  }
}
