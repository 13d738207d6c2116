// SPDX-License-Identifier: Apache-2.0
import Checks
import Profiles
import Statistics
import TestKit
import Testing

/// Values from scipy; `Golden/generate.py` made them.
@Suite struct DriftGoldenTests {
  struct Grouped: Decodable {
    let name: String
    let current: [Int]
    let reference: [Int]
    let psi: Double
    let psi_standard_error: Double
    let jensen_shannon: Double
    let chi_square: Double
    let degrees_of_freedom: Double
    let p: Double
    let cramers_v: Double
  }

  struct Samples: Decodable {
    let name: String
    let reference: [Double]
    let current: [Double]
    let ks: Double
    let wasserstein: Double
    let reference_standard_deviation: Double
  }

  /// A category with one level for each count, none missing, rare or new.
  static func category(_ counts: [Int]) -> FeatureCounts {
    let levels = counts.indices.map { "level-\($0)" }
    let binning = CategoryBinning(levels: levels, rareLevels: [])
    return FeatureCounts(
      binning: FeatureBinning(name: "f", kind: .category(binning)),
      counts: [0] + counts + [0, 0]
    )
  }

  @Test func `grouped counts agree with scipy`() throws {
    let cases = try Golden.cases("grouped.json", of: Grouped.self)
    #expect(cases.count >= 9)
    for item in cases {
      let current = Self.category(item.current)
      let reference = Self.category(item.reference)
      let psi = PopulationStabilityIndex().compare(current, with: reference)
      #expect(agree(try #require(psi.value), item.psi, 1e-12), "\(item.name)")
      #expect(
        agree(try #require(psi.law).standardError, item.psi_standard_error, 1e-9),
        "\(item.name)"
      )
      let js = JensenShannonDistance().compare(current, with: reference)
      #expect(abs(try #require(js.value) - item.jensen_shannon) < 1e-7, "\(item.name)")
      let chi = ChiSquareTest().compare(current, with: reference)
      #expect(agree(chi.details[0].value, item.chi_square, 1e-9), "\(item.name)")
      #expect(chi.details[1].value == item.degrees_of_freedom, "\(item.name)")
      #expect(abs(try #require(chi.p) - item.p) < 1e-9, "\(item.name)")
      #expect(agree(try #require(chi.value), item.cramers_v, 1e-9), "\(item.name)")
    }
  }

  /// Every value of either sample inside the reference's range is a border, so that bins are
  /// exact.
  private static func counts(
    _ values: [Double],
    _ binning: NumericBinning
  ) -> FeatureCounts {
    var counts = Array(repeating: 0, count: binning.binCount)
    var outOfRange = OutOfRangeSums()
    for value in values {
      let bin = binning.bin(of: value)
      counts[bin] += 1
      if bin == NumericBinning.below { outOfRange.below += value }
      if bin == binning.above { outOfRange.above += value }
    }
    return FeatureCounts(
      binning: FeatureBinning(name: "f", kind: .numeric(binning)),
      counts: counts,
      outOfRange: outOfRange
    )
  }

  @Test func `samples agree with scipy`() throws {
    let cases = try Golden.cases("samples.json", of: Samples.self)
    #expect(cases.count >= 9)
    for item in cases {
      var builder = NumericBinningBuilder()
      let low = try #require(item.reference.min())
      let high = try #require(item.reference.max())
      builder.requiredEdges = Set(item.reference + item.current).filter {
        (low...high).contains($0)
      }
      .flatMap { [$0, $0.nextUp] }
      let binning = builder.binning(of: item.reference, range: low...high)
      #expect(
        agree(binning.standardDeviation, item.reference_standard_deviation, 1e-12),
        "\(item.name)"
      )
      let current = Self.counts(item.current, binning)
      let reference = Self.counts(item.reference, binning)
      let ks = KolmogorovSmirnovDistance().compare(current, with: reference)
      // Values outside the range share a bin: D is exact at every border all the same, because
      // the reference has no mass out there.
      #expect(abs(try #require(ks.value) - item.ks) < 1e-12, "\(item.name)")
      let w1 = WassersteinDistance().compare(current, with: reference)
      let raw = try #require(w1.details.first { $0.name == "raw" }).value
      #expect(agree(raw, item.wasserstein, 1e-9), "\(item.name)")
    }
  }
}
