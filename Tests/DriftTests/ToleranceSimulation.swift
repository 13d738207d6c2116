// SPDX-License-Identifier: Apache-2.0
import Drift
import Findings
import Glibc
import Statistics
import Testing

/// The promised rate of the PSI verdict, by seeded simulation.
@Suite struct ToleranceSimulation {
  /// Draws `count` rows from shares and counts them by group.
  private static func draw(
    _ shares: [Double],
    _ count: Int,
    _ random: inout SplitMix64
  ) -> [Int] {
    var cumulative: [Double] = []
    var sum = 0.0
    for share in shares {
      sum += share
      cumulative.append(sum)
    }
    var counts = Array(repeating: 0, count: shares.count)
    for _ in 0..<count {
      let value = random.uniform()
      counts[cumulative.firstIndex { value < $0 } ?? shares.count - 1] += 1
    }
    return counts
  }

  /// Shares moved from a start toward one end until the true PSI is `target`.
  private static func shifted(_ shares: [Double], psi target: Double) -> [Double] {
    func moved(_ amount: Double) -> [Double] {
      let tilted = shares.enumerated().map { index, share in
        share * (1 + amount * (Double(index) / Double(shares.count - 1) - 0.5))
      }
      let sum = tilted.reduce(0, +)
      return tilted.map { $0 / sum }
    }
    func psi(_ other: [Double]) -> Double {
      zip(shares, other).reduce(0) { $0 + ($1.0 - $1.1) * Glibc.log($1.0 / $1.1) }
    }
    var low = 0.0
    var high = 1.999
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if psi(moved(middle)) < target { low = middle } else { high = middle }
    }
    return moved(low)
  }

  struct Setting: Sendable, CustomTestStringConvertible {
    let rows: Int
    let groups: Int
    var testDescription: String { "\(rows) rows, \(groups) groups" }
  }

  @Test(arguments: [
    Setting(rows: 100, groups: 5), Setting(rows: 500, groups: 10), Setting(rows: 2000, groups: 10),
    Setting(rows: 2000, groups: 20),
  ])
  func `a shift at the tolerance is called drift in at most 6 % of windows`(_ setting: Setting) {
    var random = SplitMix64(seed: UInt64(setting.rows * 31 + setting.groups))
    let shares = Array(repeating: 1 / Double(setting.groups), count: setting.groups)
    let moved = Self.shifted(shares, psi: 0.1)
    let runs = 1500
    let alarms = (0..<runs).count { _ in
      let counts = GroupedCounts(
        current: Self.draw(moved, setting.rows, &random),
        reference: Self.draw(shares, 5000, &random)
      )
      let reading = PopulationStabilityIndex.reading(.psi, subject: "f", counts)
      guard let law = reading.law, let value = reading.value else { return false }
      let normal = 0.1 + Normal.quantile(0.95) * law.standardError
      return value > max(law.threshold(tolerance: 0.1, alpha: 0.05), normal)
    }
    // 6 % and three standard errors of the simulation.
    let rate = Double(alarms) / Double(runs)
    #expect(rate <= 0.06 + 3 * (0.06 * 0.94 / Double(runs)).squareRoot(), "\(rate)")
  }

  @Test func `a shift of 0.25 is found in most windows of 1,000 rows`() {
    var random = SplitMix64(seed: 99)
    let shares = Array(repeating: 0.1, count: 10)
    let moved = Self.shifted(shares, psi: 0.25)
    let found = (0..<400).count { _ in
      let counts = GroupedCounts(
        current: Self.draw(moved, 1000, &random),
        reference: Self.draw(shares, 5000, &random)
      )
      let reading = PopulationStabilityIndex.reading(.psi, subject: "f", counts)
      guard let law = reading.law, let value = reading.value else { return false }
      let normal = 0.1 + Normal.quantile(0.95) * law.standardError
      return value > max(law.threshold(tolerance: 0.1, alpha: 0.05), normal)
    }
    #expect(found > 360, "\(found) of 400")
  }
}
