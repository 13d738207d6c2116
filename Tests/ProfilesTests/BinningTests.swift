// SPDX-License-Identifier: Apache-2.0
import Glibc
import Profiles
import Statistics
import Testing

@Suite struct BinningTests {
  private func binning(_ values: [Double], edges: [Double] = []) throws -> NumericBinning {
    var builder = NumericBinningBuilder()
    builder.requiredEdges = edges
    let low = try #require(values.min())
    let high = try #require(values.max())
    return builder.binning(of: values, range: low...high)
  }

  @Test func `a point mass is a bin and a group of its own`() throws {
    // Plain deciles collapse here: six of ten borders would be zero.
    let values = Array(repeating: 0.0, count: 600) + (1...400).map(Double.init)
    let binning = try binning(values)
    let zero = binning.bin(of: 0)
    #expect(binning.edges[zero - binning.inner.lowerBound] == 0)
    #expect(binning.edges[zero - binning.inner.lowerBound + 1] == 0.0.nextUp)
    let group = binning.groups[zero - binning.inner.lowerBound]
    #expect(binning.groups.count { $0 == group } == 1)
    // Four tenths are left for deciles of the rest.
    #expect(binning.groupCount == 5)
    #expect(binning.bin(of: 0.5) != zero)
  }

  @Test func `deciles hold equal shares and nest the bins`() throws {
    var random = SplitMix64(seed: 1)
    let values = (0..<20_000).map { _ in random.normal() }
    let binning = try binning(values)
    #expect(binning.groupCount == 10)
    #expect(binning.innerBinCount == 200)
    var counts = Array(repeating: 0, count: 10)
    for value in values {
      counts[binning.groups[binning.bin(of: value) - binning.inner.lowerBound]] += 1
    }
    #expect(counts.allSatisfy { abs($0 - 2000) < 30 })
    #expect(binning.groups == binning.groups.sorted())
  }

  @Test func `values out of range, missing, NaN and the infinities have bins of their own`() throws
  {
    let binning = try binning((0..<100).map(Double.init))
    #expect(binning.bin(of: -0.5) == NumericBinning.below)
    #expect(binning.bin(of: 0) == binning.inner.lowerBound)
    #expect(binning.bin(of: 99) == binning.inner.upperBound - 1)
    #expect(binning.bin(of: 99.5) == binning.above)
    #expect(binning.bin(of: .nan) == NumericBinning.notANumber)
    #expect(binning.bin(of: -.infinity) == NumericBinning.negativeInfinity)
    #expect(binning.bin(of: .infinity) == NumericBinning.positiveInfinity)
    #expect(binning.binCount == binning.above + 1)
  }

  @Test func `a constant column is one bin`() throws {
    let binning = try binning(Array(repeating: 5, count: 50))
    #expect(binning.innerBinCount == 1)
    #expect(binning.bin(of: 5) == binning.inner.lowerBound)
    #expect(binning.bin(of: 4) == NumericBinning.below)
    #expect(binning.bin(of: 6) == binning.above)
    #expect(binning.standardDeviation == 0)
  }

  @Test func `a column without values has no inner bin`() {
    let binning = NumericBinningBuilder().binning(of: [], range: nil)
    #expect(binning.innerBinCount == 0)
    #expect(binning.bin(of: 1) == NumericBinning.below)
    #expect(binning.binCount == 6)
  }

  @Test func `a required edge parts equality from what lies below`() throws {
    let values = (0..<1000).map { Double($0) / 1000 }
    let binning = try binning(values, edges: [0.333])
    #expect(binning.bin(of: 0.333) != binning.bin(of: 0.333.nextDown))
    #expect(binning.edges.contains(0.333))
  }

  @Test func `extreme values stay finite`() throws {
    let binning = try binning([-1.7e308, 0, 1, 2, 1.7e308])
    #expect(binning.means.allSatisfy { $0.isFinite })
    #expect(binning.standardDeviation.isFinite)
    for value in [-1.7e308, 0, 1.7e308] { #expect(binning.inner.contains(binning.bin(of: value))) }
  }

  @Test func `rare levels share a bin and new ones have another`() {
    var counts = ["a": 5000, "b": 4000]
    for index in 0..<100 { counts["rare-\(index)"] = 1 }
    let binning = CategoryBinning(counts: counts)
    #expect(binning.levels == ["a", "b"])
    let bins = binning.binsByHash()
    #expect(bins[ByteHash.of("a")] == 1)
    #expect(bins[ByteHash.of("rare-7")] == binning.other)
    #expect(bins[ByteHash.of("never seen")] == nil)
  }

  @Test func `codes are identifiers, quantities are not`() {
    var random = SplitMix64(seed: 4)
    // Codes: frequencies without order.
    let weights = (0..<120).map { _ in Int(random.next() % 400) * (random.chance(0.2) ? 20 : 1) }
    let codes = weights.enumerated().flatMap {
      Array(repeating: Double($0.offset), count: $0.element)
    }
    #expect(IdentifierRecognition.reason(forNumbers: codes) != nil)
    // A count with a smooth distribution.
    let months = (0..<12_000).map { _ in (random.normal() * 15 + 40).rounded() }
    #expect(IdentifierRecognition.reason(forNumbers: months) == nil)
    // A price with cents, a price in steps of 500, zeros with a tail, an unbounded counter.
    let prices = (0..<12_000).map { _ in (random.uniform() * 1e4).rounded() / 100 }
    #expect(IdentifierRecognition.reason(forNumbers: prices) == nil)
    let limits = (0..<12_000).map { _ in (random.normal() * 10 + 60).rounded() * 500 }
    #expect(IdentifierRecognition.reason(forNumbers: limits) == nil)
    let calls = (0..<12_000).map { _ in random.chance(0.95) ? 0 : (random.uniform() * 90).rounded()
    }
    #expect(IdentifierRecognition.reason(forNumbers: calls) == nil)
    let bytes = (0..<12_000).map { _ in (random.uniform() * 1e9).rounded() }
    #expect(IdentifierRecognition.reason(forNumbers: bytes) == nil)
  }

  @Test func `amounts that people round are no identifiers`() {
    var random = SplitMix64(seed: 9)
    func rounded(_ value: Double, _ steps: [(chance: Double, step: Double)]) -> Double {
      var rest = random.uniform()
      for (chance, step) in steps {
        rest -= chance
        if rest < 0 { return (value / step).rounded() * step }
      }
      return value.rounded()
    }
    let loans = (0..<20_000).map { _ in
      rounded(exp(9.3 + 0.6 * random.normal()), [(0.45, 1000), (0.25, 500), (0.2, 100), (0.1, 25)])
    }
    let minutes = (0..<20_000).map { _ in
      rounded(-60 * log(random.uniform()), [(0.6, 10), (0.2, 5)])
    }
    let ages = (0..<20_000).map { _ in
      rounded(45 + 15 * random.normal(), [(0.4, 10), (0.2, 5)])
    }
    for amounts in [loans, minutes, ages] {
      #expect(IdentifierRecognition.reason(forNumbers: amounts) == nil)
    }
  }

  @Test func `codes are identifiers though the frequent ones are round`() {
    var found = 0
    for seed in 0..<30 {
      var random = SplitMix64(seed: UInt64(seed))
      // Of six hundred numbers some are in use, with frequencies as of agencies.
      let codes = (1...600).filter { _ in random.chance(0.25) }
      let shares = codes.map { _ in exp(1.5 * random.normal()) }
      let scale = 20_000 / shares.reduce(0, +)
      let rows = zip(codes, shares).flatMap { code, share in
        Array(repeating: Double(code), count: Int((share * scale).rounded(.up)))
      }
      if IdentifierRecognition.reason(forNumbers: rows) != nil { found += 1 }
    }
    #expect(found >= 29, "\(found) of 30")
  }

  @Test func `texts that are nearly unique are identifiers`() {
    #expect(IdentifierRecognition.reason(distinct: 900, overflowed: false, rows: 1000) != nil)
    #expect(IdentifierRecognition.reason(distinct: 170, overflowed: false, rows: 12_000) == nil)
    #expect(IdentifierRecognition.reason(distinct: 3, overflowed: false, rows: 4) == nil)
    #expect(
      IdentifierRecognition.reason(distinct: 50_000, overflowed: true, rows: 1_000_000) != nil
    )
  }
}
