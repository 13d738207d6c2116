// SPDX-License-Identifier: Apache-2.0
package import Profiles

/// Predictions of one bucket with the ages of their labels.
package struct Cohort: Sendable {
  package let range: TimeRange
  package let ages: LabelAges

  package init(range: TimeRange, ages: LabelAges) {
    self.range = range
    self.ages = ages
  }

  /// Whether all labels of a stratum are known at a moment.
  package func isKnown(_ stratum: Int, at moment: Instant, horizon: FixedDuration) -> Bool {
    range.to.advanced(by: LabelAge.end(stratum, horizon: horizon)) <= moment
  }
}

/// Label ages that are evaluated, cut into bins that each have enough of the reference's churners.
package struct AgeBins: Sendable, Hashable, Codable {
  /// For each bin the stratum after its last one, ascending.
  package let ends: [Int]
  /// When labels are final, which may be before the last stratum is over.
  private let horizon: FixedDuration

  /// Churners that the reference needs in a bin, so that their rate means something.
  static let fewest = 50
  /// Bins at most: more would distinguish ages more finely than needed and wait for nothing.
  private static let most = 8

  /// Bins for the ages up to `last`; nil where the reference has too few churners for one.
  package init?(_ reference: [Cohort], last: Int, horizon: FixedDuration) {
    self.horizon = horizon
    let known = (0...last).map { stratum in
      reference.reduce(0) { sum, cohort in
        sum + cohort.ages.labels(.positive, in: stratum..<(stratum + 1), decision: .flagged)
          + cohort.ages.labels(.positive, in: stratum..<(stratum + 1), decision: .unflagged)
      }
    }
    let total = known.reduce(0, +)
    guard total >= Self.fewest else { return nil }
    let least = max(Self.fewest, total / Self.most)
    var ends: [Int] = []
    var inside = 0
    for (stratum, count) in known.enumerated() {
      inside += count
      if inside >= least {
        ends.append(stratum + 1)
        inside = 0
      }
    }
    // What is left over joins the last bin.
    if ends.last != last + 1 {
      if !ends.isEmpty { ends.removeLast() }
      ends.append(last + 1)
    }
    self.ends = ends
  }

  /// A bin for each stratum of the ages of other bins.
  package init(strataOf bins: AgeBins) {
    ends = Array(1...(bins.ends.last ?? 1))
    horizon = bins.horizon
  }

  package var count: Int { ends.count }

  /// The strata of a bin.
  package func strata(_ bin: Int) -> Range<Int> { (bin == 0 ? 0 : ends[bin - 1])..<ends[bin] }

  /// The age at which the labels of a bin are known.
  func age(_ bin: Int) -> FixedDuration { LabelAge.end(ends[bin] - 1, horizon: horizon) }

  /// How long the ages of a bin are.
  func width(_ bin: Int) -> FixedDuration { age(bin) + (bin == 0 ? .zero : -age(bin - 1)) }

  /// The age at which the labels of all bins are known.
  package var oldest: FixedDuration { age(ends.count - 1) }

  /// When a cohort's labels of a bin are known.
  func knownAt(_ bin: Int, _ cohort: Cohort) -> Instant {
    cohort.range.to.advanced(by: age(bin))
  }
}

/// Which trials are compared with which.
package struct TrialLayout: Sendable, Hashable, Codable {
  /// What a trial is, and its success.
  package enum Question: String, Sendable, Hashable, Codable {
    /// A churner who becomes known: whether the decision had flagged him.
    case flagged
    /// A customer without a label: whether he becomes a known churner, a discrete hazard (D. Cox,
    /// 1972).
    case churning
    /// A customer whose label becomes known: whether it says churn.
    case positive
  }

  package let question: Question
  package let bins: AgeBins
  /// Ranges of score groups that count together; empty where scores are not distinguished.
  package let bands: [Range<Int>]

  /// The layout that asks each churner: a kind for each age bin.
  package static func recall(_ bins: AgeBins) -> TrialLayout {
    TrialLayout(question: .flagged, bins: bins, bands: [])
  }

  /// The layout that asks each customer without a label: what churners are expected to become
  /// known.
  ///
  /// It distinguishes every stratum of ages, since a feed may stop and go on within a few days.
  package static func pace(_ bins: AgeBins, _ reference: [Cohort]) -> TrialLayout {
    TrialLayout(
      question: .churning,
      bins: AgeBins(strataOf: bins),
      bands: bands(bins, reference)
    )
  }

  /// The layout that asks whether scores keep their meaning.
  ///
  /// Where outcomes also say no churn, customers whose label becomes known are asked, so that
  /// labels that come faster or slower than they used to change nothing. Where no churn is known
  /// only by the horizon, all customers without a label are.
  package static func calibration(_ bins: AgeBins, _ reference: [Cohort]) -> TrialLayout {
    let strata = 0..<(bins.ends.last ?? 0)
    func count(_ label: LabelAges.Label) -> Int {
      reference.reduce(0) { sum, cohort in
        LabelAges.Decision.allCases.reduce(sum) {
          $0 + cohort.ages.labels(label, in: strata, decision: $1)
        }
      }
    }
    let saysNo = count(.negative) * 5 >= count(.positive)
    return TrialLayout(
      question: saysNo ? .positive : .churning,
      bins: bins,
      bands: bands(bins, reference)
    )
  }

  /// Neighbouring score groups with enough of the reference's churners together.
  private static func bands(_ bins: AgeBins, _ reference: [Cohort]) -> [Range<Int>] {
    let groupCount = reference.map(\.ages.groupCount).max() ?? 0
    let strata = 0..<(bins.ends.last ?? 0)
    let known = (0..<groupCount).map { group in
      reference.reduce(0) { $0 + $1.ages.labels(.positive, strata, group: group) }
    }
    let least = max(30, known.reduce(0, +) / 10)
    var bands: [Range<Int>] = []
    var start = 0
    var inside = 0
    for (group, count) in known.enumerated() {
      inside += count
      if inside >= least {
        bands.append(start..<(group + 1))
        (start, inside) = (group + 1, 0)
      }
    }
    if start < groupCount {
      let first = bands.popLast()?.lowerBound ?? start
      bands.append(first..<groupCount)
    }
    return bands
  }

  package var kindCount: Int { bins.count * max(1, bands.count) }

  /// Returns the trials of cohorts that are known at a moment.
  ///
  /// - Complexity: O(cohorts · strata · score groups).
  package func units(_ cohorts: [Cohort], knownBy moment: Instant) -> [CohortTrials] {
    var units: [CohortTrials] = []
    for cohort in cohorts {
      // Customers of a band whose label was not known before a bin.
      var atRisk = bands.map { $0.reduce(0) { $0 + cohort.ages.predictions(group: $1) } }
      for bin in 0..<bins.count {
        let knownAt = bins.knownAt(bin, cohort)
        guard knownAt <= moment else { break }
        func add(kind: Int, trials: Int, successes: Int) {
          guard trials > 0 else { return }
          units.append(
            CohortTrials(
              cohort: cohort.range.from,
              knownAt: knownAt,
              outcome: Hypotheses.Outcome(
                kind: kind,
                trials: trials,
                successes: min(successes, trials)
              )
            )
          )
        }
        let strata = bins.strata(bin)
        guard !bands.isEmpty else {
          let hits = cohort.ages.labels(.positive, in: strata, decision: .flagged)
          let others = cohort.ages.labels(.positive, in: strata, decision: .unflagged)
          add(kind: bin, trials: hits + others, successes: hits)
          continue
        }
        for band in bands.indices {
          var (positives, negatives) = (0, 0)
          for group in bands[band] {
            positives += cohort.ages.labels(.positive, strata, group: group)
            negatives += cohort.ages.labels(.negative, strata, group: group)
          }
          let trials = question == .positive ? positives + negatives : atRisk[band]
          add(kind: bin * bands.count + band, trials: trials, successes: positives)
          atRisk[band] -= positives + negatives
        }
      }
    }
    return units
  }
}

/// What the reference's trials say: how often each kind succeeds, and how much more than chance the
/// cohorts differ.
package struct ReferenceRates: Sendable, Codable {
  /// Trials and successes by kind.
  package let trials: [Int]
  package let successes: [Int]
  /// How much more the trials vary than independent ones would.
  ///
  /// Pearson's X² over its degrees of freedom, of cohorts, moments or weeks, whichever is largest,
  /// never below 1 (R. Wedderburn, Biometrika 61, 1974).
  package let dispersion: Double

  /// - `floor`: What the dispersion is at least, by what repeated customers make of it.
  package init(_ units: [CohortTrials], _ layout: TrialLayout, atLeast floor: Double = 1) {
    var trials = Array(repeating: 0, count: layout.kindCount)
    var successes = trials
    for unit in units {
      trials[unit.outcome.kind] += unit.outcome.trials
      successes[unit.outcome.kind] += unit.outcome.successes
    }
    self.trials = trials
    self.successes = successes
    let rates = zip(trials, successes).map { $0 > 0 ? Double($1) / Double($0) : 0 }
    dispersion = max(
      floor,
      Self.dispersion(units, rates) { $0.knownAt.microseconds },
      Self.dispersion(units, rates) { $0.cohort.microseconds },
      // What lasts for days, or comes from customers who are scored daily, shows in weeks.
      Self.dispersion(units, rates) {
        $0.knownAt.microseconds / FixedDuration(days: 7).microseconds
      }
    )
  }

  package var rate: Double {
    Double(successes.reduce(0, +)) / Double(max(1, trials.reduce(0, +)))
  }

  private static func dispersion(
    _ units: [CohortTrials],
    _ rates: [Double],
    by key: (CohortTrials) -> Int64
  ) -> Double {
    var statistic = 0.0
    var terms = 0
    for group in Dictionary(grouping: units, by: key).values {
      var (residual, variance) = (0.0, 0.0)
      for unit in group {
        let rate = rates[unit.outcome.kind]
        residual += Double(unit.outcome.successes) - Double(unit.outcome.trials) * rate
        variance += Double(unit.outcome.trials) * rate * (1 - rate)
      }
      guard variance > 0 else { continue }
      statistic += residual * residual / variance
      terms += 1
    }
    let degrees = Double(terms - 1)
    return degrees >= 5 ? statistic / degrees : 1
  }
}
