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

  /// What is counted of a day.
  private struct Day {
    var labels: LabelProfile
    var ages = LabelAges.zero
  }

  /// Score groups of ages: tenths of the reference's scores.
  private static let groups = 10

  /// The age of labels of which a share is known, and the horizon.
  private static let (age, horizon) = (FixedDuration(days: 30), FixedDuration(days: 60))

  /// Days of customers whose logit is normal, who churn by it.
  ///
  /// - `known`: The chance that a churner of a logit is known at the age of 30 days.
  /// - `isFinal`: Whether the age has passed the horizon.
  private static func days(
    _ count: Int,
    seed: UInt64,
    hazard: Double = 1,
    scale: (Int) -> Double = { _ in 1 },
    exchanged: Double = 0,
    known: ((Double) -> Double)? = nil,
    isFinal: Bool = true
  ) -> [Day] {
    var random = SplitMix64(seed: seed)
    return (0..<count).map { day in
      var counted = Day(labels: LabelProfile(binCount: binning.binCount))
      for _ in 0..<700 {
        let logit = -3.2 + 0.9 * random.normal()
        let rate = 1 / (1 + exp(-logit))
        let churns = random.chance(min(1, rate * hazard))
        let shown =
          random.chance(exchanged) ? 1 / (1 + exp(3.2 - 0.9 * random.normal())) : rate
        let score = min(0.4, shown * scale(day))
        let isKnown = random.chance(known?(logit) ?? 1)
        counted.labels.count(
          ScoredPrediction(score: score, bin: binning.bin(of: score), isFlagged: nil, logLoss: 0),
          label: churns && (isFinal || isKnown) ? true : isFinal ? false : nil,
          isFinal: isFinal
        )
        let days = isKnown ? 20.0 : 50.0
        counted.ages.count(
          group: min(groups - 1, Int(score / 0.02)),
          of: groups,
          isFlagged: nil,
          label: churns ? (.positive, LabelAge.stratum(seconds: days * 86_400)) : nil,
          weight: 1
        )
      }
      return counted
    }
  }

  /// - `known`: How the current days and the reference become known; nil where labels are final.
  private static func evidence(
    _ current: [Day],
    known: ((Double) -> Double)? = nil,
    usesAges: Bool = true
  ) throws -> OrderEvidence {
    let reference = days(180, seed: 1, known: known)
    let start = try #require(Instant("2024-01-01T00:00:00Z"))
    let cohorts = try reference.enumerated().map { day, counted in
      let from = start.advanced(by: FixedDuration(days: day))
      let range = try #require(TimeRange(from: from, to: from.advanced(by: .day)))
      return Cohort(range: range, ages: counted.ages)
    }
    return try #require(
      OrderEvidence(
        current.map { .init($0.labels, age: known == nil ? nil : age) },
        against: reference.map { .init($0.labels, age: nil) },
        binning,
        prevalence: 0.055,
        ages: usesAges ? OrderByAge(cohorts, knownTo: horizon, horizon: horizon) : nil
      )
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
        Self.days(60, seed: UInt64(seed), known: { _ in 0.3 }, isFinal: false),
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
      let current = Self.days(
        60,
        seed: UInt64(seed),
        exchanged: 0.5,
        known: { _ in 0.3 },
        isFinal: false
      )
      if try Self.evidence(current, known: { _ in 0.3 }).answer == .lost { found += 1 }
    }
    #expect(found >= 27, "\(found) of 30")
  }

  @Test func `churners who are known early may be harder to find than the others`() throws {
    // Those with a low score leave soon, and those with a high one late.
    let known: (Double) -> Double = { $0 < -2.8 ? 0.9 : 0.3 }
    var (lost, naive) = (0, 0)
    for seed in 10..<40 {
      let current = Self.days(60, seed: UInt64(seed), known: known, isFinal: false)
      if try Self.evidence(current, known: known).answer == .lost { lost += 1 }
      if try Self.evidence(current, known: known, usesAges: false).answer == .lost { naive += 1 }
    }
    #expect(lost <= 1, "\(lost) of 30")
    #expect(naive >= 27, "\(naive) of 30 without the ages")
  }

  @Test func `churners who are known early may be easier to find, and hide no loss`() throws {
    let known: (Double) -> Double = { $0 < -2.8 ? 0.3 : 0.9 }
    var (found, naive) = (0, 0)
    for seed in 10..<40 {
      let current = Self.days(
        60,
        seed: UInt64(seed),
        exchanged: 0.15,
        known: known,
        isFinal: false
      )
      if try Self.evidence(current, known: known).answer == .lost { found += 1 }
      if try Self.evidence(current, known: known, usesAges: false).answer == .lost { naive += 1 }
    }
    #expect(found >= 15, "\(found) of 30")
    #expect(naive < found, "\(naive) of 30 without the ages, \(found) with")
  }

  @Test func `few churners say nothing`() {
    #expect(
      OrderEvidence(
        Self.days(1, seed: 3, known: { _ in 0.1 }, isFinal: false).map {
          .init($0.labels, age: Self.age)
        },
        against: Self.days(20, seed: 1).map { .init($0.labels, age: nil) },
        Self.binning,
        prevalence: 0.055
      ) == nil
    )
  }
}
