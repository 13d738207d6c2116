// SPDX-License-Identifier: Apache-2.0
import Profiles
package import Statistics

/// A measure of how well predictions agree with what happened.
///
/// A new metric is one file and one line in `PerformanceRoster.all`.
package protocol PerformanceMetric: Sendable {
  var name: CheckName { get }

  /// Measures one window or reference; nil is never an answer, `unavailable` says why.
  func measure(_ outcomes: LabelledScores) -> Measured
}

extension PerformanceMetric {
  /// What happened is measured on the outcome; how well it was predicted on the score.
  fileprivate var subject: String { name.definition.subject ?? Subject.scoreName }
}

/// A metric's value on one set of labelled rows.
package enum Measured: Sendable, Hashable {
  case value(Double, Interval?, sample: Int, [Reading.Detail])
  case unavailable(String, sample: Int)

  package var value: Double? {
    if case .value(let value, _, _, _) = self { return value }
    return nil
  }
}

/// A reference with all its measures, taken once for all windows.
package struct MeasuredReference: Sendable {
  package let scores: LabelledScores
  fileprivate let measures: [CheckName: Measured]

  package init(_ scores: LabelledScores) {
    self.scores = scores
    measures = Dictionary(
      uniqueKeysWithValues: PerformanceRoster.all.map { ($0.name, $0.measure(scores)) }
    )
  }
}

/// The roster; also the order in which reports print.
package enum PerformanceRoster {
  package static let all: [any PerformanceMetric] = [
    Prevalence(),
    Accuracy(),
    Recall(),
    Precision(),
    F1Score(),
    AreaUnderROC(),
    AveragePrecision(),
    Lift(),
    BrierScore(),
    LogLoss(),
    CalibrationLevel(),
    CalibrationSlope(),
    ExpectedCalibrationError(),
    SmoothCalibrationError(),
    Spiegelhalter(),
  ]

  /// Returns the readings of a window beside its reference.
  ///
  /// - `current`: What is known of the window's outcomes.
  /// - `reference`: The same for the reference, nil where there is none.
  package static func readings(
    _ current: LabelledScores,
    with reference: MeasuredReference?
  ) -> [Reading] {
    let total = current.profile.predictions
    return all.map { metric in
      let theirs = reference?.measures[metric.name]
      var reading: Reading
      switch metric.measure(current) {
      case .unavailable(let why, let sample):
        reading = Reading(
          metric.name,
          subject: metric.subject,
          sample: Reading.Sample(current: sample),
          obstacle: .noData(why)
        )
      case .value(let value, let interval, let sample, let details):
        reading = Reading(
          metric.name,
          subject: metric.subject,
          value: value,
          interval: interval,
          sample: Reading.Sample(current: sample)
        )
        reading.details = details
        let factor = current.designEffect(metric.name)
        if factor > 1 { reading.details.append(Reading.Detail(DesignEffects.detail, factor)) }
      }
      if case .value(let value, let interval, let sample, _) = theirs {
        reading.reference = value
        reading.referenceInterval = interval
        reading.sample.reference = sample
      } else if reading.obstacle == nil, let reason = referenceObstacle(theirs) {
        reading.obstacle = .noReference(reason)
      }
      if reading.obstacle == nil, let reference, !reference.scores.profile.isMature {
        // Labels known early are a biased sample: a reference of them compares with nothing.
        reading.obstacle = .noReference("the labels of the reference are still to come")
      }
      // A window without a label yet is one whose labels are still to come, not one without data.
      if !current.profile.isMature {
        let final = total - current.profile[.open]
        let share = Int((100 * Double(final) / Double(max(1, total))).rounded(.down))
        reading.obstacle = .immature("labels are final for \(share) % of the predictions so far")
        // Churners become known sooner than the others: a level of the labels so far means nothing.
        if withheld.contains(metric.name) {
          (reading.value, reading.interval, reading.details) = (nil, nil, [])
          if metric.name == .calibrationLevel, let mean = current.meanOfAll {
            reading.details = [Reading.Detail("mean_score", mean)]
          }
        }
      }
      return reading
    }
  }

  /// What early labels cannot say, and no arrival curve corrects.
  private static let withheld: Set<CheckName> = [
    .calibrationLevel, .calibrationSlope, .ece, .smoothECE, .spiegelhalter, .brier, .logLoss,
  ]

  private static func referenceObstacle(_ reference: Measured?) -> String? {
    switch reference {
    case nil: "there is no reference for this version's scores"
    case .unavailable(let why, _): "the reference: \(why)"
    case .value: nil
    }
  }
}
