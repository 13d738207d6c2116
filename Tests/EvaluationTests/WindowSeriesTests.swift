// SPDX-License-Identifier: Apache-2.0
import Evaluation
import Profiles
import Statistics
import Testing

@Suite struct WindowSeriesTests {
  private typealias Model = SyntheticModel

  /// A version that scores on the days 0 to 9 and 15 to 19, in buckets of a day; usage is 0 for
  /// half of the rows from day 15 on.
  private static let model = SyntheticModel(
    versions: [
      SyntheticModel.Version(name: "v", days: 0..<10),
      SyntheticModel.Version(name: "w", days: 8..<20, shifted: 15..<20),
    ],
    now: 20
  )

  private static func series() -> ModelSeries {
    let (features, labels) = model.buckets(now: Model.day(20))
    return ModelSeries(Model.binning, features: features, labels: labels, outcomes: [])
  }

  private static func all(_ version: String, _ segment: String? = nil) throws -> WindowSeries {
    try #require(series().series[ModelSeries.Key(version: version, segment: segment)])
  }

  /// The cell of a value of usage.
  private static func cell(_ usage: Int) -> Int {
    guard case .numeric(let bins) = Model.binning.features[0].kind else { return -1 }
    return bins.bin(of: Double(usage))
  }

  @Test func `a window is the sum of its buckets`() throws {
    let series = try Self.all("w")
    let window = series.features(in: Model.range(12, 19))
    // Three days as ever with 20 rows of each usage, four with 100 rows of usage 0 and none of 1.
    #expect(window.rows == 1400)
    #expect(window.counts[Self.cell(0)] == 3 * 20 + 4 * 100)
    #expect(window.counts[Self.cell(1)] == 3 * 20)
    #expect(window.counts[Self.cell(9)] == 7 * 20)
    #expect(series.rows(in: Model.range(12, 19)) == 1400)
    // A bucket that reaches out of the range is not in it.
    #expect(series.rows(in: Model.range(0, 8)) == 0)
    #expect(try Self.all("w", "region=north").rows(in: Model.range(12, 19)) == 700)
    #expect(series.features(in: Model.range(30, 40)).rows == 0)
  }

  @Test func `labels of a window are the sum of those of its buckets`() throws {
    // As of day 20 the days 0 to 5 are final.
    let labels = try Self.all("v").labels(in: Model.range(4, 8))
    #expect(labels.predictions == 800)
    #expect(labels.positives == 4 * 45)
    #expect(labels.negatives == 2 * 155)
    #expect(labels[.open] == 2 * 155)
    #expect(labels[.truePositive] == 4 * 35)
    #expect(labels[.falseNegative] == 4 * 10)
    #expect(labels.ages.predictions(.flagged) == 400)
    #expect(
      try Self.all("v").labelled(in: Model.range(4, 6))
        == [Model.range(4, 5), Model.range(5, 6)]
    )
  }

  @Test func `the newest bucket is the last with rows, and slices have theirs`() throws {
    let series = try Self.all("v")
    #expect(series.newest == Model.day(9))
    #expect(series.hasRows(in: Model.range(9, 11)))
    #expect(!series.hasRows(in: Model.range(10, 20)))
    let sundays = ReferenceRanges(
      ranges: [(nil, Model.range(0, 20))],
      reason: "",
      grid: Model.grid()
    ).slice(.sliding(days: 1), Model.range(31, 32), version: "v")
    // Day 3; day 10 and day 17 have no rows.
    #expect(series.features(in: sundays).rows == 200)
  }

  @Test func `buckets may come in any order, and be merged in any parts`() throws {
    let (features, labels) = Self.model.buckets(now: Model.day(20))
    let whole = try Self.all("w")
    let (wholeRows, wholeLabels) = (
      whole.features(in: Model.range(8, 20)), whole.labels(in: Model.range(8, 20))
    )
    for seed in 0..<20 {
      var random = SplitMix64(seed: UInt64(seed))
      let shuffled = ModelSeries(
        Model.binning,
        features: features.shuffled(using: &random),
        labels: labels.shuffled(using: &random),
        outcomes: []
      )
      let key = ModelSeries.Key(version: "w", segment: nil)
      let series = try #require(shuffled.series[key])
      #expect(series.features(in: Model.range(8, 20)) == wholeRows)
      #expect(series.labels(in: Model.range(8, 20)) == wholeLabels)
      // The sum of two windows that touch is the window of both.
      let cut = Int.random(in: 9..<20, using: &random)
      var sum = series.features(in: Model.range(cut, 20))
      sum.merge(series.features(in: Model.range(8, cut)))
      var known = series.labels(in: Model.range(cut, 20))
      known.merge(series.labels(in: Model.range(8, cut)))
      #expect(sum == wholeRows)
      #expect(known == wholeLabels)
      #expect(series.newest == Model.day(19))
    }
  }

  @Test func `the versions of a window are those with rows, else the last before it`() {
    let series = Self.series()
    #expect(series.versions == ["v", "w"])
    #expect(series.versions(in: Model.range(7, 10)) == ["v", "w"])
    #expect(series.versions(in: Model.range(0, 7)) == ["v"])
    #expect(series.versions(in: Model.range(30, 37)) == ["w"])
    #expect(series.versions(in: Model.range(-9, -2)) == ["w"])
    #expect(series.segments(of: "v") == [nil, "region=(other)", "region=north"])
  }
}
