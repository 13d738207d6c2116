// SPDX-License-Identifier: Apache-2.0
private import Glibc

/// Recognises columns that rise with the clock: times of loading, serial numbers, batches, names of
/// months.
///
/// They differ from every reference by nature, so that no comparison with one means anything.
package enum ClockRecognition {
  /// Rows that are needed.
  private static let fewestRows = 50
  /// From this rank correlation with the time of the prediction on a number follows the clock: the
  /// numbers of three months reach it.
  private static let correlation = 0.94
  /// From this share of the variance of time on levels stand for times: three months explain 8/9.
  private static let explained = 0.85
  /// How wide levels that follow one another may be together, in the width of all.
  private static let widths = 1.1

  /// Recognises numbers that follow the clock.
  ///
  /// By Spearman's rank correlation (C. Spearman, 1904), ties at their mean rank.
  ///
  /// - Parameters:
  ///   - values: One for each row; NaN where there is none.
  ///   - times: Of the same rows.
  /// - Returns: Why they do, or nil when they do not.
  /// - Complexity: O(n log n).
  package static func reason(values: [Double], times: [Double]) -> String? {
    let rows = zip(values, times).filter { !$0.0.isNaN }
    guard rows.count >= fewestRows else { return nil }
    let (x, y) = (ranks(rows.map(\.0)), ranks(rows.map(\.1)))
    let mean = Double(rows.count - 1) / 2
    var (xx, xy, yy) = (0.0, 0.0, 0.0)
    for (x, y) in zip(x, y) {
      xx += (x - mean) * (x - mean)
      xy += (x - mean) * (y - mean)
      yy += (y - mean) * (y - mean)
    }
    guard xx > 0, yy > 0, abs(xy) >= correlation * (xx * yy).squareRoot() else { return nil }
    return "it \(xy > 0 ? "rises" : "falls") with the time of the prediction"
  }

  /// The rank of each value from 0 on.
  private static func ranks(_ values: [Double]) -> [Double] {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var ranks = Array(repeating: 0.0, count: values.count)
    var start = 0
    while start < order.count {
      var end = start
      while end + 1 < order.count, values[order[end + 1]] == values[order[start]] { end += 1 }
      for place in start...end { ranks[order[place]] = Double(start + end) / 2 }
      start = end + 1
    }
    return ranks
  }

  /// What is known of the times of one level's rows: their number, sum and sum of squares, in any
  /// unit from any origin.
  package struct Level: Sendable, Hashable {
    package private(set) var rows = 0
    private(set) var sum = 0.0
    private(set) var squares = 0.0

    package init() {}

    package mutating func add(time: Double) {
      rows += 1
      sum += time
      squares += time * time
    }
  }

  /// Returns why levels stand for times, or nil when they do not.
  ///
  /// By the share of the variance of time that the levels explain, corrected for their number
  /// (R. Fisher's η², M. Ezekiel 1930), and by their widths: levels that follow one another are
  /// together as wide as all.
  ///
  /// - Complexity: O(levels).
  package static func reason(levels: some Collection<Level>) -> String? {
    let rows = levels.reduce(0) { $0 + $1.rows }
    guard levels.count >= 3, rows >= fewestRows, rows > levels.count else { return nil }
    let sum = levels.reduce(0) { $0 + $1.sum }
    let squares = levels.reduce(0) { $0 + $1.squares }
    let total = squares - sum * sum / Double(rows)
    guard total > 1e-9 * squares else { return nil }
    let squaresWithin = levels.map { max(0, $0.squares - $0.sum * $0.sum / Double($0.rows)) }
    let within = squaresWithin.reduce(0, +)
    let left = within / total * Double(rows - 1) / Double(rows - levels.count)
    let width = zip(levels, squaresWithin).reduce(0) { sum, level in
      sum + (level.1 / Double(level.0.rows)).squareRoot()
    }
    guard 1 - left >= explained, width <= widths * (total / Double(rows)).squareRoot() else {
      return nil
    }
    return "each of its \(levels.count) values stands for a time of the prediction"
  }
}
