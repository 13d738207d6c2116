// SPDX-License-Identifier: Apache-2.0
import Checks
import Foundation
import Profiles
import Statistics
import Testing

/// Both detectors on made-up logs with a real reference: its own error, label ages and day effects
/// included.
@Suite struct DecaySimulation {
  /// A run of 90 days of reference and then some more, under laws that may change.
  static func run(
    seed: UInt64,
    days: Int,
    law: (Int) -> CohortLaw,
    specification: DecaySpecification = DecaySpecification(
      followUp: nil,
      horizon: FixedDuration(days: 90)
    )
  ) throws -> (state: DecayState, later: [Cohort]) {
    var random = SplitMix64(seed: seed)
    let cohorts = (0..<days).map { law($0).cohort($0, &random) }
    let end = CohortLaw.day(90)
    var state = try DecayState(
      reference: Array(cohorts[..<90]),
      after: end,
      specification,
      asOf: CohortLaw.day(days)
    )
    let later = Array(cohorts[90...])
    state.advance(later, until: CohortLaw.day(days))
    return (state, later)
  }

  @Test(arguments: [0.0, 0.2], [nil, 40.0])
  func `a quiet year raises no alarm`(dayEffect: Double, stayers: Double?) throws {
    var law = CohortLaw()
    law.dayEffect = dayEffect
    law.stayersPace = stayers
    let quiet = law
    var alarms = (recall: 0, calibration: 0)
    let runs = 60
    for seed in 0..<runs {
      let (state, _) = try Self.run(seed: UInt64(seed), days: 455) { _ in quiet }
      if !state.recall.episodes.isEmpty { alarms.recall += 1 }
      if !state.calibration.episodes.isEmpty { alarms.calibration += 1 }
    }
    // 5 % of 60 are 3; more than 7 have a chance of 1 % then.
    #expect(alarms.recall <= 7 && alarms.calibration <= 7, "\(alarms) of \(runs)")
  }

  @Test func `recall that falls is found and dated, and so is its recovery`() throws {
    // Churners move to lower scores: as many churn, fewer of them are flagged.
    var worse = CohortLaw()
    worse.risk = worse.risk.map { _ in 0.245 }
    let runs = 20
    var (found, dated, ended) = (0, 0, 0)
    for seed in 0..<runs {
      let (state, _) = try Self.run(seed: 100 + UInt64(seed), days: 455) {
        (200..<300).contains($0) ? worse : CohortLaw()
      }
      guard let episode = state.recall.episodes.first else { continue }
      if episode.detectedAt < CohortLaw.day(235) { found += 1 }
      if abs(Self.days(episode.since) - 200) <= 7 { dated += 1 }
      if let until = episode.until, abs(Self.days(until) - 300) <= 10 { ended += 1 }
    }
    #expect(found == runs && dated >= runs - 2 && ended >= runs - 2, "\(found) \(dated) \(ended)")
  }

  @Test func `churn that rises alike at all scores is calibration decay, and no recall decay`()
    throws
  {
    var more = CohortLaw()
    more.risk = more.risk.map { $0 * 1.5 }
    let risen = more
    let runs = 40
    var (recall, calibration) = (0, 0)
    for seed in 0..<runs {
      let (state, _) = try Self.run(seed: 200 + UInt64(seed), days: 455) {
        $0 < 200 ? CohortLaw() : risen
      }
      if !state.recall.episodes.isEmpty { recall += 1 }
      if let episode = state.calibration.episodes.first,
        episode.detectedAt > CohortLaw.day(200), episode.detectedAt < CohortLaw.day(260)
      {
        calibration += 1
      }
    }
    #expect(recall <= 5 && calibration >= runs - 2, "\(recall) \(calibration)")
  }

  @Test func `labels that come slower or faster are not decay where stayers are reported too`()
    throws
  {
    var law = CohortLaw()
    law.stayersPace = 40
    var fast = law
    (fast.pace, fast.stayersPace) = (10, 20)
    let (before, after) = (law, fast)
    for seed in 0..<20 {
      let (state, _) = try Self.run(seed: 300 + UInt64(seed), days: 400) {
        $0 < 200 ? before : after
      }
      #expect(state.calibration.episodes.isEmpty && state.recall.episodes.isEmpty, "\(seed)")
    }
  }

  @Test(arguments: [true, false], [20.0, 40])
  func `a feed that stops is an outage and no decay`(isLost: Bool, pace: Double) throws {
    var slow = CohortLaw()
    slow.pace = pace
    slow.customers = 40
    let law = slow
    let stopped = 250..<264
    for seed in 0..<10 {
      let (state, later) = try Self.run(seed: 400 + UInt64(seed), days: 455) { _ in law }
      #expect(state.calibration.episodes.isEmpty)
      // What would have been reported on a stopped day comes when the feed works again, or never.
      let broken = later.map { $0.stopping(stopped, isLost: isLost) }
      var again = try DecayState(
        reference: Self.reference(seed: 400 + UInt64(seed), law),
        after: CohortLaw.day(90),
        DecaySpecification(followUp: nil, horizon: FixedDuration(days: 90)),
        asOf: CohortLaw.day(455)
      )
      again.advance(broken, until: CohortLaw.day(455))
      #expect(again.calibration.episodes.isEmpty && again.recall.episodes.isEmpty, "\(seed)")
      let outages = Self.outages(again, broken)
      #expect(outages.count == 1, "\(outages)")
      #expect(outages.allSatisfy { abs(Self.days($0.from) - 251) <= 3 }, "\(outages)")
      #expect(Self.outages(state, later).isEmpty)
    }
  }

  private static func outages(_ state: DecayState, _ cohorts: [Cohort]) -> [TimeRange] {
    let end = CohortLaw.day(455)
    return state.feed(state.paceLayout.units(cohorts, knownBy: end), until: end).outages
  }

  private static func reference(seed: UInt64, _ law: CohortLaw) -> [Cohort] {
    var random = SplitMix64(seed: seed)
    return (0..<90).map { law.cohort($0, &random) }
  }

  private static func days(_ instant: Instant) -> Double {
    Double(instant.microseconds - CohortLaw.start.microseconds) / 86_400e6
  }
}
