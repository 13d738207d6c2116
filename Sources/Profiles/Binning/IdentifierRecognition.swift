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
  /// quantity's frequency changes smoothly. *Roughness* is half the sum of the differences between
  /// each level's share and the mean of the three levels on either side, less what sampling alone
  /// would give. Measured on real columns: an agency's number 0.63, days of lead time 0.13,
  /// months of tenure 0.07.
  ///
  /// - `values`: Finite values in any order.
  /// - Complexity: O(n log n).
  package static func reason(forNumbers values: [Double]) -> String? {
    guard values.allSatisfy({ $0.rounded() == $0 }) else { return nil }
    var counts: [Double: Int] = [:]
    for value in values { counts[value, default: 0] += 1 }
    let levels = counts.sorted { $0.key < $1.key }.map { Double($0.value) }
    let total = Double(values.count)
    let entropy = levels.reduce(0) { $0 - $1 / total * log($1 / total) }
    guard levels.count >= 50, levels.count * 5 <= values.count, exp(entropy) >= 8 else {
      return nil
    }
    var roughness = 0.0
    for (index, level) in levels.enumerated() {
      let near = levels[max(0, index - 3)..<min(levels.count, index + 4)]
      let neighbours = Double(near.count - 1)
      let mean = (near.reduce(0, +) - level) / neighbours
      let noise = (max(mean, level) * (1 + 1 / neighbours) * 2 / .pi).squareRoot()
      roughness += (abs(level - mean) - noise) / (2 * total)
    }
    guard roughness > 0.4 else { return nil }
    return "\(levels.count) whole numbers whose frequencies have nothing in common with their "
      + "neighbours'"
  }
}
