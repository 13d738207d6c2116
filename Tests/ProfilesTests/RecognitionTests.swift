// SPDX-License-Identifier: Apache-2.0
import Glibc
import Profiles
import Statistics
import Testing

/// Columns that follow the clock, and scores that are no probabilities.
@Suite struct RecognitionTests {
  // MARK: Clocks

  /// Seconds of 90 days of predictions, in batches of so many a day.
  private static func times(perDay: Int) -> [Double] {
    (0..<90).flatMap { day in (0..<perDay).map { Double(day) * 86_400 + Double($0) } }
  }

  @Test func `numbers that rise or fall with the time are recognised`() throws {
    var random = SplitMix64(seed: 1)
    let times = Self.times(perDay: 40)
    // A load some hours after the prediction, a serial number, days that are left.
    let loads = times.map { $0 + 3600 * random.uniform() }
    let serials = times.indices.map { Double($0) * 7 }
    let left = times.map { (90 * 86_400 - $0) / 86_400 }
    let batches = times.map { ($0 / 604_800).rounded(.down) }
    let months = times.map { ($0 / 2_592_000).rounded(.down) }
    for values in [loads, serials, batches, months] {
      #expect(ClockRecognition.reason(values: values, times: times)?.contains("rises") ?? false)
    }
    #expect(ClockRecognition.reason(values: left, times: times)?.contains("falls") ?? false)
    // Rows without a value say nothing.
    let sparse = serials.map { random.chance(0.5) ? .nan : $0 }
    #expect(ClockRecognition.reason(values: sparse, times: times) != nil)
  }

  @Test func `what customers are like is no clock, nor is a price that rises once`() {
    var random = SplitMix64(seed: 2)
    let times = Self.times(perDay: 40)
    let tenure = times.map { $0 / 2_592_000 + 72 * random.uniform() }
    let season = times.map { sin($0 / 1e6) + 0.1 * random.normal() }
    let price = times.map { $0 < 45 * 86_400 ? 10.0 : 12 }
    let constant = times.map { _ in 3.0 }
    for values in [tenure, season, price, constant] {
      #expect(ClockRecognition.reason(values: values, times: times) == nil)
    }
    // One batch has no time to follow.
    let once = Array(repeating: 5.0, count: 100)
    #expect(ClockRecognition.reason(values: (0..<100).map(Double.init), times: once) == nil)
    #expect(ClockRecognition.reason(values: [1, 2, 3], times: [1, 2, 3]) == nil)
  }

  private static func levels(_ names: [String], _ times: [Double]) -> [ClockRecognition.Level] {
    var levels: [String: ClockRecognition.Level] = [:]
    for (name, time) in zip(names, times) {
      levels[name, default: ClockRecognition.Level()].add(time: time)
    }
    return Array(levels.values)
  }

  @Test func `names of months and batches are recognised, plans and weekdays are not`() {
    var random = SplitMix64(seed: 3)
    let times = Self.times(perDay: 40)
    let weeks = times.map { "week \(Int($0 / 604_800))" }
    let months = times.map { ["May", "June", "July", "August"][min(3, Int($0 / 2_592_000))] }
    #expect(ClockRecognition.reason(levels: Self.levels(weeks, times)) != nil)
    #expect(ClockRecognition.reason(levels: Self.levels(months, times)) != nil)
    let monthly = [0.0, 30, 61].flatMap { day in Array(repeating: day * 86_400, count: 50) }
    let batches = monthly.map { "load \(Int($0))" }
    #expect(ClockRecognition.reason(levels: Self.levels(batches, monthly)) != nil)
    let plans = times.map { _ in ["a", "b", "c"][Int(random.next() % 3)] }
    let weekdays = times.map { "day \(Int($0 / 86_400) % 7)" }
    // One that nearly all have, and two that a few had at one time.
    let rare = times.indices.map { $0 < 5 ? "first" : $0 > times.count - 5 ? "last" : "usual" }
    for names in [plans, weekdays, rare] {
      #expect(ClockRecognition.reason(levels: Self.levels(names, times)) == nil)
    }
    #expect(ClockRecognition.reason(levels: [ClockRecognition.Level]()) == nil)
  }

  // MARK: Scores

  private static func scores(_ transform: (Double) -> Double) -> [Double] {
    var random = SplitMix64(seed: 4)
    return (0..<1000).map { _ in transform(random.uniform() * random.uniform()) }
  }

  @Test func `scores that are no probabilities are recognised by what they look like`() throws {
    let kinds: [String: (Double) -> Double] = [
      "per cent": { 100 * $0 }, "up to 1000": { 1000 * $0 },
      "log odds": { log(($0 + 1e-6) / (1 - $0 + 1e-6)) }, "no probabilities": { 1e6 * $0 - 1e5 },
      "constant": { _ in 0.37 },
    ]
    for (kind, transform) in kinds {
      let reason = ScoreRecognition.reason(Self.scores(transform), column: "p")
      #expect(try #require(reason, "\(kind)").contains(kind))
    }
  }

  @Test func `probabilities are left alone, with faults among them too`() {
    #expect(ScoreRecognition.reason(Self.scores { $0 }, column: "p") == nil)
    #expect(ScoreRecognition.reason(Self.scores { $0 < 0.5 ? 0 : 1 }, column: "p") == nil)
    let faulty = Self.scores { $0 } + Array(repeating: 50, count: 400)
    #expect(ScoreRecognition.reason(faulty, column: "p") == nil)
    #expect(ScoreRecognition.reason([], column: "p") == nil)
    #expect(ScoreRecognition.reason([40, 50, 60], column: "p") == nil)
  }
}
