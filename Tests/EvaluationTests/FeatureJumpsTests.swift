// SPDX-License-Identifier: Apache-2.0
import Evaluation
import Profiles
import Statistics
import Testing

/// Whether missing values that jump are a fault, or customers of another kind.
@Suite struct FeatureJumpsTests {
  /// What is scored on a day: shares of rows.
  private struct Day {
    /// Rows whose first feature is lost, whoever they are.
    var lost = 0.0
    /// Customers of a new kind: they have no first feature, and other values of the others.
    var newcomers = 0.0
  }

  private static func reason(_ days: [Day], seed: UInt64 = 7) -> FeatureJumps.Reason? {
    let binning = NumericBinningBuilder().binning(
      of: (0..<1000).map { Double($0) / 1000 },
      range: 0...1
    )
    var random = SplitMix64(seed: seed)
    var features = Array(repeating: [FeatureCounts](), count: 5)
    for day in days {
      var counts = Array(repeating: Array(repeating: 0, count: binning.binCount), count: 5)
      for _ in 0..<700 {
        let isNew = random.chance(day.newcomers)
        for feature in 0..<5 {
          // Newcomers differ in the second and third feature.
          let value = random.uniform() * (isNew && (1...2).contains(feature) ? 0.3 : 1)
          let isMissing = feature == 0 && (isNew || random.chance(0.04 + day.lost))
          counts[feature][isMissing ? NumericBinning.missing : binning.bin(of: value)] += 1
        }
      }
      for feature in 0..<5 {
        features[feature].append(
          FeatureCounts(
            binning: FeatureBinning(name: "f\(feature)", kind: .numeric(binning)),
            counts: counts[feature]
          )
        )
      }
    }
    return FeatureJumps(features).reason(0) { $0.missing }
  }

  @Test func `a column that is lost from one day to the next is a fault`() {
    for seed in 0..<20 {
      let days = (0..<28).map { Day(lost: $0 < 20 ? 0 : 0.2) }
      #expect(Self.reason(days, seed: UInt64(seed)) == .fault)
    }
  }

  @Test func `customers of a new kind who have no value are none`() {
    for seed in 0..<20 {
      let days = (0..<28).map { Day(newcomers: $0 < 20 ? 0 : 0.4) }
      guard case .customers(let movers) = Self.reason(days, seed: UInt64(seed)) else {
        Issue.record("seed \(seed)")
        continue
      }
      #expect(Set(movers) == [1, 2])
    }
  }

  @Test func `a column that is lost after the customers changed is a fault`() {
    let days = (0..<28).map { Day(lost: $0 < 20 ? 0 : 0.5, newcomers: $0 < 10 ? 0 : 0.2) }
    #expect(Self.reason(days) == .fault)
  }

  @Test func `what rises slowly, or stays as it was, is no fault`() {
    #expect(Self.reason((0..<28).map { Day(lost: Double($0) * 0.01) }) == nil)
    #expect(Self.reason((0..<28).map { _ in Day(lost: 0.3) }) == nil)
  }
}
