// SPDX-License-Identifier: Apache-2.0
import Statistics
import TestKit
import Testing

/// Values from scipy and statsmodels; `Golden/generate.py` made them.
@Suite struct GoldenTests {
  struct Case: Decodable, Sendable {
    let function: String
    let arguments: [Double]
    let value: Double
  }

  /// Relative tolerance: as near as the two libraries' algorithms agree; the normal approximation
  /// for very large noncentrality is looser.
  private static func tolerance(_ function: String) -> Double {
    function.hasSuffix("_large") ? 2e-4 : 1e-8
  }

  private static func ours(_ item: Case) -> Double? {
    let a = item.arguments
    switch item.function {
    case "normal_quantile": return Normal.quantile(a[0])
    case "normal_upper_tail": return Normal.upperTail(a[0])
    case "chi2_quantile": return ChiSquared(degreesOfFreedom: a[1]).quantile(a[0])
    case "chi2_upper_tail": return ChiSquared(degreesOfFreedom: a[1]).upperTail(a[0])
    case "ncx2_quantile", "ncx2_quantile_large":
      return ChiSquared(degreesOfFreedom: a[1], noncentrality: a[2]).quantile(a[0])
    case "ncx2_upper_tail", "ncx2_upper_tail_large":
      return ChiSquared(degreesOfFreedom: a[1], noncentrality: a[2]).upperTail(a[0])
    case "f_quantile": return FisherF(a[1], a[2]).quantile(a[0])
    case "f_upper_tail": return FisherF(a[1], a[2]).upperTail(a[0])
    case "kolmogorov_upper_tail": return Kolmogorov.upperTail(a[0])
    case "wilson_lower": return Proportion(Int(a[0]), of: Int(a[1]))?.wilsonInterval().lower
    case "wilson_upper": return Proportion(Int(a[0]), of: Int(a[1]))?.wilsonInterval().upper
    case "newcombe_lower": return newcombe(a)?.lower
    case "newcombe_upper": return newcombe(a)?.upper
    default: return nil
    }
  }

  private static func newcombe(_ a: [Double]) -> Interval? {
    guard let first = Proportion(Int(a[0]), of: Int(a[1])),
      let second = Proportion(Int(a[2]), of: Int(a[3]))
    else { return nil }
    return first.newcombeDifference(from: second)
  }

  @Test func `agrees with scipy and statsmodels`() throws {
    let cases = try Golden.cases("distributions.json", of: Case.self)
    #expect(cases.count > 100)
    for item in cases {
      let value = try #require(Self.ours(item), "\(item.function) is not known")
      #expect(
        abs(value - item.value) <= Self.tolerance(item.function) * max(abs(item.value), 1e-6),
        "\(item.function)\(item.arguments): \(value), expected \(item.value)"
      )
    }
  }

  @Test func `the noncentrality inverts the upper tail`() {
    for (value, probability, degrees) in [(20.0, 0.8, 9.0), (300, 0.5, 19), (5, 0.2, 1)] {
      let noncentrality = ChiSquared.noncentrality(
        exceeding: value,
        withProbability: probability,
        degreesOfFreedom: degrees
      )
      let law = ChiSquared(degreesOfFreedom: degrees, noncentrality: noncentrality)
      #expect(abs(law.upperTail(value) - probability) < 1e-8)
    }
    #expect(
      ChiSquared.noncentrality(exceeding: 1, withProbability: 0.01, degreesOfFreedom: 9) == 0
    )
  }

  @Test func `a difference of equal shares spans zero`() throws {
    let share = try #require(Proportion(30, of: 100))
    let interval = share.newcombeDifference(from: share)
    #expect(interval.lower < 0 && interval.upper > 0)
    #expect(abs(interval.lower + interval.upper) < 1e-12)
  }

  @Test func `Wilson's interval covers as promised`() {
    var random = SplitMix64(seed: 7)
    let z = Normal.halfWidth(confidence: 0.95)
    #expect(abs(z - 1.959963984540054) < 1e-12)
    for truth in [0.05, 0.3, 0.5] {
      var covered = 0
      for _ in 0..<4000 {
        let hits = (0..<200).count { _ in random.chance(truth) }
        let interval = Proportion(hits, of: 200)?.wilsonInterval()
        if let interval, interval.lower <= truth, truth <= interval.upper { covered += 1 }
      }
      // 95 % with a simulation error of 0.35 points; Wilson's coverage itself swings by two.
      #expect((0.93...0.97).contains(Double(covered) / 4000))
    }
  }

  @Test func `the seeded generator's stream never changes`() {
    var random = SplitMix64(seed: 0)
    #expect(random.next() == 0xE220_A839_7B1D_CDAF)
    #expect(random.next() == 0x6E78_9E6A_A1B9_65F4)
  }

  /// `Golden/two_sample_ks.py` made these.
  struct TwoSamples: Decodable {
    let n: Int
    let m: Int
    let d: Double
    let p: Double
  }

  @Test func `small samples get the exact law of their distance`() throws {
    for item in try Golden.cases("two_sample_ks.json", of: TwoSamples.self) {
      for (n, m) in [(item.n, item.m), (item.m, item.n)] {
        let p = Kolmogorov.twoSampleP(distance: item.d, n, m)
        #expect(abs(p - item.p) < 1e-9 * max(1e-3, item.p), "\(item)")
      }
    }
    // Eight against eight: the limit law says 0.049.
    #expect(abs(Kolmogorov.twoSampleP(distance: 0.625, 8, 8) - 0.087) < 0.0005)
  }
}
