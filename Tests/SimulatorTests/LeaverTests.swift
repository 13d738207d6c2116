// SPDX-License-Identifier: Apache-2.0
import Foundation
import Profiles
import Simulator
import Statistics
import Testing

/// When customers leave, and beside whom.
@Suite struct LeaverTests {
  /// Shares of a week's leavers, Monday first, as the documentation of the operator gives the ends.
  private static let weekdays = [1.25, 1.15, 1.1, 1.1, 1.0, 0.85, 0.55]

  /// The first reports of leavers, by customer.
  private static func reports(_ rows: OperatorRows) -> [OutcomeReport] {
    let stayed = Set(rows.outcomes.filter { !$0.hasChurned }.map(\.customer))
    return rows.outcomes.filter { $0.hasChurned && !stayed.contains($0.customer) }
  }

  @Test func `leavers fall on the days of the week as stated`() async throws {
    let reports = Self.reports(try await SimulatorTests.quiet.value)
    var counts = Array(repeating: 0.0, count: 7)
    // 1970-01-01 was a Thursday.
    for report in reports { counts[Int(report.time.microseconds / 86_400_000_000 + 3) % 7] += 1 }
    // A report comes a while after: within the day and an exponential time, of one in twenty ten
    // times as long.
    var random = SplitMix64(seed: 1)
    var delays = Array(repeating: 0.0, count: 7)
    for _ in 0..<400_000 {
      let slow = random.chance(0.05) ? 10.0 : 1
      delays[Int(random.uniform() - log(1 - random.uniform()) * slow) % 7] += 1 / 400_000
    }
    var statistic = 0.0
    let total = counts.reduce(0, +)
    for day in 0..<7 {
      let share = (0..<7).reduce(0) { $0 + Self.weekdays[(day - $1 + 7) % 7] / 7 * delays[$1] }
      statistic += pow(counts[day] - total * share, 2) / (total * share)
    }
    // χ² with six degrees of freedom: one in a thousand is beyond 22.5.
    #expect(statistic < 22.5, "\(statistic): \(counts)")
  }

  /// How the log odds to leave in a month rise with each leaver of a block in the month before.
  ///
  /// - `shift`: How many blocks away the leavers are counted.
  private static func slope(_ rows: OperatorRows, shift: Int) -> Double? {
    func place(_ customer: String) -> Int { Int(customer.dropFirst().prefix { $0 != "-" }) ?? 0 }
    let start = rows.last.calendar.start
    let firsts = (0...rows.predictions.count).compactMap { Instant(start.firstOfMonth(plus: $0)) }
    func month(_ time: Instant) -> Int { (firsts.firstIndex { time < $0 } ?? firsts.count) - 1 }
    let blocks = rows.last.slotCount / 40
    var left = Array(repeating: Array(repeating: 0, count: blocks + 1), count: firsts.count)
    for report in reports(rows) where month(report.time) >= 0 {
      left[month(report.time)][place(report.customer) / 40] += 1
    }
    var points: [Int: (left: Double, count: Double)] = [:]
    for month in 1..<rows.predictions.count {
      for block in 0..<blocks {
        let beside = min(4, left[month - 1][(block + shift) % blocks])
        points[beside, default: (0, 0)].left += Double(left[month][block])
        points[beside, default: (0, 0)].count += 40
      }
    }
    return LogisticLine.fit(
      points.map {
        LogisticLine.Point(x: Double($0.key), positives: $0.value.left, count: $0.value.count)
      }
    )?.slope
  }

  @Test func `churn is contagious among neighbours, and only among them`() async throws {
    let rows = try await SimulatorTests.quiet.value
    // 0.2 for each, of which reports that come next month take a tenth off.
    let near = try #require(Self.slope(rows, shift: 0))
    #expect((0.13...0.25).contains(near), "\(near)")
    let far = try #require(Self.slope(rows, shift: 7))
    #expect(abs(far) < 0.05, "\(far)")
  }
}
