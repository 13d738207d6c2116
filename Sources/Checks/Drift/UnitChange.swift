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
  /// Shares must differ by more than `far` from the reference's, and by less than half of that from
  /// those of the scaled reference.
  private static let far = 0.1

  /// Returns the factor by which the reference's values would have to be multiplied to look like
  /// the window's; nil where none does, or where they look like them as they are.
  ///
  /// The reference's bins are moved by each factor as points at their means; half of the sum of
  /// differences of shares is compared, and the mean beyond the range where most values lie there.
  ///
  /// - Complexity: O(factors · bins · log bins).
  package static func factor(_ current: FeatureCounts, _ reference: FeatureCounts) -> Double? {
    guard case .numeric(let binning) = current.binning.kind,
      let mine = shares(current, binning), let theirs = shares(reference, binning)
    else { return nil }
    let unscaled = distance(mine, theirs)
    guard unscaled > far else { return nil }
    var best: (factor: Double, distance: Double)?
    for factor in factors {
      let found = distance(mine, moved(theirs, binning, by: factor))
      guard found < unscaled / 2, found < best?.distance ?? .infinity,
        beyondAgrees(current, theirs: theirs, binning: binning, factor: factor)
      else { continue }
      best = (factor, found)
    }
    return best?.factor
  }

  /// The shares of the ordered bins; nil where there is no value.
  private static func shares(_ feature: FeatureCounts, _ binning: NumericBinning) -> [Double]? {
    let ordered = feature.counts[NumericBinning.below...binning.above]
    let total = ordered.reduce(0, +)
    guard total > 0 else { return nil }
    return ordered.map { Double($0) / Double(total) }
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

  private static func distance(_ first: [Double], _ second: [Double]) -> Double {
    // Neighbouring bins count together: a bin's values need not lie at its mean.
    func coarse(_ shares: [Double]) -> [Double] {
      let inner = stride(from: 1, to: shares.count - 1, by: 10).map { start in
        shares[start..<min(start + 10, shares.count - 1)].reduce(0, +)
      }
      return [shares[0]] + inner + [shares[shares.count - 1]]
    }
    return zip(coarse(first), coarse(second)).reduce(0) { $0 + abs($1.0 - $1.1) } / 2
  }

  /// Whether the values beyond the reference's range have the mean that the factor gives them.
  private static func beyondAgrees(
    _ current: FeatureCounts,
    theirs: [Double],
    binning: NumericBinning,
    factor: Double
  ) -> Bool {
    let above = current.counts[binning.above]
    let total = current.counts[NumericBinning.below...binning.above].reduce(0, +)
    guard let largest = binning.edges.last, above * 20 > total else { return true }
    var (sum, share) = (0.0, 0.0)
    for (mean, part) in zip(binning.means, theirs.dropFirst()) where mean * factor > largest {
      sum += mean * factor * part
      share += part
    }
    guard share > 0 else { return false }
    let ratio = current.outOfRange.above / Double(above) / (sum / share)
    return abs(ratio - 1) < 0.25
  }
}
