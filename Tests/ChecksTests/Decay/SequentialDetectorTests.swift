// SPDX-License-Identifier: Apache-2.0
import Checks
import Foundation
import Profiles
import TestKit
import Testing

/// A detector over a few days: each day's trials are known at its end.
///
/// By the hypotheses of `HypothesesTests` a day of 2 in 10 multiplies the evidence by 113.8, one of
/// 8 in 10 by 0.156; an alarm needs 20.
@Suite struct SequentialDetectorTests {
  private static let start = Instant(microseconds: 1_767_225_600_000_000)
  private static let good = (trials: 10, successes: 8)
  private static let bad = (trials: 10, successes: 2)
  /// 95 in 100: a return to the reference is e⁵ times as likely as the boundary.
  private static let excellent = (trials: 100, successes: 95)

  private static func day(_ number: Int) -> Instant {
    start.advanced(by: FixedDuration(days: number))
  }

  private static func units(_ days: [(trials: Int, successes: Int)]) -> [CohortTrials] {
    days.enumerated().map { number, day in
      CohortTrials(
        cohort: Self.day(number),
        knownAt: Self.day(number + 1),
        outcome: Hypotheses.Outcome(kind: 0, trials: day.trials, successes: day.successes)
      )
    }
  }

  private static func detector(
    _ memory: SequentialDetector.Memory = SequentialDetector.Memory(from: start)
  ) -> SequentialDetector {
    SequentialDetector(hypotheses: HypothesesTests.hypotheses(), alpha: 0.05, memory: memory)
  }

  private static func detector(_ days: [(trials: Int, successes: Int)]) -> SequentialDetector {
    var detector = Self.detector()
    detector.advance(units(days), until: day(days.count))
    return detector
  }

  @Test func `a day like the reference lowers the evidence`() {
    let detector = Self.detector([Self.good])
    // 0.4 + 0.6 · (2/3)⁸ · 2².
    #expect(agree(detector.evidence, 0.4 + 0.6 * 1024 / 6561, 1e-9))
    #expect(detector.episodes.isEmpty && detector.current == nil && detector.trials == 10)
  }

  @Test func `an alarm begins where the change is likeliest, not where it was found`() throws {
    let detector = Self.detector([Self.good, Self.bad, Self.bad])
    let episode = try #require(detector.current)
    #expect(episode.detectedAt == Self.day(3))
    #expect(episode.since == Self.day(1))
    #expect(episode.recoveredAt == nil && episode.until == nil)
    #expect(detector.evidence >= 20)
  }

  @Test func `one bad day after a good one is not enough`() {
    let detector = Self.detector([Self.good, Self.bad])
    #expect(detector.current == nil)
    // 0.4 + 0.6 · 1024/6561 · 1024/9.
    #expect(agree(detector.evidence, 0.4 + 0.6 * 1024 / 6561 * 1024 / 9, 1e-9))
  }

  @Test func `an alarm ends, and the detector begins again without evidence`() throws {
    let detector = Self.detector([Self.good, Self.bad, Self.bad, Self.excellent])
    #expect(detector.current == nil && detector.evidence == 1 && detector.trials == 130)
    let episode = try #require(detector.episodes.first)
    #expect(episode.recoveredAt == Self.day(4) && episode.until == Self.day(3))
    func concerns(_ number: Int) throws -> Bool {
      let range = try #require(TimeRange(from: Self.day(number), to: Self.day(number + 1)))
      return episode.concerns(range)
    }
    #expect(try (0...4).map(concerns) == [false, true, true, false, false])
  }

  @Test func `what is known later, and what was seen before, is not evaluated`() {
    var detector = Self.detector()
    let days = Self.units([Self.good, Self.bad, Self.bad])
    detector.advance(days, until: Self.day(1))
    let quiet = detector
    #expect(detector.trials == 10)
    detector.advance(days, until: Self.day(1))
    #expect(detector == quiet)
    // A correction of the first day comes too late to count.
    let corrected = Self.units([Self.excellent, Self.bad, Self.bad])
    detector.advance(corrected, until: Self.day(2))
    #expect(detector.trials == 20)
  }

  @Test func `a stored memory goes on as if it had never been stored`() throws {
    let days = [Self.good, Self.bad, Self.bad, Self.excellent, Self.good]
    var halves = Self.detector()
    halves.advance(Self.units(days), until: Self.day(3))
    let stored = try JSONEncoder().encode(halves.memory)
    halves = Self.detector(try JSONDecoder().decode(SequentialDetector.Memory.self, from: stored))
    halves.advance(Self.units(days), until: Self.day(5))
    #expect(halves == Self.detector(days))
    #expect(halves.episodes.count == 1 && halves.trials == 140)
  }
}
