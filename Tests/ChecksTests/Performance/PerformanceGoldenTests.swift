// SPDX-License-Identifier: Apache-2.0
import Checks
import Glibc
import Profiles
import Statistics
import TestKit
import Testing

/// Values from scikit-learn and statsmodels; `Golden/generate.py` made them.
@Suite struct PerformanceGoldenTests {
  struct Case: Decodable {
    let name: String
    let threshold: Double
    let scores: [Double]
    let labels: [Int]
    let prevalence: Double?
    let accuracy: Double?
    let recall: Double?
    let precision: Double?
    let f1: Double?
    let auc: Double?
    let auc_standard_error: Double?
    let auc_pr: Double?
    let brier: Double?
    let log_loss: Double?
    let calibration_level: Double?
    let calibration_z: Double?
    let calibration_slope: Double?
    let calibration_intercept: Double?
    let calibration_slope_standard_error: Double?
    let lift: Double?
  }

  /// `Golden/calibration.py` made these for the same rows.
  struct Calibration: Decodable {
    let name: String
    let spiegelhalter: Double?
    let smooth_ece: Double
  }

  /// Every score is a bin of its own, so that nothing is lost to binning.
  static func outcomes(
    _ scores: [Double],
    _ labels: [Int],
    threshold: Double
  ) -> LabelledScores {
    var builder = NumericBinningBuilder()
    builder.requiredEdges = Set(scores).flatMap { [$0, $0.nextUp] } + [0, 1.0.nextUp, threshold]
    let binning = builder.binning(of: scores, range: scores.isEmpty ? nil : 0...1)
    var profile = LabelProfile(binCount: binning.binCount)
    for (score, label) in zip(scores, labels) {
      let loss = -log(max(label == 1 ? score : 1 - score, LabelProfile.smallestProbability))
      profile.count(
        ScoredPrediction(
          score: score,
          bin: binning.bin(of: score),
          isFlagged: score >= threshold,
          logLoss: loss
        ),
        label: label == 1,
        isFinal: true
      )
    }
    return LabelledScores(profile, binning: binning)
  }

  private func expect(
    _ metric: any PerformanceMetric,
    _ outcomes: LabelledScores,
    _ expected: Double?,
    _ name: String,
    _ tolerance: Double = 1e-8
  ) throws {
    let measured = metric.measure(outcomes)
    guard let expected else {
      // What the other library cannot say we must not invent.
      #expect(measured.value == nil, "\(metric.name.rawValue) in \(name)")
      return
    }
    let value = try #require(measured.value, "\(metric.name.rawValue) in \(name)")
    #expect(agree(value, expected, tolerance), "\(metric.name.rawValue) in \(name): \(value)")
  }

  @Test func `agrees with scikit-learn and statsmodels`() throws {
    let cases = try Golden.cases("performance.json", of: Case.self)
    #expect(cases.count >= 11)
    for item in cases {
      let outcomes = Self.outcomes(item.scores, item.labels, threshold: item.threshold)
      try expect(Prevalence(), outcomes, item.prevalence, item.name)
      try expect(Accuracy(), outcomes, item.accuracy, item.name)
      try expect(Recall(), outcomes, item.recall, item.name)
      try expect(Precision(), outcomes, item.precision, item.name)
      // Without a churner F1 and average precision are said to be unknown, where the other library
      // prints 0.
      let hasChurners = item.labels.contains(1)
      try expect(F1Score(), outcomes, hasChurners ? item.f1 : nil, item.name)
      try expect(AreaUnderROC(), outcomes, item.auc, item.name)
      try expect(AveragePrecision(), outcomes, item.auc_pr, item.name)
      try expect(Lift(), outcomes, item.lift, item.name)
      try expect(BrierScore(), outcomes, item.brier, item.name)
      try expect(LogLoss(), outcomes, item.log_loss, item.name)
      try expect(CalibrationLevel(), outcomes, item.calibration_level, item.name)
      try expect(CalibrationSlope(), outcomes, item.calibration_slope, item.name, 1e-6)
    }
  }

  @Test func `Spiegelhalter's z and the smooth error agree with rows counted one by one`() throws {
    let cases = try Golden.cases("performance.json", of: Case.self)
    let expected = try Golden.cases("calibration.json", of: Calibration.self)
    #expect(cases.map(\.name) == expected.map(\.name))
    for (item, calibration) in zip(cases, expected) {
      let outcomes = Self.outcomes(item.scores, item.labels, threshold: item.threshold)
      try expect(Spiegelhalter(), outcomes, calibration.spiegelhalter, item.name, 1e-6)
      let measured = try #require(SmoothCalibrationError().measure(outcomes).value)
      // On a grid of 256 points against 4,000.
      #expect(abs(measured - calibration.smooth_ece) < 0.003, "\(item.name): \(measured)")
    }
  }

  @Test func `standard errors and details agree too`() throws {
    let z = Normal.halfWidth(confidence: 0.95)
    var compared = 0
    for item in try Golden.cases("performance.json", of: Case.self) {
      let outcomes = Self.outcomes(item.scores, item.labels, threshold: item.threshold)
      if let error = item.auc_standard_error, let area = item.auc, error > 0,
        case .value(_, let interval?, _, _) = AreaUnderROC().measure(outcomes)
      {
        func logit(_ value: Double) -> Double { log(value / (1 - value)) }
        let half = (logit(interval.upper) - logit(interval.lower)) / 2
        #expect(agree(half, z * error / (area * (1 - area)), 1e-8), "\(item.name)")
        compared += 1
      }
      if let expected = item.calibration_z,
        case .value(_, _, _, let details) = CalibrationLevel().measure(outcomes)
      {
        let found = try #require(details.first { $0.name == "z" }).value
        #expect(agree(found, expected, 1e-6), "\(item.name)")
        compared += 1
      }
      if let error = item.calibration_slope_standard_error,
        let intercept = item.calibration_intercept,
        case .value(let slope, let interval?, _, let details) = CalibrationSlope().measure(outcomes)
      {
        #expect(agree((interval.upper - slope) / z, error, 1e-6), "\(item.name)")
        #expect(agree(details[0].value, intercept, 1e-6), "\(item.name)")
        compared += 1
      }
    }
    #expect(compared > 15)
  }

  @Test func `ties count half whatever the order of rows`() throws {
    let constant = Self.outcomes([0.3, 0.3, 0.3, 0.3], [1, 0, 0, 1], threshold: 0.5)
    guard case .value(0.5, let interval?, _, _) = AreaUnderROC().measure(constant) else {
      Issue.record("no AUC")
      return
    }
    // Tied scores are not certainty: four rows say next to nothing.
    #expect(interval.lower < 0.2 && interval.upper > 0.8)
  }

  @Test func `no metric gives NaN on one class, one row or none`() {
    let sets: [([Double], [Int])] = [
      ([], []), ([0.2], [1]), ([0.2], [0]), ([0.2, 0.9], [1, 1]), ([0, 1], [1, 0]),
      ([0.5, 0.5], [0, 1]),
    ]
    for (scores, labels) in sets {
      let outcomes = Self.outcomes(scores, labels, threshold: 0.5)
      for metric in PerformanceRoster.all {
        guard case .value(let value, let interval, _, let details) = metric.measure(outcomes) else {
          continue
        }
        #expect(value.isFinite, "\(metric.name.rawValue)")
        #expect(details.allSatisfy { $0.value.isFinite }, "\(metric.name.rawValue)")
        if let interval {
          #expect(interval.lower.isFinite && interval.upper.isFinite)
          #expect(interval.lower <= value && value <= interval.upper, "\(metric.name.rawValue)")
        }
      }
    }
  }

  @Test func `one class has no ranking`() throws {
    for label in [0, 1] {
      let outcomes = Self.outcomes([0.1, 0.4, 0.8], [label, label, label], threshold: 0.5)
      guard case .unavailable = AveragePrecision().measure(outcomes) else {
        Issue.record("an area of \(label) alone")
        continue
      }
    }
  }

  @Test func `immature labels are said, with the share that is known`() throws {
    var profile = LabelProfile(binCount: 20)
    profile.count(
      ScoredPrediction(score: 0.5, bin: 8, isFlagged: true, logLoss: 0.7),
      label: true,
      isFinal: true
    )
    profile.count(
      ScoredPrediction(score: 0.5, bin: 8, isFlagged: true, logLoss: 0),
      label: nil,
      isFinal: false
    )
    let binning = NumericBinningBuilder().binning(of: [0.1, 0.5, 0.9], range: 0...1)
    let outcomes = LabelledScores(profile, binning: binning)
    for reading in PerformanceRoster.readings(outcomes, with: MeasuredReference(outcomes))
    where reading.value != nil {
      #expect(reading.obstacle == .immature("labels are final for 50 % of the predictions so far"))
    }
  }

  @Test func `a reference whose labels are still to come compares with nothing`() {
    let binning = NumericBinningBuilder().binning(of: [0.1, 0.5, 0.9], range: 0...1)
    var mature = LabelProfile(binCount: binning.binCount)
    mature.count(
      ScoredPrediction(score: 0.5, bin: 6, isFlagged: true, logLoss: 0.7),
      label: true,
      isFinal: true
    )
    mature.count(
      ScoredPrediction(score: 0.5, bin: 6, isFlagged: true, logLoss: 0.7),
      label: false,
      isFinal: true
    )
    var open = mature
    open.count(
      ScoredPrediction(score: 0.5, bin: 6, isFlagged: true, logLoss: 0),
      label: nil,
      isFinal: false
    )
    let readings = PerformanceRoster.readings(
      LabelledScores(mature, binning: binning),
      with: MeasuredReference(LabelledScores(open, binning: binning))
    )
    let recall = readings.first { $0.check == .recall }
    #expect(recall?.value == 1)
    #expect(recall?.obstacle == .noReference("the labels of the reference are still to come"))
  }

  @Test func `a calibrated model's ECE is what its expectation says`() throws {
    var random = SplitMix64(seed: 5)
    let scores = (0..<4000).map { _ in (random.uniform() * 1e6).rounded() / 1e6 }
    let labels = scores.map { random.chance($0) ? 1 : 0 }
    let outcomes = Self.outcomes(scores, labels, threshold: 0.5)
    guard case .value(let ece, _, _, let details) = ExpectedCalibrationError().measure(outcomes)
    else {
      Issue.record("no ECE")
      return
    }
    let expected = try #require(details.first { $0.name == "expected_if_calibrated" }).value
    #expect(abs(ece - expected) < expected)
    #expect((0.005...0.03).contains(expected))
  }
}
