// SPDX-License-Identifier: Apache-2.0
private import Glibc
package import Profiles
import Statistics

/// How much the reference's own windows differ, by PSI: what a window must exceed to be more than
/// one of them.
///
/// Each of W windows of the reference, as long as those that are evaluated and side by side, is
/// compared with the other W − 1 together. Their mean index is a variance with few degrees of
/// freedom, and the index of a window from elsewhere over it follows an F law. How few, the
/// windows say themselves: where their groups move independently of one another each window has as
/// many as groups less one, where a season moves all along one direction only one. The number is
/// that of G. Box (Annals of Mathematical Statistics 25, 1954), (tr Σ)² / tr Σ², with the unbiased
/// estimates of Z. Bai and H. Saranadasa (Statistica Sinica 6, 1996).
package struct ReferenceSpread: Sendable, Hashable {
  /// Windows that are needed; fewer say nothing.
  package static let fewest = 4
  /// The chance that a window like the reference's exceeds the threshold.
  package static let alpha = 0.01

  /// Windows with rows.
  package let windows: Int
  /// The mean index of a window against the others.
  package let index: Double
  /// The same over its scale 1/n + 1/m and its degrees of freedom: how much more windows differ
  /// than samples of independent rows would, at least 1.
  package let dispersion: Double
  /// The degrees of freedom of one window's deviation, from 1 to groups less one.
  package let degreesOfFreedom: Double

  /// Returns the spread; nil where there are fewer than four windows.
  ///
  /// - `windows`: One feature's counts in each.
  /// - Complexity: O(windows · (bins + groups²)).
  package init?(_ windows: [FeatureCounts]) {
    self.init(grouped: windows.filter { $0.rows > 0 }.map(\.grouped))
  }

  /// Returns the spread of windows with rows, each as counts of the same groups.
  package init?(grouped windows: [[Int]]) {
    guard windows.count >= Self.fewest, var total = windows.first else { return nil }
    for counts in windows.dropFirst() {
      for group in total.indices { total[group] += counts[group] }
    }
    let layout = SpreadLayout(total, windows: windows.count)
    guard layout.groupCount > 1 else { return nil }
    let sums = layout.gather(total)
    var deviations: [[Double]] = []
    var ratios = 0.0
    for window in windows {
      let mine = layout.gather(window)
      let groups = GroupedCounts(current: mine, reference: zip(sums, mine).map { $0 - $1 })
      let (c, r) = groups.smoothedShares()
      let terms = zip(c, r).map { ($0 - $1) * log($0 / $1) }
      deviations.append(
        zip(terms, zip(c, r)).map { term, shares in
          (shares.0 < shares.1 ? -1 : 1) * max(0, term).squareRoot()
        }
      )
      let scale = 1 / Double(groups.currentTotal) + 1 / Double(groups.referenceTotal)
      ratios += terms.reduce(0, +) / (scale * Double(layout.groupCount - 1))
    }
    let count = Double(windows.count)
    self.windows = windows.count
    index = deviations.reduce(0) { $0 + $1.reduce(0) { $0 + $1 * $1 } } / count
    dispersion = max(1, ratios / count)
    degreesOfFreedom = Self.degrees(deviations)
  }

  /// A spread that is known.
  package init(windows: Int, index: Double, dispersion: Double, degreesOfFreedom: Double) {
    self.windows = windows
    self.index = index
    self.dispersion = dispersion
    self.degreesOfFreedom = degreesOfFreedom
  }

  /// The degrees of freedom of deviations that sum to about nothing, one row for each window.
  private static func degrees(_ deviations: [[Double]]) -> Double {
    guard let width = deviations.first?.count, width > 1 else { return 1 }
    let n = Double(deviations.count - 1)
    var (trace, square) = (0.0, 0.0)
    for first in 0..<width {
      for second in first..<width {
        let covariance = deviations.reduce(0) { $0 + $1[first] * $1[second] } / n
        if first == second { trace += covariance }
        square += (first == second ? 1 : 2) * covariance * covariance
      }
    }
    let squared = n * n / ((n - 1) * (n + 2)) * (square - trace * trace / n)
    guard squared > 0 else { return 1 }
    return min(Double(width - 1), max(1, (trace * trace - 2 * squared / n) / squared))
  }

  /// The index that a window like the reference's exceeds with the chance `alpha`.
  ///
  /// - `scale`: 1/n + 1/m of the window's comparison with the reference.
  /// - `degrees`: Its groups less one.
  package func threshold(scale: Double, degrees: Double, alpha: Double = alpha) -> Double {
    base(scale, degrees) * law.quantile(1 - alpha) / correction
  }

  /// The mean index of windows like the reference's.
  ///
  /// What sampling makes of it shrinks with the rows, what a season makes does not: the larger of
  /// both readings.
  private func base(_ scale: Double, _ degrees: Double) -> Double {
    max(index, dispersion * scale * degrees)
  }

  private var law: FisherF {
    FisherF(degreesOfFreedom, degreesOfFreedom * Double(windows - 1))
  }

  /// A window of the reference is compared with the others, one from elsewhere with all: their
  /// variances are those of one mean less another.
  private var correction: Double {
    let count = Double(windows)
    return count * count / ((count - 1) * (count + 1))
  }
}

/// What the reference's own windows show of a window's index.
package struct SpreadComparison: Sendable, Hashable {
  package let spread: ReferenceSpread
  /// The index that a window like the reference's exceeds with the chance `ReferenceSpread.alpha`.
  package let threshold: Double

  /// - `scale`: 1/n + 1/m of the comparison.
  /// - `degrees`: Its groups less one.
  package init(_ spread: ReferenceSpread, scale: Double, degrees: Double) {
    self.spread = spread
    threshold = spread.threshold(scale: scale, degrees: degrees)
  }
}

/// Groups that are merged until each window is expected to have rows in all of them.
private struct SpreadLayout {
  private let targets: [Int]
  let groupCount: Int

  init(_ total: [Int], windows: Int) {
    var targets: [Int] = []
    var (target, open) = (0, 0)
    let least = GroupedCounts.fewestExpected * Double(windows)
    for count in total {
      targets.append(target)
      open += count
      if Double(open) >= least { (target, open) = (target + 1, 0) }
    }
    // What is left over joins the last group.
    groupCount = max(1, target)
    self.targets = targets.map { [last = groupCount - 1] in min($0, last) }
  }

  func gather(_ counts: [Int]) -> [Int] {
    var sums = Array(repeating: 0, count: groupCount)
    for (group, count) in counts.enumerated() { sums[targets[group]] += count }
    return sums
  }
}
