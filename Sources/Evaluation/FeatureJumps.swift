// SPDX-License-Identifier: Apache-2.0
package import Profiles

/// What rose from one bucket to the next, and whether customers of another kind explain it.
///
/// A fault begins with a load and leaves the other columns as they were. A group of customers that
/// is new brings its own missing values, and moves other columns as much at the same time.
package struct FeatureJumps {
  /// By feature, the counts of each bucket in order of time.
  private let features: [[FeatureCounts]]

  package init(_ features: [[FeatureCounts]]) { self.features = features }

  /// Buckets before a border and after it that are compared.
  private static let (before, after) = (3, 2)
  /// The smallest rise that is a jump, and the standard errors by which it must be one.
  private static let (least, errors) = (0.1, 4.0)
  /// Other features that must move for a jump to be one of customers.
  private static let movers = 2

  /// Why a share jumped.
  package enum Reason: Sendable, Hashable {
    case fault
    /// Other features moved as much at the same time, those that moved most first.
    case customers([Int])
  }

  /// Returns why a share of a feature's rows jumped to more than three quarters of what it is now;
  /// nil where it did not.
  ///
  /// - Parameters:
  ///   - feature: The feature's index.
  ///   - count: The rows of a bucket that it is about.
  /// - Returns: The reason of the newest jump.
  /// - Complexity: O(buckets), and for each jump O(features · bins).
  package func reason(_ feature: Int, _ count: (FeatureCounts) -> Int) -> Reason? {
    let buckets = features[feature]
    guard buckets.count >= 2 else { return nil }
    func share(_ range: Range<Int>) -> (share: Double, rows: Double) {
      let rows = Double(range.reduce(0) { $0 + max(1, buckets[$1].rows) })
      return (Double(range.reduce(0) { $0 + count(buckets[$1]) }) / rows, rows)
    }
    let level = share(max(1, buckets.count - Self.before)..<buckets.count).share
    let borders = buckets.indices.dropFirst()
    let jumps = borders.map { border in
      let (old, new) = sides(of: border, buckets.count)
      return share(new).share - share(old).share
    }
    let isJump = { (border: Int, jump: Double) in
      guard jump > Self.least else { return false }
      let (old, new) = sides(of: border, buckets.count)
      let (before, after) = (share(old), share(new))
      let mean =
        (before.share * before.rows + after.share * after.rows) / (before.rows + after.rows)
      let error = (mean * (1 - mean) * (1 / before.rows + 1 / after.rows)).squareRoot()
      // The borders next to that of the jump see a part of it.
      let near = max(0, border - 1 - Self.before)..<min(jumps.count, border + Self.before)
      return jump > Self.errors * error && after.share > 0.75 * level
        && jump >= jumps[near].max() ?? jump
    }
    return Array(zip(borders, jumps)).last(where: isJump).map { border, jump in
      let movers = movers(by: jump / 2, at: border, besides: feature)
      return movers.count >= Self.movers ? .customers(movers) : .fault
    }
  }

  /// Whether the values of a feature as a whole changed from one bucket to the next: so large a
  /// share of the rows moved as makes another column of it.
  ///
  /// - Complexity: O(buckets · bins).
  package func isSharp(_ feature: Int) -> Bool {
    features[feature].indices.dropFirst().contains { border in
      let (old, new) = sides(of: border, features[feature].count)
      return Self.distance(features[feature][old], features[feature][new]) > Self.sharp
    }
  }

  /// The total variation distance of a sharp change.
  private static let sharp = 0.3

  private func sides(of border: Int, _ count: Int) -> (Range<Int>, Range<Int>) {
    (max(0, border - Self.before)..<border, border..<min(border + Self.after, count))
  }

  /// The other features that move by so much of their rows that have a known value.
  private func movers(by amount: Double, at border: Int, besides feature: Int) -> [Int] {
    let (old, new) = sides(of: border, features[feature].count)
    return features.indices.filter { $0 != feature }
      .map { (index: $0, distance: Self.distance(features[$0][old], features[$0][new])) }
      .filter { $0.distance > amount }
      .sorted { ($1.distance, $0.index) < ($0.distance, $1.index) }
      .map(\.index)
  }

  /// The total variation distance of two sets of values; none where chance may have made it.
  private static func distance(
    _ old: ArraySlice<FeatureCounts>,
    _ new: ArraySlice<FeatureCounts>
  ) -> Double {
    func sum(_ buckets: ArraySlice<FeatureCounts>) -> [Double] {
      buckets.reduce(into: []) { sum, bucket in
        let groups = bucket.grouped.map(Double.init)
        sum = sum.isEmpty ? groups : zip(sum, groups).map { $0 + $1 }
        // Missing values are what is to be explained.
        sum[0] = 0
      }
    }
    let (before, after) = (sum(old), sum(new))
    let (rows, newRows) = (before.reduce(0, +), after.reduce(0, +))
    guard rows > 0, newRows > 0, before.count == after.count else { return 0 }
    var (distance, noise) = (0.0, 0.0)
    for bin in before.indices {
      let (share, now) = (before[bin] / rows, after[bin] / newRows)
      let mean = (before[bin] + after[bin]) / (rows + newRows)
      distance += abs(now - share) / 2
      noise += (mean * (1 - mean) * (1 / rows + 1 / newRows)).squareRoot() / 2
    }
    return distance > 2 * noise ? distance : 0
  }
}
