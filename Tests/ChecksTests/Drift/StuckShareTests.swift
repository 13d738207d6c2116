// SPDX-License-Identifier: Apache-2.0
import Checks
import Profiles
import Testing

@Suite struct StuckShareTests {
  private static let numbers = NumericBinningBuilder().binning(
    of: (0..<10_000).map { Double($0 % 1000) },
    range: 0...999
  )

  private static func counts(_ values: [Double?]) -> FeatureCounts {
    var counts = Array(repeating: 0, count: numbers.binCount)
    for value in values { counts[value.map { numbers.bin(of: $0) } ?? 0] += 1 }
    return FeatureCounts(
      binning: FeatureBinning(name: "x", kind: .numeric(numbers)),
      counts: counts
    )
  }

  private static let reference = counts((0..<10_000).map { Double($0 % 1000) })

  @Test func `one value in many rows is seen, and said`() throws {
    let values = (0..<1000).map { $0 % 10 < 6 ? 500.0 : Double($0 * 7 % 1000) }
    let reading = StuckShare().compare(Self.counts(values), with: Self.reference)
    #expect(try #require(reading.value) > 0.59)
    #expect(try #require(reading.reference) < 0.02)
    #expect(reading.note?.hasPrefix("they say 50") ?? false, "\(reading.note ?? "")")
  }

  @Test func `rows without a value are no value`() throws {
    let values = (0..<1000).map { $0 % 2 == 0 ? nil : Double($0 % 1000) }
    let reading = StuckShare().compare(Self.counts(values), with: Self.reference)
    #expect(try #require(reading.value) < 0.05)
    #expect(reading.note == nil)
  }

  @Test func `a level that half of the customers have may be had by more, but not by all`() throws {
    let levels = CategoryBinning(levels: ["A", "B"], rareLevels: [])
    func counts(_ a: Int, _ b: Int) -> FeatureCounts {
      FeatureCounts(
        binning: FeatureBinning(name: "plan", kind: .category(levels)),
        counts: [0, a, b, 0, 0]
      )
    }
    let more = StuckShare().compare(counts(850, 150), with: counts(500, 500))
    #expect(more.value == 0)
    let all = StuckShare().compare(counts(990, 10), with: counts(500, 500))
    #expect(all.value == 0.99 && all.reference == 0.5 && all.note == "they say A")
  }
}
