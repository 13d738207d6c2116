// SPDX-License-Identifier: Apache-2.0
import Checks
import Glibc
import Profiles
import Statistics
import Testing

/// What share of new levels a reference of many rare ones makes one expect, by seeded simulation.
@Suite struct NewValueShareTests {
  /// Rows of levels whose frequencies follow Zipf's law.
  private static func draw(_ rows: Int, _ random: inout SplitMix64) -> [Int] {
    let weights = (1...5000).map { 1 / Double($0) }
    var sums: [Double] = []
    for weight in weights { sums.append((sums.last ?? 0) + weight) }
    let total = sums.last ?? 1
    return (0..<rows).map { _ in
      let place = random.uniform() * total
      return sums.firstIndex { $0 >= place } ?? 0
    }
  }

  private static func counts(_ levels: [Int], _ binning: CategoryBinning) -> FeatureCounts {
    let bins = binning.binsByHash()
    var counts = Array(repeating: 0, count: binning.binCount)
    for level in levels { counts[bins[ByteHash.of("l\(level)")] ?? binning.new] += 1 }
    return FeatureCounts(
      binning: FeatureBinning(name: "f", kind: .category(binning)),
      counts: counts
    )
  }

  @Test func `new levels are expected as often as they come`() throws {
    var (covered, above, expected) = (0, 0, 0.0)
    for seed in 0..<40 {
      var random = SplitMix64(seed: UInt64(seed))
      let reference = Self.draw(3000, &random)
      var levels: [String: Int] = [:]
      for level in reference { levels["l\(level)", default: 0] += 1 }
      let binning = CategoryBinning(counts: levels)
      let reading = NewValueShare().compare(
        Self.counts(Self.draw(2000, &random), binning),
        with: Self.counts(reference, binning)
      )
      let value = try #require(reading.value)
      let usual = try #require(reading.reference)
      let (mine, theirs) = (try #require(reading.interval), try #require(reading.referenceInterval))
      #expect(value > 0.1, "a reference that has seen all shows nothing")
      if mine.lower <= theirs.upper, theirs.lower <= mine.upper { covered += 1 }
      if value > usual { above += 1 }
      expected += usual - value
    }
    #expect(covered >= 38, "\(covered) of 40")
    #expect((10...30).contains(above), "\(above) of 40")
    #expect(abs(expected / 40) < 0.005)
  }

  @Test func `where each level is frequent none is expected`() throws {
    let binning = CategoryBinning(counts: ["l0": 500, "l1": 500])
    let reference = Self.counts(Array(repeating: 0, count: 1000), binning)
    let reading = NewValueShare().compare(
      Self.counts(Array(repeating: 0, count: 90) + Array(repeating: 7, count: 10), binning),
      with: reference
    )
    #expect(reading.value == 0.1 && reading.reference == 0)
  }
}
