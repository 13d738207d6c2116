// SPDX-License-Identifier: Apache-2.0
import Checks
import Diagnosis
import Profiles
import Simulator
import Testing

@Suite struct SimulatedLogTests {
  private static let start = CivilDate(dayNumber: 19_723)

  private static func log(
    _ incidents: [Incident] = [],
    delivery: SimulatedLog.Delivery = .daily
  ) -> SimulatedLog {
    SimulatedLog(
      SimulatedOperator(
        OperatorCalendar(seed: 5, customers: 6000, start: start, months: 5, incidents: incidents)
      ),
      reference: 3,
      delivery: delivery
    )
  }

  private static func moment(_ day: Int) -> Instant {
    Instant(microseconds: Int64(start.dayNumber + day) * 86_400_000_000)
  }

  /// Recall by final labels of the predictions of some days.
  private static func recall(_ log: inout SimulatedLog, days: Range<Int>) -> Double {
    var sum: LabelProfile?
    for bucket in log.labels(asOf: .distantFuture)
    where moment(days.lowerBound) <= bucket.bucket.from
      && bucket.bucket.to <= moment(days.upperBound)
    {
      if sum == nil { sum = bucket.counts } else { sum?.merge(bucket.counts) }
    }
    guard let sum else { return .nan }
    return Double(sum[.truePositive]) / Double(sum[.truePositive] + sum[.falseNegative])
  }

  @Test func `days are counted when they are over, and labels as they become known`() {
    var log = Self.log()
    #expect(log.features(until: Self.moment(10)).count == 10)
    let rows = log.features(until: .distantFuture).reduce(0) { $0 + $1.counts.rows }
    var positives = 0
    for day in [20, 40, 80, 200] {
      let labels = log.labels(asOf: Self.moment(day))
      #expect(labels.allSatisfy { $0.bucket.to <= Self.moment(day) })
      let known = labels.reduce(0) { $0 + $1.counts.positives }
      #expect(known > positives, "day \(day)")
      positives = known
      for bucket in labels {
        let isOver = bucket.bucket.to <= Self.moment(day - SimulatedOperator.horizonDays - 1)
        #expect(!isOver || bucket.counts.isMature)
        let counts = bucket.counts
        #expect(counts.predictions == counts.labelled + counts.sum(.unknown))
      }
    }
    let all = log.labels(asOf: .distantFuture)
    #expect(all.reduce(0) { $0 + $1.counts.labelled } == rows)
    // Labels by age are the same labels.
    for bucket in all {
      let flagged = bucket.counts.ages.labels(
        .positive,
        in: 0..<LabelAge.count,
        decision: .flagged
      )
      #expect(flagged == bucket.counts[.truePositive])
    }
  }

  @Test func `monthly files are known on the first`() {
    var log = Self.log(delivery: .monthly)
    func known(_ day: Int) -> Int {
      log.labels(asOf: Self.moment(day)).reduce(0) { $0 + $1.counts.positives }
    }
    // January has 31 days.
    #expect(known(31) == 0)
    let january = known(32)
    #expect(january > 50)
    #expect(known(59) == january)
    #expect(known(61) > january)
  }

  @Test func `recall falls by what is stated`() throws {
    let item = try #require(
      DiagnosisCase.incidents.first { $0.name == "recall falls" && $0.size == "by 20 points" }
    )
    var fallen = DiagnosisTrial.log(item, seed: 3)
    let day = DiagnosisCase.onset(seed: 3) - DiagnosisCase.start.dayNumber
    let after = Self.recall(&fallen, days: day..<(day + 150))
    // Some 2,000 churners: the error is about one point.
    let before = fallen.truth(nil).recall
    #expect(abs(before - after - 0.2) < 0.04, "\(before), \(after)")
  }

  @Test func `a bad version takes over on the day`() throws {
    let item = try #require(
      DiagnosisCase.incidents.first { $0.name == "a bad version takes over" }
    )
    let log = DiagnosisTrial.log(item, seed: 2)
    let onset = Self.moment(DiagnosisCase.onset(seed: 2) - DiagnosisCase.start.dayNumber)
    for bucket in log.features(until: .distantFuture) {
      #expect(bucket.version == (bucket.bucket.from < onset ? "lr-1" : "lr-2"))
    }
  }

  @Test func `each incident is there at two sizes`() {
    let sizes = Dictionary(grouping: DiagnosisCase.incidents, by: \.name)
    for (name, cases) in sizes where !name.hasPrefix("business") {
      #expect(Set(cases.map(\.size)).count == 2, "\(name)")
    }
    #expect(DiagnosisCase.incidents.count == 42)
  }
}
