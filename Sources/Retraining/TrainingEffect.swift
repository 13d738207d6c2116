// SPDX-License-Identifier: Apache-2.0
package import Profiles
package import Statistics

/// Whether a training helped: what its version did beside the one before, and what each did as
/// the champion.
package struct TrainingEffect: Sendable, Hashable {
  /// A figure of one version in one window.
  package struct Figure: Sendable, Hashable {
    package let value: Double
    package let interval: Interval?
    package let window: TimeRange
    package let sample: Int

    package init(value: Double, interval: Interval?, window: TimeRange, sample: Int) {
      self.value = value
      self.interval = interval
      self.window = window
      self.sample = sample
    }
  }

  /// What a version did in a window.
  package struct Performance: Sendable, Hashable {
    package var recall: Figure?
    /// Observed less predicted churn.
    package var calibration: Figure?

    package init(recall: Figure? = nil, calibration: Figure? = nil) {
      self.recall = recall
      self.calibration = calibration
    }
  }

  /// Money, in the currency of the configuration.
  package struct Money: Sendable, Hashable {
    /// Churners more who are caught in a month, with the interval of the difference.
    package let caught: Double
    package let interval: Interval
    /// What a churner who is found is worth.
    package let value: Double
    /// What the training cost, once.
    package let cost: Double

    package var monthly: Double { caught * value }
    package var monthlyInterval: Interval {
      Interval(lower: interval.lower * value, upper: interval.upper * value)
    }
    /// Months until the training has paid; nil where it never does.
    package var months: Double? { monthly > 0 ? cost / monthly : nil }
  }

  /// The version before, and the one that was made.
  package let before: String
  package let after: ModelVersion
  /// What both did on the same customers; nil before the gate has evaluated it.
  package let trial: TrialEvidence?
  /// The version before in its newest mature window when the job was made.
  package let then: Performance
  /// The new version in its newest mature window as the champion; before that, in trial.
  package let now: Performance
  package let money: Money?

  private static let daysOfMonth = 30.4

  /// - `performance`: Of the version before and of the new one, as `then` and `now` say.
  /// - `horizon`: So long after a prediction a customer counts as a churner.
  /// - `price`: What a training costs and what a churner who is found is worth; nil where it is
  ///   not configured.
  package init(
    before: String,
    after: ModelVersion,
    trial: TrialEvidence?,
    performance: (then: Performance, now: Performance),
    horizon: FixedDuration,
    price: (cost: Double, value: Double)?
  ) {
    self.before = before
    self.after = after
    self.trial = trial
    (then, now) = performance
    // Of split traffic nobody knows how many would be caught.
    guard let price, let trial, let recall = trial.recall, trial.churners > 0, trial.isPaired else {
      money = nil
      return
    }
    let length = FixedDuration(
      microseconds: trial.to.microseconds - trial.from.microseconds
    ).days
    // Who is scored once leaves within the horizon of that; of those who are scored again and again
    // some leave within the horizon of the last time.
    let isRepeated = Double(trial.rows) > 1.2 * Double(trial.customers)
    let span = max(1, horizon.days + (isRepeated ? length : 0))
    let churners = Double(trial.churners) / span * Self.daysOfMonth
    money = Money(
      caught: churners * recall.difference,
      interval: Interval(lower: churners * recall.lower, upper: churners * recall.upper),
      value: price.value,
      cost: price.cost
    )
  }

  /// What it comes to.
  package enum Verdict: String, Sendable, Hashable {
    case tooEarly = "too early to say"
    case helped = "it helped"
    case didNotHelp = "it did not help"
    case notShown = "not shown to have helped"
    case rejected = "it was rejected"
  }

  /// By recall on the same customers: an interval above zero helped, one below did not.
  ///
  /// A recalibration moves no rank, so it is by how far predicted churn is from what is observed.
  package var verdict: Verdict {
    if after.state == .rejected { return .rejected }
    guard let trial, let recall = trial.recall else { return .tooEarly }
    if recall.lower > 0 { return .helped }
    if recall.upper < 0 { return .didNotHelp }
    guard let calibration = trial.calibration, recall.lower == 0, recall.upper == 0 else {
      return .notShown
    }
    let width = max(
      abs(calibration.lower - calibration.challenger),
      abs(calibration.upper - calibration.challenger)
    )
    return abs(calibration.champion) - abs(calibration.challenger) > width ? .helped : .notShown
  }
}
