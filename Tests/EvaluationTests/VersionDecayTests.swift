// SPDX-License-Identifier: Apache-2.0
import Checks
import Evaluation
import Profiles
import Testing

/// Detectors of the synthetic model: churners become known in their fourth day, and are evaluated
/// when seven days have passed.
@Suite struct VersionDecayTests {
  private typealias Model = SyntheticModel

  private static func reading(
    _ check: CheckName,
    _ version: SyntheticModel.Version,
    in window: TimeRange,
    now: Int = 60
  ) throws -> Reading {
    var model = SyntheticModel(versions: [version])
    model.now = now
    let decay = try #require(try model.history().decays[version.name])
    return try #require(decay.readings(window).first { $0.check == check })
  }

  @Test func `a fall of recall is found when its first churners come of age`() throws {
    let version = SyntheticModel.Version(name: "v", days: 0..<60, inverted: 35..<60)
    let fallen = try Self.reading(.recallDecay, version, in: Model.range(39, 46))
    #expect(fallen.value == 70.0 / 315)
    #expect(fallen.sample == Reading.Sample(current: 315, reference: 1260))
    // The reference's 980 of 1260 with half a success and half a failure added.
    #expect(abs(try #require(fallen.reference) - 980.5 / 1261) < 1e-12)
    let alarm = try #require(fallen.detector?.alarm)
    #expect(alarm.since == Model.day(35))
    // The predictions of day 35 end on day 36 and are seven days old on day 43.
    #expect(alarm.detectedAt == Model.day(43))
    #expect(alarm.until == nil)
    // Churners of the newest window are not of age: those of the alarm stand in.
    let newest = try Self.reading(.recallDecay, version, in: Model.range(53, 60))
    #expect(newest.value == 10.0 / 45)
    #expect(newest.sample.current == 18 * 45)
    #expect(newest.detector?.alarm == alarm)
  }

  @Test func `where nothing moved there is no alarm and no evidence`() throws {
    let version = SyntheticModel.Version(name: "v", days: 0..<60)
    let reading = try Self.reading(.recallDecay, version, in: Model.range(39, 46))
    #expect(reading.value == 245.0 / 315)
    #expect(reading.detector?.alarm == nil)
    #expect(try #require(reading.detector).evidence < 20)
    #expect(reading.detector?.seen == 25 * 45)
    let level = try Self.reading(.calibrationDecay, version, in: Model.range(39, 46))
    #expect(abs(try #require(level.value) - 1) < 0.02)
    #expect(level.detector?.alarm == nil)
  }

  @Test func `a window without churners of age is immature`() throws {
    let version = SyntheticModel.Version(name: "v", days: 0..<60)
    for check in [CheckName.recallDecay, .calibrationDecay] {
      let reading = try Self.reading(check, version, in: Model.range(53, 60))
      #expect(reading.value == nil)
      #expect(
        reading.obstacle == .immature("no churner of the window is known by age 7d yet"),
        "\(check)"
      )
    }
    let nothing = try Self.reading(.recallDecay, version, in: Model.range(70, 77))
    #expect(
      nothing.obstacle
        == .noData("there are no predictions in the window that could be compared")
    )
  }

  @Test func `decay waits for the reference's labels, and needs some`() throws {
    let version = SyntheticModel.Version(name: "v", days: 0..<60)
    // The reference ends on day 28; its churners are of age on day 35, the 5th of February.
    let early = try Self.reading(.recallDecay, version, in: Model.range(27, 34), now: 34)
    #expect(
      early.obstacle == .noReference("the reference's labels of age 7d are known on 2026-02-05")
    )
    let late = SyntheticModel.Version(name: "late", days: 45..<60)
    let without = try Self.reading(.recallDecay, late, in: Model.range(46, 53))
    #expect(
      without.obstacle == .noReference("there is no reference for this version's labels")
    )
  }

  @Test func `labels that stopped coming hide performance instead of changing it`() throws {
    // Of the predictions of the days 36 to 41 no churner is reported.
    let version = SyntheticModel.Version(name: "v", days: 0..<60, silent: 40..<46)
    let feed = try Self.reading(.labelFeed, version, in: Model.range(39, 46))
    #expect(feed.value == 0)
    #expect(feed.sample.current == 0)
    // Those of day 35 came on day 40, day 42's came on day 47: six days are missing 45 churners
    // each.
    let expected = try #require(feed.details.first { $0.name == "expected" }?.value)
    #expect(abs(expected - 6 * 45) < 3)
    #expect(feed.note?.hasPrefix("from 2026-02-10 to 2026-02-16 0 churners became known") ?? false)
    let model = SyntheticModel(versions: [version])
    let evaluation = try #require(try model.evaluate(try model.history()).first)
    let recall = try #require(evaluation.window(from: 39)?.finding(.recall))
    #expect(recall.verdict == .noData)
    // Three of the window's seven days; of the churners that the outage and the 8 days after it
    // concern, 6 of 14 days' never came: 3/7 · 6/14 are 18 %.
    #expect(recall.reason.hasSuffix("about 18 % of the churners are missing"))
    // Before the outage nothing is hidden.
    let before = try #require(try model.evaluate(try Self.at(49, version)).first)
    #expect(before.window(from: 28)?.finding(.recall)?.verdict == .ok)
  }

  private static func at(_ day: Int, _ version: SyntheticModel.Version) throws -> ModelHistory {
    var model = SyntheticModel(versions: [version])
    model.now = day
    return try model.history()
  }

  @Test func `outcomes are kept of buckets whose labels are of age`() throws {
    let version = SyntheticModel.Version(name: "v", days: 0..<60)
    let decay = try #require(try Self.at(60, version).decays["v"])
    #expect(decay.labelAge == FixedDuration(days: 7))
    #expect(decay.isOfAge(Model.range(52, 53)))
    #expect(!decay.isOfAge(Model.range(53, 54)))
    let revisions = decay.outcomeRevisions
    #expect(revisions.map(\.range) == (0..<53).map { Model.range($0, $0 + 1) })
    #expect(
      revisions.allSatisfy {
        $0.revision
          == OutcomeRevision(
            labelAge: FixedDuration(days: 7),
            truePositives: 35,
            falseNegatives: 10,
            flagged: 100
          )
      }
    )
  }
}
