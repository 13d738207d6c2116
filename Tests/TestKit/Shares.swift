// SPDX-License-Identifier: Apache-2.0
private import Glibc
package import Statistics

/// Shares of groups from which rows are drawn four to a random word, to a 65,536th.
package struct Shares: Sendable {
  private let table: [UInt8]
  private let groupCount: Int

  package init(_ shares: [Double]) {
    var table: [UInt8] = []
    var sum = 0.0
    for (group, share) in shares.enumerated() {
      sum += share
      let end = group == shares.count - 1 ? 65_536 : Int((sum * 65_536).rounded())
      while table.count < end { table.append(UInt8(group)) }
    }
    self.table = table
    groupCount = shares.count
  }

  /// Draws `count` rows and counts them by group.
  package func draw(_ count: Int, _ random: inout SplitMix64) -> [Int] {
    var counts = Array(repeating: 0, count: groupCount)
    var left = count
    while left > 0 {
      var word = random.next()
      for _ in 0..<min(4, left) {
        counts[Int(table[Int(word & 0xFFFF)])] += 1
        word >>= 16
      }
      left -= 4
    }
    return counts
  }

  /// Shares moved from a start toward one end until the true PSI is `target`.
  package static func shifted(_ shares: [Double], psi target: Double) -> [Double] {
    func moved(_ amount: Double) -> [Double] {
      let tilted = shares.enumerated().map { index, share in
        share * (1 + amount * (Double(index) / Double(shares.count - 1) - 0.5))
      }
      let sum = tilted.reduce(0, +)
      return tilted.map { $0 / sum }
    }
    func psi(_ other: [Double]) -> Double {
      zip(shares, other).reduce(0) { $0 + ($1.0 - $1.1) * log($1.0 / $1.1) }
    }
    var low = 0.0
    var high = 1.999
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if psi(moved(middle)) < target { low = middle } else { high = middle }
    }
    return moved(low)
  }
}
