// SPDX-License-Identifier: Apache-2.0
import Checks
import Foundation
import Profiles
import Statistics

/// Made-up customers who are scored daily and churn, or not, at some age.
struct CohortLaw {
  /// Customers of each score group in a day.
  var customers = 20
  /// By score group, how many times as many customers; nil where all groups are alike.
  var mix: [Double]?
  /// The chance to churn within the horizon, by score group.
  var risk: [Double] = (0..<10).map { 0.02 + 0.05 * Double($0) }
  /// The mean age at which a churner becomes known, in days.
  var pace = 20.0
  /// The same of churners whom the score flags; nil where they are as the others.
  var flaggedPace: Double?
  /// Whether customers who stay are reported, and at which mean age.
  var stayersPace: Double?
  /// How much all risks of a day vary, as a standard deviation of the logarithm.
  var dayEffect = 0.0
  /// By when every churner is known, in days; nil where some take longer.
  var horizon: Double?
  /// Score groups from here on are flagged.
  var firstFlagged = 7

  static let start = Instant(microseconds: 1_767_225_600_000_000)

  static func day(_ number: Int) -> Instant { start.advanced(by: FixedDuration(days: number)) }

  /// The cohort of a day, with all labels that will ever come.
  func cohort(_ number: Int, _ random: inout SplitMix64) -> Cohort {
    var ages = LabelAges.zero
    let effect = exp(dayEffect * random.normal() - dayEffect * dayEffect / 2)
    for group in risk.indices {
      for _ in 0..<Int(Double(customers) * (mix?[group] ?? 1)) {
        let churns = random.chance(min(0.99, risk[group] * effect))
        var label: (LabelAges.Label, stratum: Int)?
        let own = group >= firstFlagged ? flaggedPace ?? pace : pace
        let mean = churns ? own : stayersPace ?? .infinity
        if mean.isFinite {
          var age = -mean * log(1 - random.uniform())
          // What happens by a horizon is known by it.
          if let horizon, churns {
            let within = 1 - exp(-horizon / mean)
            age = -mean * log(1 - within * random.uniform())
          }
          label = (
            churns ? .positive : .negative, stratum: LabelAge.stratum(seconds: age * 86_400)
          )
        }
        ages.count(
          group: group,
          of: risk.count,
          isFlagged: group >= firstFlagged,
          label: label,
          weight: 1
        )
      }
    }
    guard let range = TimeRange(from: Self.day(number), to: Self.day(number + 1)) else {
      preconditionFailure("days ascend")
    }
    return Cohort(range: range, ages: ages)
  }
}

extension Cohort {
  /// The cohort if nothing had been reported on some days: what was due then comes on the first day
  /// after, or never.
  ///
  /// Labels of a stratum are taken as known at its end.
  func stopping(_ days: Range<Int>, isLost: Bool) -> Cohort {
    var stopped = LabelAges.zero
    let back = CohortLaw.day(days.upperBound)
    for group in 0..<ages.groupCount {
      for decision in LabelAges.Decision.allCases {
        for _ in 0..<ages.predictions(group, decision) {
          stopped.add(group, ages.groupCount, decision, nil)
        }
        for label in LabelAges.Label.allCases {
          for stratum in 0..<LabelAge.count {
            let count = ages.labels(
              label,
              stratum: stratum,
              group: group,
              decision: decision
            )
            guard count > 0 else { continue }
            var moved: Int? = stratum
            if stratum < LabelAge.older {
              let known = range.to.advanced(by: LabelAge.end(stratum))
              if known > CohortLaw.day(days.lowerBound), known <= back {
                let age = Double(back.microseconds - range.from.microseconds) / 1e6
                moved = isLost ? nil : LabelAge.stratum(seconds: age)
              }
            }
            for _ in 0..<count {
              stopped.add(group, ages.groupCount, decision, moved.map { (label, $0) }, isNew: false)
            }
          }
        }
      }
    }
    return Cohort(range: range, ages: stopped)
  }
}

extension LabelAges {
  /// Adds a prediction, or a label of one that was added before.
  fileprivate mutating func add(
    _ group: Int,
    _ groupCount: Int,
    _ decision: Decision,
    _ label: (Label, stratum: Int)?,
    isNew: Bool = true
  ) {
    let isFlagged: Bool? = decision == .undecided ? nil : decision == .flagged
    if isNew || label != nil {
      count(group: group, of: groupCount, isFlagged: isFlagged, label: label, weight: 1)
    }
    if !isNew, label != nil {
      count(group: group, of: groupCount, isFlagged: isFlagged, label: nil, weight: -1)
    }
  }
}
