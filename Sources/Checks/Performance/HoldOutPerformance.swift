// SPDX-License-Identifier: Apache-2.0
package import Profiles
package import Statistics

/// Outcomes of predictions by what a campaign did to their customers.
package struct ArmedOutcomes: Sendable {
  /// One stratum within which arms were drawn with one chance.
  package struct Stratum: Sendable {
    package var control: LabelProfile
    package var treated: LabelProfile

    package init(control: LabelProfile, treated: LabelProfile) {
      self.control = control
      self.treated = treated
    }
  }

  /// Predictions whose customers were in no arm.
  package var untouched: LabelProfile
  package var strata: [Stratum]

  package init(untouched: LabelProfile, strata: [Stratum]) {
    self.untouched = untouched
    self.strata = strata
  }

  package var treated: Int { strata.reduce(0) { $0 + $1.treated.predictions } }
  package var heldOut: Int { strata.reduce(0) { $0 + $1.control.predictions } }
  package var predictions: Int { untouched.predictions + treated + heldOut }
  /// Treated predictions as a share of all.
  package var treatedShare: Double { Double(treated) / Double(max(1, predictions)) }
}

/// Performance as it would have been without the campaign.
///
/// Treated customers count nothing; the hold-out of each stratum stands for all who were assigned
/// in it, with the weight assigned / held out (inverse probability weighting: D. Horvitz, D.
/// Thompson 1952; as ratio of weighted sums J. Hájek 1971). Standard errors by linearisation, with
/// the hold-out as a simple random sample of its stratum (post-stratified variance, W. Cochran
/// 1977, ch. 5A).
package struct HoldOutPerformance: Sendable {
  /// A figure with its interval.
  package struct Figure: Sendable {
    package let value: Double
    package let interval: Interval?
  }

  package let recall: Figure?
  package let precision: Figure?
  package let prevalence: Figure?
  package let calibrationLevel: Figure?

  /// Performance by outcomes; nil where a stratum has treated customers and no hold-out with
  /// labels.
  ///
  /// - `design`: By how much repeated customers raise the variances; nil where nobody repeats.
  /// - Complexity: O(bins · strata).
  package init?(_ outcomes: ArmedOutcomes, design: DesignEffects? = nil) {
    for stratum in outcomes.strata where stratum.treated.predictions > 0 {
      guard stratum.control.labelled > 0 else { return nil }
    }
    recall = Self.ratio(outcomes, isShare: true, designEffect: design?[.recall] ?? 1) {
      let (tp, fn) = (Double($0[.truePositive]), Double($0[.falseNegative]))
      return Moments(numerator: tp, denominator: tp + fn, squares: (tp, tp, tp + fn))
    }
    precision = Self.ratio(outcomes, isShare: true, designEffect: design?[.precision] ?? 1) {
      let (tp, fp) = (Double($0[.truePositive]), Double($0[.falsePositive]))
      return Moments(numerator: tp, denominator: tp + fp, squares: (tp, tp, tp + fp))
    }
    prevalence = Self.ratio(outcomes, isShare: true, designEffect: design?[.prevalence] ?? 1) {
      let (yes, all) = (Double($0.positives), Double($0.labelled))
      return Moments(numerator: yes, denominator: all, squares: (yes, yes, all))
    }
    calibrationLevel = Self.ratio(
      outcomes,
      isShare: false,
      designEffect: design?[.calibrationLevel] ?? 1
    ) {
      let scale = LabelProfile.scale
      let scores = Double($0.sum(.positiveScore) + $0.sum(.negativeScore)) * scale
      let squares = Double($0.sum(.positiveSquare) + $0.sum(.negativeSquare)) * scale
      let (yes, all) = (Double($0.positives), Double($0.labelled))
      let sum = yes - scores
      let square = yes - 2 * Double($0.sum(.positiveScore)) * scale + squares
      return Moments(numerator: sum, denominator: all, squares: (square, sum, all))
    }
  }

  /// Sums over rows of a numerator, a denominator, and of their squares and product.
  private struct Moments {
    let numerator: Double
    let denominator: Double
    /// Σ numerator², Σ numerator · denominator, Σ denominator².
    let squares: (Double, Double, Double)
  }

  private static func ratio(
    _ outcomes: ArmedOutcomes,
    isShare: Bool,
    designEffect: Double,
    _ moments: (LabelProfile) -> Moments
  ) -> Figure? {
    let strata = outcomes.strata.filter { $0.control.predictions > 0 }
    let untouched = moments(outcomes.untouched)
    let held = strata.map { stratum -> (moments: Moments, count: Double, weight: Double) in
      let count = Double(stratum.control.predictions)
      let weight = (count + Double(stratum.treated.predictions)) / count
      return (moments(stratum.control), count, weight)
    }
    let numerator = held.reduce(untouched.numerator) { $0 + $1.weight * $1.moments.numerator }
    let denominator = held.reduce(untouched.denominator) {
      $0 + $1.weight * $1.moments.denominator
    }
    guard denominator > 0 else { return nil }
    let value = numerator / denominator
    func sums(_ moments: Moments) -> (first: Double, second: Double) {
      let (square, product, other) = moments.squares
      return (
        (moments.numerator - value * moments.denominator) / denominator,
        (square - 2 * value * product + value * value * other) / (denominator * denominator)
      )
    }
    var variance = sums(untouched).second
    for (moments, count, weight) in held {
      let (first, second) = sums(moments)
      variance += weight * weight * (second - first * first / count)
      // How many were assigned is chance as well.
      variance += weight * first * first / count
    }
    let error = max(0, variance * designEffect).squareRoot()
    let interval =
      isShare
      ? LogitInterval.interval(value, standardError: error)
      : Interval(estimate: value, standardError: error)
    return Figure(value: value, interval: interval)
  }

  private subscript(_ check: CheckName) -> Figure? {
    switch check {
    case .recall: recall
    case .precision: precision
    case .prevalence: prevalence
    case .calibrationLevel: calibrationLevel
    default: nil
    }
  }
}

extension HoldOutPerformance {
  /// Fewer treated predictions than this share change nothing that matters.
  package static let tolerated = 0.01

  /// Returns readings of performance as they would be without the campaign; those that cannot be
  /// estimated so are confounded.
  ///
  /// - `campaign`: Its name, for people.
  package static func readings(
    _ readings: [Reading],
    _ outcomes: ArmedOutcomes,
    campaign: String,
    design: DesignEffects? = nil
  ) -> [Reading] {
    guard outcomes.treatedShare > tolerated else { return readings }
    let estimate = HoldOutPerformance(outcomes, design: design)
    let share = NumberText.text(100 * outcomes.treatedShare)
    return readings.map { reading in
      guard reading.check.definition.kind == .performance,
        reading.value != nil, reading.obstacle == nil
      else { return reading }
      var reading = reading
      reading.details.append(Reading.Detail("treated_share", outcomes.treatedShare))
      guard let estimate, let figure = estimate[reading.check] else {
        let why =
          estimate == nil
          ? "and nobody was held out" : "and this check cannot be estimated from the hold-out"
        reading.obstacle = .confounded(
          "\(share) % of the predictions' customers were treated by '\(campaign)', \(why)"
        )
        return reading
      }
      let naive = reading.value ?? 0
      reading.value = figure.value
      reading.interval = figure.interval
      reading.details.append(Reading.Detail("unweighted", naive))
      reading.details.append(Reading.Detail("held_out", Double(outcomes.heldOut)))
      reading.note =
        "by hold-out weights, since \(share) % were treated by '\(campaign)'; unweighted "
        + NumberText.text(naive)
      return reading
    }
  }
}
