// SPDX-License-Identifier: Apache-2.0
import Profiles
import Retraining
import Statistics
import Testing

/// Whether a training helped.
@Suite struct TrainingEffectTests {
  private func effect(
    recall: (champion: Double, challenger: Double, lower: Double, upper: Double)?,
    calibration: (champion: Double, challenger: Double, half: Double) = (0, 0, 0.01),
    rows: Int = 6000,
    isPaired: Bool = true,
    state: ModelVersion.State = .champion
  ) throws -> TrainingEffect {
    let from = try #require(Instant("2026-01-01"))
    let range = try #require(TimeRange(from: from, to: from.advanced(by: FixedDuration(days: 28))))
    var trial = TrialEvidence(
      champion: "v1",
      challenger: "v2",
      range: range,
      asOf: range.to,
      capacity: 0.1,
      confidence: 0.95
    )
    (trial.customers, trial.churners, trial.rows, trial.isPaired) = (6000, 600, rows, isPaired)
    trial.recall = recall.map {
      TrialEvidence.Comparison(
        champion: $0.champion,
        challenger: $0.challenger,
        lower: $0.lower,
        upper: $0.upper
      )
    }
    trial.calibration = TrialEvidence.Comparison(
      champion: calibration.champion,
      challenger: calibration.challenger,
      lower: calibration.challenger - calibration.half,
      upper: calibration.challenger + calibration.half
    )
    return TrainingEffect(
      before: "v1",
      after: ModelVersion("v2", state, since: range.to, job: 1, reason: ""),
      trial: trial,
      performance: (TrainingEffect.Performance(), TrainingEffect.Performance()),
      horizon: FixedDuration(days: 60),
      price: (cost: 2000, value: 300)
    )
  }

  @Test func `the verdict is the interval's`() throws {
    #expect(try effect(recall: (0.2, 0.26, 0.02, 0.1)).verdict == .helped)
    #expect(try effect(recall: (0.26, 0.2, -0.1, -0.02)).verdict == .didNotHelp)
    #expect(try effect(recall: (0.2, 0.22, -0.01, 0.05)).verdict == .notShown)
    #expect(try effect(recall: nil).verdict == .tooEarly)
    #expect(try effect(recall: (0.2, 0.26, 0.02, 0.1), state: .rejected).verdict == .rejected)
    // A recalibration moves no rank.
    let same = (champion: 0.2, challenger: 0.2, lower: 0.0, upper: 0.0)
    #expect(try effect(recall: same, calibration: (0.03, 0.002, 0.01)).verdict == .helped)
    #expect(try effect(recall: same, calibration: (0.012, 0.004, 0.01)).verdict == .notShown)
    #expect(try effect(recall: same, calibration: (0.002, -0.04, 0.01)).verdict == .notShown)
  }

  @Test func `money counts each leaver once, in the month in which they leave`() throws {
    // 600 of those who were scored once left within 60 days: 304 a month of 30.4 days; 5 points
    // more are found.
    let money = try #require(try effect(recall: (0.2, 0.25, 0.01, 0.09)).money)
    #expect(abs(money.caught - 304 * 0.05) < 1e-9)
    #expect(abs(money.monthly - 304 * 0.05 * 300) < 1e-6)
    #expect(abs(money.monthlyInterval.lower - 304 * 0.01 * 300) < 1e-6)
    #expect(abs((money.months ?? 0) - 2000 / (304 * 0.05 * 300)) < 1e-9)
    // Scored daily, they left within 88 days.
    let daily = try #require(try effect(recall: (0.2, 0.25, 0.01, 0.09), rows: 168_000).money)
    #expect(abs(daily.caught - 600.0 / 88 * 30.4 * 0.05) < 1e-9)
    #expect(try effect(recall: (0.2, 0.25, 0.01, 0.09), isPaired: false).money == nil)
    #expect(try #require(effect(recall: (0.25, 0.2, -0.09, -0.01)).money).months == nil)
  }
}
