// SPDX-License-Identifier: Apache-2.0
import Evaluation
import Profiles
import Retraining
import Testing

@Suite struct ActivityIndexTests {
  /// One bucket a day: rows, and of them predictions whose label can still come.
  private static func index(
    _ days: [(version: String, days: Range<Int>, rows: Int, open: Int)]
  ) -> ActivityIndex {
    let buckets = days.flatMap { item in
      item.days.map { day in
        BucketActivity(
          version: item.version,
          bucket: SyntheticModel.range(day, day + 1),
          rows: item.rows,
          predictions: item.rows,
          open: item.open
        )
      }
    }
    return ActivityIndex(buckets.sorted { $0.bucket.from < $1.bucket.from })
  }

  /// `a` until day 30, `b` from day 25 on.
  private static let handover = index([
    ("a", 0..<30, 100, 0), ("b", 25..<50, 50, 0), ("b", 50..<60, 50, 5),
  ])

  @Test func `the log says when each version scored first and last`() {
    let log = Self.handover.log.sorted { $0.name < $1.name }
    #expect(
      log == [
        VersionActivity("a", first: SyntheticModel.day(0), last: SyntheticModel.day(30)),
        VersionActivity("b", first: SyntheticModel.day(25), last: SyntheticModel.day(60)),
      ]
    )
    #expect(Self.handover.end == SyntheticModel.day(60))
    #expect(Self.handover.versions == ["a", "b"])
    #expect(ActivityIndex([]).end == nil)
  }

  @Test func `empty buckets are no activity`() {
    let index = Self.index([("a", 0..<3, 10, 0), ("a", 3..<9, 0, 0)])
    #expect(index.end == SyntheticModel.day(3))
    #expect(!index.hasRows("a", in: SyntheticModel.range(3, 9)))
    #expect(index.hasRows("a", in: SyntheticModel.range(2, 9)))
    #expect(!index.hasRows("b", in: SyntheticModel.range(0, 9)))
  }

  @Test func `a window has the versions with rows in it, else the one before`() {
    #expect(Self.handover.versions(in: SyntheticModel.range(0, 7)) == ["a"])
    #expect(Self.handover.versions(in: SyntheticModel.range(24, 31)) == ["a", "b"])
    #expect(Self.handover.versions(in: SyntheticModel.range(30, 37)) == ["b"])
    #expect(Self.handover.versions(in: SyntheticModel.range(70, 77)) == ["b"])
    // Before anything was scored the one that came last stands in.
    #expect(Self.handover.versions(in: SyntheticModel.range(-9, -2)) == ["b"])
    #expect(ActivityIndex([]).versions(in: SyntheticModel.range(0, 7)) == [])
  }

  @Test func `a version without a successor is in use though its feed has stopped`() {
    // `a` was followed by `b`, which began before its last rows: that is no successor.
    let index = Self.index([("a", 0..<30, 100, 0), ("b", 25..<60, 50, 0), ("c", 0..<60, 9, 0)])
    #expect(index.versionsInUse(in: SyntheticModel.range(53, 60)) == ["a", "b", "c"])
    let replaced = Self.index([("a", 0..<30, 100, 0), ("b", 29..<60, 50, 0)])
    #expect(replaced.versionsInUse(in: SyntheticModel.range(53, 60)) == ["b"])
  }

  @Test func `a version lingers beside one that took over four weeks ago`() throws {
    let last = SyntheticModel.range(53, 60)
    // 12 of 112 rows a day, and the new one began 28 days before the window's end.
    let lingering = Self.index([("a", 0..<60, 12, 0), ("b", 32..<60, 100, 0)])
    let found = try #require(lingering.lingering(in: last))
    #expect((found.old, found.new) == ("a", "b"))
    #expect(found.share == 12.0 / 112)
    // A day later it is too early, below four in five it is no takeover, and alone there is nobody.
    let early = Self.index([("a", 0..<60, 12, 0), ("b", 33..<60, 100, 0)])
    #expect(early.lingering(in: last) == nil)
    let even = Self.index([("a", 0..<60, 26, 0), ("b", 0..<60, 100, 0)])
    #expect(even.lingering(in: last) == nil)
    #expect(Self.handover.lingering(in: last) == nil)
  }

  @Test func `a window is mature when no label can come`() {
    #expect(Self.handover.isMature(SyntheticModel.range(43, 50), "b"))
    #expect(!Self.handover.isMature(SyntheticModel.range(44, 51), "b"))
    // Nothing predicted is nothing known.
    #expect(!Self.handover.isMature(SyntheticModel.range(43, 50), "a"))
  }

  @Test func `final labels are those of the version that has most`() {
    // From day 20 on: 10 days of 100 for a; 25 of 50 and 10 of 45 for b.
    #expect(Self.handover.finalLabels(since: SyntheticModel.day(20)) == 1700)
    #expect(Self.handover.finalLabels(since: SyntheticModel.day(0)) == 3000)
    #expect(Self.handover.finalLabels(since: SyntheticModel.day(60)) == 0)
  }

  @Test func `counts in memory are the same activity`() {
    let model = SyntheticModel(versions: [SyntheticModel.Version(name: "v", days: 0..<20)], now: 20)
    let (features, labels) = model.buckets(now: SyntheticModel.day(20))
    let index = ActivityIndex(features: features.reversed(), labels: labels)
    #expect(index.starts == ["v": SyntheticModel.day(0)])
    // Days 0 to 5 are final, 200 labels each; of ten days more the 45 churners are known.
    #expect(index.finalLabels(since: SyntheticModel.day(0)) == 6 * 200 + 10 * 45)
    #expect(index.isMature(SyntheticModel.range(0, 6), "v"))
    #expect(!index.isMature(SyntheticModel.range(0, 7), "v"))
  }
}
