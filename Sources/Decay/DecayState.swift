// SPDX-License-Identifier: Apache-2.0
package import Profiles

/// What the detectors of one version look for.
package struct DecaySpecification: Sendable, Hashable {
  /// The drop of recall that is tolerated, absolute or as a share of the reference's.
  package enum Drop: Sendable, Hashable {
    case absolute(Double)
    case relative(Double)
  }

  package var drop = Drop.absolute(0.05)
  /// The chance of ever giving a false alarm of recall in one quiet stretch.
  package var recallAlpha = 0.05
  /// The change of the odds of churn that is tolerated, as a share.
  package var change = 0.1
  package var calibrationAlpha = 0.05
  /// The label age up to which labels are looked at; nil leaves it to the arrival curve.
  package var followUp: FixedDuration?
  package var horizon: FixedDuration

  package init(followUp: FixedDuration?, horizon: FixedDuration) {
    self.followUp = followUp
    self.horizon = horizon
  }

  /// Formulas that made a state; another number begins anew.
  private static let formulas = 1

  /// A text that changes when a state must begin anew.
  package var text: String {
    "\(Self.formulas) \(drop) \(recallAlpha) \(change) \(calibrationAlpha) "
      + "\(followUp.map(\.description) ?? "curve") \(horizon)"
  }
}

/// Why decay cannot be judged before full maturity.
package struct DecayObstacle: Error, Hashable {
  package let reason: String

  package init(reason: String) { self.reason = reason }
}

/// Where the detectors of a version stand, with the reference that they compare with: frozen when they
/// began.
package struct DecayState: Sendable, Codable {
  package let recallLayout: TrialLayout
  package let calibrationLayout: TrialLayout
  /// Who is expected to become a known churner when.
  package let paceLayout: TrialLayout
  /// By kind of the pace's trials, the reference's chance.
  package let hazards: [Double]
  package let recallRates: ReferenceRates
  package let calibrationRates: ReferenceRates
  package let paceRates: ReferenceRates
  package var recall: Watch
  package var calibration: Watch

  /// At least and at most this label age is looked at where none is configured.
  private static let (youngest, oldest) = (7, 30)

  /// Begins to watch after the reference.
  ///
  /// - `reference`: The reference's cohorts of the version.
  /// - `after`: The end of the reference.
  /// - `moment`: What is known when.
  /// - Throws: `DecayObstacle` where the reference cannot be compared with, or not yet.
  package init(
    reference: [Cohort],
    after: Instant,
    _ specification: DecaySpecification,
    asOf moment: Instant
  ) throws(DecayObstacle) {
    let last = try Self.lastStratum(reference, after: after, specification, asOf: moment)
    let known = after.advanced(by: LabelAge.end(last))
    guard known <= moment else {
      throw DecayObstacle(
        reason: "the reference's labels of age \(LabelAge.end(last)) are known on "
          + String(known.description.prefix(10))
      )
    }
    guard let bins = AgeBins(reference, last: last) else {
      throw DecayObstacle(
        reason: "the reference has fewer than \(AgeBins.fewest) churners known by age "
          + "\(LabelAge.end(last))"
      )
    }
    recallLayout = .recall(bins)
    calibrationLayout = .calibration(bins, reference)
    recallRates = ReferenceRates(recallLayout.units(reference, knownBy: moment), recallLayout)
    calibrationRates = ReferenceRates(
      calibrationLayout.units(reference, knownBy: moment),
      calibrationLayout
    )
    paceLayout = .pace(bins, reference)
    paceRates = ReferenceRates(paceLayout.units(reference, knownBy: moment), paceLayout)
    hazards = CalibrationDecay.hazards(paceRates, paceLayout)
    let drop =
      switch specification.drop {
      case .absolute(let drop): drop
      case .relative(let share): share * recallRates.rate
      }
    recall = Watch(
      bets: RecallDecay.bets(recallRates, drop: drop),
      alpha: specification.recallAlpha,
      from: after
    )
    calibration = Watch(
      bets: CalibrationDecay.bets(
        calibrationRates,
        calibrationLayout,
        tolerance: specification.change
      ),
      alpha: specification.calibrationAlpha,
      from: after
    )
  }

  /// The last stratum that is looked at: the configured one, else the age by which half of the churners
  /// are known.
  private static func lastStratum(
    _ reference: [Cohort],
    after: Instant,
    _ specification: DecaySpecification,
    asOf moment: Instant
  ) throws(DecayObstacle) -> Int {
    if let followUp = specification.followUp {
      guard let last = LabelAge.last(endingBy: min(followUp, specification.horizon)) else {
        throw DecayObstacle(reason: "'follow_up' and 'horizon' must be a day or more")
      }
      return last
    }
    let limit = min(FixedDuration(days: oldest), specification.horizon)
    guard let last = LabelAge.last(endingBy: limit),
      let end = LabelAge.last(endingBy: specification.horizon)
    else { throw DecayObstacle(reason: "'horizon' must be a day or more") }
    let known = after.advanced(by: LabelAge.end(last))
    guard known <= moment else {
      throw DecayObstacle(
        reason: "the reference's labels of age \(LabelAge.end(last)) are known on "
          + String(known.description.prefix(10))
      )
    }
    let curve = ArrivalCurve(reference, nil, last: end, knownBy: known)
    let half = curve.known.firstIndex { $0 >= 0.5 } ?? last
    let least = LabelAge.last(endingBy: FixedDuration(days: youngest)) ?? 0
    return min(last, max(least, half))
  }

  /// The label age up to which labels are looked at.
  package var followUp: FixedDuration {
    LabelAge.end((recallLayout.bins.ends.last ?? 1) - 1)
  }

  /// What arrives, against what was expected.
  ///
  /// - `cohorts`: All cohorts after the reference.
  package func feed(_ cohorts: [Cohort], until moment: Instant) -> LabelFeed {
    LabelFeed(
      paceLayout.units(cohorts, knownBy: moment),
      hazards: hazards,
      rates: paceRates,
      bins: paceLayout.bins,
      until: moment
    )
  }

  /// Looks at what became known until a moment, but for the times in which the label feed says nothing.
  ///
  /// - `cohorts`: All cohorts after the reference.
  package mutating func advance(_ cohorts: [Cohort], until moment: Instant) {
    let feed = feed(cohorts, until: moment)
    let blind = feed.blind
    func seen(_ layout: TrialLayout) -> [CohortTrials] {
      layout.units(cohorts, knownBy: moment).filter { unit in
        !blind.contains { $0.from < unit.knownAt && unit.knownAt <= $0.to }
      }
    }
    recall.advance(seen(recallLayout), until: feed.certainUntil)
    calibration.advance(seen(calibrationLayout), until: feed.certainUntil)
  }
}

extension DecayState {
  /// How many outcomes that say no churn became known in a range of time, of the ages that are looked at.
  package func negatives(_ cohorts: [Cohort], in range: TimeRange) -> Int {
    let bins = calibrationLayout.bins
    return cohorts.reduce(0) { sum, cohort in
      (0..<bins.count).reduce(sum) { sum, bin in
        let at = bins.knownAt(bin, cohort)
        guard range.from < at, at <= range.to else { return sum }
        return LabelAges.Decision.allCases.reduce(sum) {
          $0 + cohort.ages.labels(.negative, bins.strata(bin), $1)
        }
      }
    }
  }
}
