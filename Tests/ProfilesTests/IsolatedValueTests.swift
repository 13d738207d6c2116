// SPDX-License-Identifier: Apache-2.0
import Profiles
import Statistics
import Testing

/// Numbers that look like codes for "not known".
@Suite struct IsolatedValueTests {
  private static func column(_ count: Int = 2000, _ value: (inout SplitMix64) -> Double) -> [Double]
  {
    var random = SplitMix64(seed: 5)
    return (0..<count).map { _ in value(&random) }
  }

  @Test(arguments: [-1.0, -9, -999, 999, 9999, 99_999])
  func `a number apart from the others is found`(code: Double) throws {
    let tenure = Self.column { $0.chance(0.04) ? code : ($0.uniform() * 72).rounded() }
    let found = try #require(IsolatedValueRecognition.reason(tenure))
    #expect(found.value == code)
    #expect(abs(found.share - 0.04) < 0.015)
  }

  @Test func `numbers that belong to the others are none`() {
    for values in [
      // Differences, balances with many negative values, a price of 999 among others, a count.
      Self.column { ($0.normal() * 3).rounded() }, Self.column { $0.uniform() * 100 - 50 },
      Self.column { ($0.uniform() * 1200).rounded() + ($0.chance(0.1) ? 99 : 0) },
      Self.column { ($0.uniform() * 9).rounded() }, Self.column { _ in -1 },
      // One row is no code.
      Self.column { ($0.uniform() * 72).rounded() } + [999],
      Self.column(100) { $0.chance(0.1) ? -1 : $0.uniform() },
    ] {
      #expect(IsolatedValueRecognition.reason(values) == nil)
    }
  }
}
