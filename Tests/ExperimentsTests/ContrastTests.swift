// SPDX-License-Identifier: Apache-2.0
import Experiments
import Foundation
import Statistics
import TestKit
import Testing

/// Contrasts against scipy; `Golden/contrasts.py` made the file.
@Suite struct ContrastTests {
  struct Sums: Decodable {
    let count: Int
    let mean: Double
    let squares: Double
    let covariateMean: Double
    let covariateSquares: Double
    let products: Double

    var sums: ArmSums {
      ArmSums(
        count: count,
        mean: mean,
        squares: squares,
        covariateMean: covariateMean,
        covariateSquares: covariateSquares,
        products: products
      )
    }
  }

  struct Figure: Decodable {
    let difference: Double
    let p: Double
    let lower: Double
    let upper: Double
  }

  struct Means: Decodable {
    let name: String
    let control: Sums
    let treated: Sums
    let welch: Figure
    let cuped: Figure
    let lift: Figure
  }

  struct Shares: Decodable {
    let control: [Int]
    let treated: [Int]
    let difference: Double
    let p: Double
    let lower: Double
    let upper: Double
  }

  struct Ratio: Decodable {
    let counts: [Int]
    let shares: [Double]
    let p: Double
  }

  struct File: Decodable {
    let means: [Means]
    let shares: [Shares]
    let ratios: [Ratio]
  }

  private static func file() throws -> File {
    let url = Golden.root.appendingPathComponent("Tests/ExperimentsTests/Golden/contrasts.json")
    return try JSONDecoder().decode(File.self, from: Data(contentsOf: url))
  }

  private func isClose(_ mine: Double, _ theirs: Double) -> Bool {
    abs(mine - theirs) <= 1e-9 * max(1, abs(theirs))
  }

  @Test func `means, with and without a covariate, are scipy's`() throws {
    for item in try Self.file().means {
      let plain = try #require(
        Contrast.means(control: item.control.sums, treated: item.treated.sums)
      )
      let adjusted = try #require(
        Contrast.adjusted(control: item.control.sums, treated: item.treated.sums)
      )
      let lift = try #require(plain.lift)
      for (mine, theirs) in [(plain, item.welch), (adjusted, item.cuped)] {
        #expect(isClose(mine.difference, theirs.difference), "\(item.name)")
        #expect(isClose(mine.interval.lower, theirs.lower), "\(item.name)")
        #expect(isClose(mine.interval.upper, theirs.upper), "\(item.name)")
        #expect(abs(mine.p - theirs.p) < 1e-9, "\(item.name): \(mine.p) \(theirs.p)")
      }
      #expect(isClose(lift.value, item.lift.difference), "\(item.name)")
      #expect(isClose(lift.interval.lower, item.lift.lower), "\(item.name)")
      #expect(isClose(lift.interval.upper, item.lift.upper), "\(item.name)")
    }
  }

  @Test func `proportions have Newcombe's interval and scipy's tests`() throws {
    for item in try Self.file().shares {
      let contrast = try #require(
        Contrast.proportions(
          control: ArmSums(successes: item.control[0], of: item.control[1]),
          treated: ArmSums(successes: item.treated[0], of: item.treated[1])
        )
      )
      #expect(isClose(contrast.difference, item.difference))
      #expect(isClose(contrast.interval.lower, item.lower))
      #expect(isClose(contrast.interval.upper, item.upper))
      #expect(abs(contrast.p - item.p) < 1e-9, "\(contrast.p) \(item.p)")
    }
  }

  @Test func `sample ratios have scipy's p-values`() throws {
    for item in try Self.file().ratios {
      let names = item.counts.indices.map { "arm \($0)" }
      let ratio = try #require(
        SampleRatio(
          Dictionary(uniqueKeysWithValues: zip(names, item.counts)),
          shares: Dictionary(uniqueKeysWithValues: zip(names, item.shares))
        )
      )
      #expect(abs(ratio.p - item.p) < 1e-9, "\(ratio.p) \(item.p)")
    }
    // An arm that nobody is meant to be in takes no degree of freedom.
    let ratio = try #require(
      SampleRatio(["a": 1000, "b": 1020, "c": 7], shares: ["a": 1, "b": 1, "c": 0])
    )
    #expect(ratio.arms.count == 2 && ratio.p > 0.5)
    #expect(SampleRatio(["a": 5], shares: ["a": 1]) == nil)
    #expect(SampleRatio([:], shares: ["a": 1, "b": 1]) == nil)
  }

  @Test func `sums of parts are the sum of the whole, and arms may be swapped`() throws {
    var random = SplitMix64(seed: 3)
    let rows = (0..<400).map { _ in (random.normal() * 1e3 + 1e7, random.normal()) }
    func sums(_ rows: ArraySlice<(Double, Double)>) -> ArmSums {
      rows.reduce(into: ArmSums.empty) { sum, row in
        sum.merge(ArmSums(count: 1, mean: row.0, squares: 0, covariateMean: row.1))
      }
    }
    var parts = sums(rows[..<130])
    parts.merge(sums(rows[130...]))
    let whole = sums(rows[...])
    #expect(abs(parts.mean - whole.mean) < 1e-6)
    #expect(abs(parts.squares / whole.squares - 1) < 1e-9)
    #expect(abs(parts.products - whole.products) < 1e-6 * abs(whole.squares).squareRoot())
    let (a, b) = (ArmSums(successes: 30, of: 200), ArmSums(successes: 55, of: 260))
    let forth = try #require(Contrast.proportions(control: a, treated: b))
    let back = try #require(Contrast.proportions(control: b, treated: a))
    #expect(abs(forth.difference + back.difference) < 1e-15)
    #expect(abs(forth.interval.lower + back.interval.upper) < 1e-12)
    #expect(abs(forth.p - back.p) < 1e-12)
  }

  @Test func `edges give no figure, or an honest one`() throws {
    #expect(Contrast.means(control: ArmSums(count: 1, mean: 3, squares: 0), treated: .empty) == nil)
    let flat = ArmSums(count: 50, mean: 0, squares: 0)
    #expect(Contrast.means(control: flat, treated: flat)?.p == 1)
    #expect(Contrast.adjusted(control: flat, treated: flat) == nil)
    #expect(Contrast.means(control: flat, treated: flat)?.lift == nil)
    #expect(Contrast.proportions(control: .empty, treated: flat) == nil)
    let all = ArmSums(successes: 20, of: 20)
    #expect(try #require(Contrast.proportions(control: all, treated: all)).p == 1)
    #expect(Multiplicity.holm([0.01, 0.04, 0.03]) == [0.03, 0.06, 0.06])
    let adjusted = Multiplicity.benjaminiHochberg([0.01, 0.04, 0.03])
    #expect(zip(adjusted, [0.03, 0.04, 0.04]).allSatisfy { abs($0 - $1) < 1e-12 })
  }

  @Test func `a covariate that hardly varies, or not at all, adjusts nothing`() {
    // What rounding leaves of a constant 0.1 (PostgreSQL's sums).
    func arm(_ mean: Double, _ covariate: Double) -> ArmSums {
      ArmSums(
        count: 5000,
        mean: mean,
        squares: 400,
        covariateMean: covariate,
        covariateSquares: 1e-25,
        products: 1e-14
      )
    }
    #expect(Contrast.adjusted(control: arm(0.2, 0.1), treated: arm(0.17, 0.1 + 1e-15)) == nil)
    #expect(Contrast.adjusted(control: arm(0.2, .nan), treated: arm(0.17, 0.1)) == nil)
    // Three arms of which few are expected in one: no alarm by χ² where it does not hold.
    let ratio = SampleRatio(["a": 2, "b": 2, "c": 1], shares: ["a": 0.02, "b": 0.49, "c": 0.49])
    #expect((ratio?.p ?? 0) > SampleRatio.alarm)
  }

  @Test func `the confidence sequence has the width of its paper at the planned size`() {
    // 3.035209 standard errors at N = N*, the same for four published forms.
    let sequence = ConfidenceSequence(planned: 5000)
    #expect(abs(sequence.halfWidth(5000) - 3.035209) < 1e-6)
    #expect(sequence.halfWidth(500) > 3.035209 && sequence.halfWidth(50_000) > 3.035209)
    let edge = sequence.p(3.035209, standardError: 1, count: 5000)
    #expect(abs(edge - 0.05) < 1e-6)
  }
}
