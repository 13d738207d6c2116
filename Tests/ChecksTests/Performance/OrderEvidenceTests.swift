// SPDX-License-Identifier: Apache-2.0
import Checks
import Glibc
import Profiles
import Statistics
import Testing

/// What tells a lost order from scores that lost their meaning.
@Suite struct OrderEvidenceTests {
  private static let binning = NumericBinningBuilder().binning(
    of: (0..<1000).map { Double($0) / 1000 * 0.4 },
    range: 0...0.4
  )

  /// Days of customers whose logit is normal, who churn by it.
  ///
  /// - `known`: The share of the churners who are known so far.
  private static func days(
    _ count: Int,
    seed: UInt64,
    hazard: Double = 1,
    scale: (Int) -> Double = { _ in 1 },
    exchanged: Double = 0,
    known: Double = 1
  ) -> [LabelProfile] {
    var random = SplitMix64(seed: seed)
    return (0..<count).map { day in
      var profile = LabelProfile(binCount: binning.binCount)
      for _ in 0..<700 {
        let logit = -3.2 + 0.9 * random.normal()
        let rate = 1 / (1 + exp(-logit))
        let churns = random.chance(min(1, rate * hazard))
        let shown =
          random.chance(exchanged) ? 1 / (1 + exp(3.2 - 0.9 * random.normal())) : rate
        let score = min(0.4, shown * scale(day))
        profile.count(
          ScoredPrediction(score: score, bin: binning.bin(of: score), isFlagged: nil, logLoss: 0),
          label: churns && random.chance(known) ? true : known < 1 ? nil : false,
          isFinal: known == 1
        )
      }
      return profile
    }
  }

  private static func evidence(_ current: [LabelProfile]) throws -> OrderEvidence {
    try #require(
      OrderEvidence(current, against: days(180, seed: 1), binning, prevalence: 0.055)
    )
  }

  @Test func `an order that holds is not called lost, whatever the level, the scale and the age`()
    throws
  {
    var lost = 0
    for seed in 10..<60 {
      for current in [
        Self.days(60, seed: UInt64(seed)),
        Self.days(60, seed: UInt64(seed), hazard: 1.6),
        // Scores that moved as a whole in the middle of the range.
        Self.days(60, seed: UInt64(seed), scale: { $0 < 30 ? 0.35 : 1 }),
        Self.days(60, seed: UInt64(seed), known: 0.3),
      ] {
        let found = try Self.evidence(current)
        if found.answer == .lost { lost += 1 }
        #expect(found.answer != .lost || found.before - found.value > 0.03)
      }
    }
    // Four in two hundred are 2 %: at no fall the chance is far below the 5 % at the tolerance.
    #expect(lost <= 4, "\(lost) of 200")
  }

  @Test func `a lost order is found before labels are final`() throws {
    var found = 0
    for seed in 10..<40 {
      let current = Self.days(60, seed: UInt64(seed), exchanged: 0.5, known: 0.3)
      if try Self.evidence(current).answer == .lost { found += 1 }
    }
    #expect(found >= 27, "\(found) of 30")
  }

  @Test func `few churners say nothing`() {
    #expect(
      OrderEvidence(
        Self.days(1, seed: 3, known: 0.1),
        against: Self.days(20, seed: 1),
        Self.binning,
        prevalence: 0.055
      ) == nil
    )
  }
}
