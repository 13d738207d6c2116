// SPDX-License-Identifier: Apache-2.0
import Checks
import Evaluation
import Profiles
import Testing

/// A campaign that treats customers of the synthetic model, and what is left to evaluate.
@Suite struct TreatmentSeriesTests {
  private typealias Model = SyntheticModel

  private static let version = SyntheticModel.Version(name: "v", days: 0..<60)

  /// Labelled predictions by decision and label.
  private static func labels(tp: Int, fn: Int, fp: Int, tn: Int) -> LabelProfile {
    var profile = LabelProfile(binCount: Model.binning.score.binCount)
    for (count, score, label) in [
      (tp, 0.75, true), (fn, 0.25, true), (fp, 0.75, false), (tn, 0.25, false),
    ] {
      for _ in 0..<count {
        profile.count(
          ScoredPrediction(
            score: score,
            bin: Model.binning.score.bin(of: score),
            isFlagged: score > 0.5,
            logLoss: 0.5
          ),
          label: label,
          isFinal: true
        )
      }
    }
    return profile
  }

  private static func series(
    _ days: Range<Int>,
    _ arms: [(arm: Arm, labels: LabelProfile)]
  ) -> TreatmentSeries {
    TreatmentSeries(
      campaign: "spring",
      days.flatMap { day in
        arms.map {
          StoredBucket(
            version: "v",
            segment: nil,
            bucket: Model.range(day, day + 1),
            counts: ArmCounts(arm: $0.arm, stratum: "all", labels: $0.labels)
          )
        }
      }
    )
  }

  private static let untouched = labels(tp: 30, fn: 10, fp: 60, tn: 60)
  private static let control = labels(tp: 3, fn: 1, fp: 3, tn: 3)
  private static let treated = labels(tp: 1, fn: 1, fp: 14, tn: 14)

  @Test func `outcomes are summed by arm, where all buckets are known`() throws {
    let series = Self.series(
      39..<46,
      [(.none, Self.untouched), (.control, Self.control), (.treated, Self.treated)]
    )
    let binCount = Model.binning.score.binCount
    func outcomes(_ range: TimeRange, _ days: Range<Int>, _ version: String) -> ArmedOutcomes? {
      series.outcomes(
        in: range,
        Set(days.map { Model.range($0, $0 + 1) }),
        version: version,
        binCount: binCount
      )
    }
    let found = try #require(outcomes(Model.range(39, 46), 39..<46, "v"))
    #expect(found.untouched.predictions == 7 * 160)
    #expect((found.heldOut, found.treated) == (70, 210))
    #expect(found.strata.count == 1)
    #expect(abs(found.treatedShare - 0.15) < 1e-12)
    // A day whose arms are not known, or a version nothing is known of, leaves all unknown.
    #expect(outcomes(Model.range(38, 46), 38..<46, "v") == nil)
    #expect(outcomes(Model.range(39, 46), 39..<46, "w") == nil)
    #expect(try #require(outcomes(Model.range(40, 41), 40..<41, "v")).treated == 30)
  }

  private static func evaluate(_ treatments: TreatmentSeries) throws -> WindowEvaluation {
    let model = SyntheticModel(versions: [version])
    var history = try model.history()
    history.treatments = treatments
    return try #require(try model.evaluate(history).first?.window(from: 39))
  }

  @Test func `the hold-out stands for all who were assigned`() throws {
    let window = try Self.evaluate(
      Self.series(
        39..<46,
        [(.none, Self.untouched), (.control, Self.control), (.treated, Self.treated)]
      )
    )
    let recall = try #require(window.finding(.recall))
    // Ten of forty assigned are held out, so each counts four times: (30 + 4·3) of (40 + 4·4).
    #expect(abs(try #require(recall.reading.value) - 0.75) < 1e-12)
    #expect(recall.reading.details.contains(Reading.Detail("held_out", 70)))
    #expect(recall.reading.details.contains(Reading.Detail("unweighted", 245.0 / 315)))
    #expect(recall.verdict != .confounded)
    // What the hold-out does not tell is confounded, and so are detectors, which know no weights.
    #expect(window.finding(.accuracy)?.verdict == .confounded)
    let detector = try #require(window.finding(.recallDecay))
    #expect(detector.verdict == .confounded)
    #expect(
      detector.reason.hasPrefix("15.000 % of the predictions' customers were treated by 'spring'")
    )
    // Segments have no hold-out of their own.
    let segment = window.findings.first {
      $0.reading.check == .recall && $0.reading.segment == "region=north"
    }
    #expect(segment?.verdict == .confounded)
    // What does not look at outcomes is as ever.
    #expect(window.finding(.psi, "usage")?.verdict == .ok)
  }

  @Test func `what is not known of all predictions confounds all but detectors`() throws {
    let window = try Self.evaluate(Self.series(40..<46, [(.none, Self.untouched)]))
    let recall = try #require(window.finding(.recall))
    #expect(recall.verdict == .confounded)
    #expect(
      recall.reason == "it is not known of all predictions who was treated by 'spring'"
    )
    #expect(window.finding(.recallDecay)?.reading.obstacle == nil)
  }

  @Test func `a hundredth of treated predictions is tolerated, by detectors a twentieth`() throws {
    func window(treated: Int) throws -> WindowEvaluation {
      try Self.evaluate(
        Self.series(
          39..<46,
          [
            (.none, Self.labels(tp: 0, fn: 0, fp: 0, tn: 180 - treated)),
            (.control, Self.labels(tp: 15, fn: 5, fp: 0, tn: 0)),
            (.treated, Self.labels(tp: 0, fn: 0, fp: treated, tn: 0)),
          ]
        )
      )
    }
    // 2 of 200: the readings stay as they are.
    let few = try #require(try window(treated: 2).finding(.recall))
    #expect(few.reading.value == 245.0 / 315)
    #expect(!few.reading.details.contains { $0.name == "treated_share" })
    // 3 of 200: the hold-out, 15 of 20; detectors go on up to 10 of 200.
    let more = try window(treated: 3)
    #expect(abs(try #require(more.finding(.recall)?.reading.value) - 0.75) < 1e-12)
    #expect(more.finding(.recallDecay)?.reading.obstacle == nil)
    #expect(try window(treated: 10).finding(.recallDecay)?.reading.obstacle == nil)
    #expect(try window(treated: 11).finding(.recallDecay)?.verdict == .confounded)
  }

  @Test func `without a hold-out performance is confounded`() throws {
    let window = try Self.evaluate(
      Self.series(39..<46, [(.none, Self.untouched), (.treated, Self.treated)])
    )
    let recall = try #require(window.finding(.recall))
    #expect(recall.verdict == .confounded)
    #expect(recall.reason.hasSuffix("were treated by 'spring', and nobody was held out"))
  }
}
