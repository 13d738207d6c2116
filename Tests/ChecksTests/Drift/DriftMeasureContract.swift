// SPDX-License-Identifier: Apache-2.0
import Checks
import Profiles
import Statistics
import Testing

/// What every drift test must promise.
@Suite struct DriftMeasureContract {
  static let names: [CheckName] = DriftMeasures.all.map(\.name)

  private func test(_ name: CheckName) throws -> any DriftMeasure {
    try #require(DriftMeasures.all.first { $0.name == name })
  }

  /// A numeric, a category and an identifier feature with moderate counts.
  private static let numeric: NumericBinning = NumericBinningBuilder().binning(
    of: (0..<400).map(Double.init),
    range: 0...399
  )

  private static func counts(_ kind: FeatureKind, _ fill: (Int) -> Int) -> FeatureCounts {
    FeatureCounts(
      binning: FeatureBinning(name: "f", kind: kind),
      counts: (0..<kind.binCount).map(fill)
    )
  }

  private static let kinds: [FeatureKind] = [
    .numeric(numeric), .category(CategoryBinning(levels: ["a", "b", "c"], rareLevels: [1])),
    .identifier(IdentifierBinning(known: [1], overflowed: false, reason: "test")),
  ]

  @Test(arguments: names)
  func `is zero, or the reference's value, when nothing moved`(_ name: CheckName) throws {
    for kind in Self.kinds where try test(name).applies(to: kind) {
      let profile = Self.counts(kind) { $0 % 3 == 0 ? 40 : 100 }
      let reading = try test(name).compare(profile, with: profile)
      let value = try #require(reading.value)
      #expect(abs(value - (reading.reference ?? 0)) < 1e-12)
    }
  }

  @Test(arguments: names)
  func `gives finite numbers and an interval around the value, whatever the counts`(
    _ name: CheckName
  ) throws {
    var random = SplitMix64(seed: 3)
    for kind in Self.kinds where try test(name).applies(to: kind) {
      for _ in 0..<200 {
        let sparse = random.chance(0.5)
        func fill(_ bin: Int) -> Int {
          random.chance(sparse ? 0.1 : 0.8) ? Int(random.next() % 1000) : 0
        }
        let current = Self.counts(kind, fill)
        let reference = Self.counts(kind, fill)
        guard current.rows > 0, reference.rows > 0 else { continue }
        let reading = try test(name).compare(current, with: reference)
        guard let value = reading.value else {
          #expect(reading.obstacle != nil)
          continue
        }
        #expect(value.isFinite && reading.details.allSatisfy { $0.value.isFinite })
        if let p = reading.p { #expect((0...1).contains(p)) }
        if let interval = reading.interval {
          #expect(interval.lower <= value + 1e-12 && value <= interval.upper + 1e-12)
        }
      }
    }
  }

  @Test func `an empty window and an empty reference are obstacles`() {
    for kind in Self.kinds {
      let none = Self.counts(kind) { _ in 0 }
      let some = Self.counts(kind) { _ in 5 }
      for reading in DriftMeasures.readings(none, with: some) {
        #expect(reading.value == nil)
        guard case .noData = reading.obstacle else {
          Issue.record("\(reading.check)")
          continue
        }
      }
      for reading in DriftMeasures.readings(some, with: nil) {
        guard case .noReference = reading.obstacle else {
          Issue.record("\(reading.check)")
          continue
        }
      }
    }
  }

  @Test func `one outlier and one extra row change next to nothing`() throws {
    // Tools that bin the union of both samples lose a whole shift to one outlier.
    var random = SplitMix64(seed: 11)
    let reference = (0..<5000).map { _ in random.normal() }
    let shifted = (0..<5000).map { _ in random.normal() + 1 }
    let low = try #require(reference.min())
    let high = try #require(reference.max())
    let binning = NumericBinningBuilder().binning(of: reference, range: low...high)
    func counts(_ values: [Double]) -> FeatureCounts {
      var counts = Array(repeating: 0, count: binning.binCount)
      values.forEach { counts[binning.bin(of: $0)] += 1 }
      return FeatureCounts(
        binning: FeatureBinning(name: "f", kind: .numeric(binning)),
        counts: counts
      )
    }
    let test = PopulationStabilityIndex()
    let plain = try #require(test.compare(counts(shifted), with: counts(reference)).value)
    let outlier = try #require(
      test.compare(counts(shifted + [1e300]), with: counts(reference)).value
    )
    #expect(plain > 0.8)
    #expect(abs(plain - outlier) < 0.01)
  }

  @Test(arguments: [CheckName.psi, .jensenShannon])
  func `the interval of a divergence covers nothing moved`(_ name: CheckName) throws {
    // Fifty equal categories: chance alone gives a divergence well above zero.
    var random = SplitMix64(seed: 21)
    let binning = FeatureBinning(
      name: "f",
      kind: .category(CategoryBinning(levels: (0..<50).map { "l\($0)" }, rareLevels: []))
    )
    func draw() -> FeatureCounts {
      var counts = Array(repeating: 0, count: 53)
      for _ in 0..<1000 { counts[1 + Int(random.next() % 50)] += 1 }
      return FeatureCounts(binning: binning, counts: counts)
    }
    let covered = try (0..<200).count { _ in
      let reading = try test(name).compare(draw(), with: draw())
      return try #require(reading.interval).lower == 0
    }
    #expect(covered >= 186, "\(covered) of 200")
  }

  @Test func `one new category does not inflate PSI`() throws {
    let binning = FeatureBinning(
      name: "f",
      kind: .category(CategoryBinning(levels: ["a", "b"], rareLevels: []))
    )
    let reference = FeatureCounts(binning: binning, counts: [0, 500, 500, 0, 0])
    let current = FeatureCounts(binning: binning, counts: [0, 500, 490, 0, 10])
    let value = try #require(PopulationStabilityIndex().compare(current, with: reference).value)
    #expect(value < 0.05)
    #expect(NewValueShare().compare(current, with: reference).value == 0.01)
  }

  @Test func `all values missing is said, not computed`() throws {
    let kind = FeatureKind.numeric(Self.numeric)
    let missing = Self.counts(kind) { $0 == 0 ? 100 : 0 }
    let some = Self.counts(kind) { $0 > 4 ? 5 : 0 }
    #expect(MissingShare().compare(missing, with: some).value == 1)
    #expect(KolmogorovSmirnovDistance().compare(missing, with: some).value == nil)
    let psi = try #require(PopulationStabilityIndex().compare(missing, with: some).value)
    #expect(psi > 5)
  }
}
