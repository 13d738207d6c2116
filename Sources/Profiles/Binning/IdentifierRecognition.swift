// SPDX-License-Identifier: Apache-2.0
private import Glibc

/// Recognises columns that name things rather than measure or classify them.
package enum IdentifierRecognition {
  /// Returns why a categorical column is an identifier, or nil when it is not.
  ///
  /// - `distinct`: The number of levels seen, or the limit at which counting stopped.
  /// - `overflowed`: Whether counting stopped.
  /// - `rows`: Rows that are not missing.
  package static func reason(distinct: Int, overflowed: Bool, rows: Int) -> String? {
    if overflowed { return "more than \(distinct) different values" }
    let isNearlyUnique = distinct >= 50 && distinct * 2 > rows
    guard isNearlyUnique || distinct > 1000 else { return nil }
    return "\(distinct) different values in \(rows) rows"
  }

  /// Returns why a numeric column is an identifier, or nil when it is not.
  ///
  /// A code is a whole number whose frequency has nothing to do with that of its neighbours; a
  /// quantity's frequency changes smoothly, once amounts that people round are rounded alike.
  ///
  /// - Parameter values: Finite values in any order.
  /// - Returns: The reason, for people.
  /// - Complexity: O(n log n).
  package static func reason(forNumbers values: [Double]) -> String? {
    guard values.allSatisfy({ $0.rounded() == $0 }) else { return nil }
    let counts = counts(values) { $0 }
    let levels = counts.sorted { $0.key < $1.key }.map { Double($0.value) }
    let total = Double(values.count)
    let entropy = levels.reduce(0) { $0 - $1 / total * log($1 / total) }
    guard levels.count >= 50, levels.count * 5 <= values.count, exp(entropy) >= 8,
      roughness(levels) > rough
    else { return nil }
    for step in steps where isHeaped(counts, at: step, total: total) {
      let rounded = Self.counts(values) { ($0 / step).rounded() * step }
      if rounded.count >= fewestRounded,
        roughness(rounded.sorted { $0.key < $1.key }.map { Double($0.value) }) <= rough
      {
        return nil
      }
    }
    return "\(levels.count) whole numbers whose frequencies have nothing in common with their "
      + "neighbours'"
  }

  /// Measured on real columns: an agency's number 0.63, days of lead time 0.13, months of tenure
  /// 0.07.
  private static let rough = 0.4
  /// To what people round amounts.
  private static let steps = [5.0, 10, 50, 100, 500, 1000, 5000, 10_000, 50_000, 100_000]
  /// So many rounded amounts show whether frequencies change smoothly.
  private static let fewestRounded = 15

  private static func counts(
    _ values: [Double],
    by key: (Double) -> Double
  ) -> [Double: Int] {
    values.reduce(into: [:]) { $0[key($1), default: 0] += 1 }
  }

  /// Whether multiples of a step are at least twice as frequent as other values.
  private static func isHeaped(
    _ counts: [Double: Int],
    at step: Double,
    total: Double
  ) -> Bool {
    let multiples = counts.filter { $0.key.truncatingRemainder(dividingBy: step) == 0 }
    let rows = Double(multiples.values.reduce(0, +)) / total
    return rows >= 2 * Double(multiples.count) / Double(counts.count)
  }

  /// Half the sum of the differences between each level's share and the mean of the three levels on
  /// either side, less what sampling alone would give.
  private static func roughness(_ levels: [Double]) -> Double {
    let total = levels.reduce(0, +)
    var roughness = 0.0
    for (index, level) in levels.enumerated() {
      let near = levels[max(0, index - 3)..<min(levels.count, index + 4)]
      let neighbours = Double(near.count - 1)
      let mean = (near.reduce(0, +) - level) / neighbours
      let noise = (max(mean, level) * (1 + 1 / neighbours) * 2 / .pi).squareRoot()
      roughness += (abs(level - mean) - noise) / (2 * total)
    }
    return roughness
  }
}
