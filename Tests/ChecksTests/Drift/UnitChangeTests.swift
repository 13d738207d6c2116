// SPDX-License-Identifier: Apache-2.0
import Checks
import Foundation
import Profiles
import Statistics
import Testing

@Suite struct UnitChangeTests {
  /// Half zeros, the rest charges of some tens.
  private static func values(_ count: Int, seed: UInt64) -> [Double] {
    var random = SplitMix64(seed: seed)
    return (0..<count).map { _ in random.chance(0.5) ? 0 : exp(3 + 0.6 * random.normal()) }
  }

  private static func counts(_ binning: NumericBinning, _ values: [Double]) -> FeatureCounts {
    var counts = Array(repeating: 0, count: binning.binCount)
    var outOfRange = OutOfRangeSums()
    for value in values {
      let bin = binning.bin(of: value)
      counts[bin] += 1
      if bin == NumericBinning.below { outOfRange.below += value }
      if bin == binning.above { outOfRange.above += value }
    }
    return FeatureCounts(
      binning: FeatureBinning(name: "charges", kind: .numeric(binning)),
      counts: counts,
      outOfRange: outOfRange
    )
  }

  private static let binning: NumericBinning = {
    let values = Self.values(20_000, seed: 1)
    return NumericBinningBuilder().binning(
      of: values,
      range: (values.min() ?? 0)...(values.max() ?? 0)
    )
  }()
  private static let reference = counts(binning, values(20_000, seed: 1))

  @Test(arguments: [100.0, 0.01, 1000, 60, 1 / 1.609_344])
  func `another unit is recognised by its factor`(_ factor: Double) throws {
    let window = Self.counts(Self.binning, Self.values(3000, seed: 2).map { $0 * factor })
    let found = try #require(UnitChange.factor(window, Self.reference))
    #expect(abs(found / factor - 1) < 1e-9, "\(found)")
    let reading = PopulationStabilityIndex().compare(window, with: Self.reference)
    #expect(reading.unitFactor == found && reading.note?.contains("unit") ?? false)
  }

  @Test func `a unit that changes inside a window is recognised by its buckets`() throws {
    func days(_ scaled: Range<Int>) -> [FeatureCounts] {
      (0..<28).map { day in
        let values = Self.values(200, seed: UInt64(50 + day))
        return Self.counts(Self.binning, scaled.contains(day) ? values.map { $0 * 100 } : values)
      }
    }
    let found = try #require(UnitChange.factor(inPartOf: days(0..<20), Self.reference))
    #expect(found == (100, 20))
    #expect(try #require(UnitChange.factor(inPartOf: days(25..<28), Self.reference)).buckets == 3)
    #expect(UnitChange.factor(inPartOf: days(0..<0), Self.reference) == nil)
    // A mixture on every day, and one that grows, are none.
    var random = SplitMix64(seed: 5)
    let mixed = (0..<28).map { day in
      Self.counts(
        Self.binning,
        Self.values(200, seed: UInt64(day)).map {
          random.chance(Double(day) / 28) ? $0 * 100 : $0
        }
      )
    }
    #expect(UnitChange.factor(inPartOf: mixed, Self.reference) == nil)
  }

  @Test func `a rise, a shift, another shape, a mixture and a dead column are no other unit`() {
    let same = Self.values(3000, seed: 3)
    var random = SplitMix64(seed: 4)
    let mixed = same.map { random.chance(0.5) ? $0 * 10 : $0 }
    // Longer stays and bookings, as a season makes them: about 2.5 times as long, but wider.
    let season = same.map { $0 * exp(0.93 + 0.6 * random.normal()) }
    for moved in [
      same, same.map { $0 * 1.2 }, same.map { $0 + 15 }, same.map { $0 * $0 }, mixed, season,
      same.map { _ in 0 }, same.map { _ in 4000 }, same.map { $0 * 2 }, same.map { $0 * 5 },
    ] {
      let factor = UnitChange.factor(Self.counts(Self.binning, moved), Self.reference)
      #expect(factor == nil, "\(factor ?? 0)")
    }
    #expect(UnitChange.factor(Self.counts(Self.binning, []), Self.reference) == nil)
  }
}
