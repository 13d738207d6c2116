// SPDX-License-Identifier: Apache-2.0
import Checks
import Glibc
import Statistics
import TestKit
import Testing

/// The promised rate of the PSI verdict, by seeded simulation.
@Suite struct ToleranceSimulation {
  struct Setting: Sendable, CustomTestStringConvertible {
    let rows: Int
    let groups: Int
    let reference: Int
    let isSkewed: Bool
    var testDescription: String {
      "\(rows) rows, \(groups) \(isSkewed ? "skewed" : "even") groups, reference \(reference)"
    }

    /// Even shares, or shares that halve from one to the next down to half a per cent.
    var shares: [Double] {
      let raw = (0..<groups).map { isSkewed ? max(0.005, Glibc.pow(0.5, Double($0 + 1))) : 1 }
      let sum = raw.reduce(0, +)
      return raw.map { $0 / sum }
    }

    static let all = [100, 500, 2000, 10_000, 50_000].flatMap { rows in
      [5, 10, 20].flatMap { groups in
        [5000, 50_000].flatMap { reference in
          [false, true].map {
            Setting(rows: rows, groups: groups, reference: reference, isSkewed: $0)
          }
        }
      }
    }
  }

  @Test(arguments: Setting.all)
  func `a shift at the tolerance is called drift in at most 6 % of windows`(_ setting: Setting) {
    var random = SplitMix64(
      seed: UInt64(
        setting.rows * 31 + setting.groups + setting.reference + (setting.isSkewed ? 7 : 0)
      )
    )
    let shares = setting.shares
    let moved = Shares(Shares.shifted(shares, psi: 0.1))
    let reference = Shares(shares)
    let runs = 2000
    let alarms = (0..<runs).count { _ in
      let counts = GroupedCounts(
        current: moved.draw(setting.rows, &random),
        reference: reference.draw(setting.reference, &random)
      )
      let (value, law) = PopulationStabilityIndex.measure(counts)
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
    let moved = Shares.shifted(shares, psi: 0.25)
    let found = (0..<400).count { _ in
      let counts = GroupedCounts(
        current: Shares(moved).draw(1000, &random),
        reference: Shares(shares).draw(5000, &random)
      )
      let (value, law) = PopulationStabilityIndex.measure(counts)
      let normal = 0.1 + Normal.quantile(0.95) * law.standardError
      return value > max(law.threshold(tolerance: 0.1, alpha: 0.05), normal)
    }
    #expect(found > 360, "\(found) of 400")
  }
}
