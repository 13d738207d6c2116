// SPDX-License-Identifier: Apache-2.0
package import Profiles

/// What the detectors of one version detect.
package struct DecaySpecification: Sendable, Hashable {
  /// The drop of recall that is tolerated, absolute or as a share of the reference's.
  package enum Drop: Sendable, Hashable {
    case absolute(Double)
    case relative(Double)
  }

  package var drop = Drop.absolute(0.05)
  /// The chance of ever giving a false alarm of recall in one quiet segment.
  package var recallAlpha = 0.05
  /// The change of the odds of churn that is tolerated, as a share.
  package var change = 0.1
  package var calibrationAlpha = 0.05
  /// The label age up to which labels are evaluated; nil leaves it to the arrival curve.
  package var followUp: FixedDuration?
  package var horizon: FixedDuration

  package init(followUp: FixedDuration?, horizon: FixedDuration) {
    self.followUp = followUp
    self.horizon = horizon
  }

  /// What a state was made with: a detector whose stored identity is another one starts over.
  ///
  /// Its version is that of the formulas too.
  package var identity: StoredIdentity {
    let drop: StoredIdentity.Value =
      switch drop {
      case .absolute(let amount): .list([.text("absolute"), .number(amount)])
      case .relative(let share): .list([.text("relative"), .number(share)])
      }
    return StoredIdentity(
      version: 1,
      [
        "drop": drop,
        "recall_alpha": .number(recallAlpha),
        "change": .number(change),
        "calibration_alpha": .number(calibrationAlpha),
        "follow_up": .duration(followUp),
        "horizon": .duration(horizon),
      ]
    )
  }
}

/// Why decay cannot be evaluated before full maturity.
package struct DecayObstacle: Error, Hashable {
  package let reason: String

  package init(reason: String) { self.reason = reason }
}

/// Where the detectors of a version stand, with the reference that they compare with: frozen when
/// they began.
package struct DecayState: Sendable {
  private let reference: Reference
  /// By kind of the pace's trials, the reference's chance.
  package let hazards: [Double]
  package private(set) var recall: SequentialDetector
  package private(set) var calibration: SequentialDetector

  package var recallLayout: TrialLayout { reference.recallLayout }
  package var calibrationLayout: TrialLayout { reference.calibrationLayout }
  /// Who is expected to become a known churner when.
  package var paceLayout: TrialLayout { reference.paceLayout }
  package var recallRates: ReferenceRates { reference.recallRates }
  package var calibrationRates: ReferenceRates { reference.calibrationRates }
  package var paceRates: ReferenceRates { reference.paceRates }

  /// At least and at most this label age is evaluated where none is configured.
  private static let (youngest, oldest) = (7, 30)

  /// Begins to detect after the reference.
  ///
  /// - `reference`: The reference's cohorts of the version.
  /// - `after`: The end of the reference.
  /// - `moment`: What is known when.
  /// - `floors`: What the dispersions are at least, by what repeated customers make of them.
  /// - Throws: `DecayObstacle` where the reference cannot be compared with, or not yet.
  package init(
    reference: [Cohort],
    after: Instant,
    _ specification: DecaySpecification,
    asOf moment: Instant,
    floors: (recall: Double, calibration: Double) = (1, 1)
  ) throws(DecayObstacle) {
    let last = try Self.lastStratum(reference, after: after, specification, asOf: moment)
    let age = LabelAge.end(last, horizon: specification.horizon)
    let known = after.advanced(by: age)
    guard known <= moment else {
      throw DecayObstacle(
        reason: "the reference's labels of age \(age) are known on "
          + String(known.description.prefix(10))
      )
    }
    guard let bins = AgeBins(reference, last: last, horizon: specification.horizon) else {
      throw DecayObstacle(
        reason: "the reference has fewer than \(AgeBins.fewest) churners known by age "
          + "\(age)"
      )
    }
    let reference = Reference(
      reference,
      bins: bins,
      specification: specification,
      asOf: moment,
      floors: floors
    )
    self.init(
      reference,
      recall: SequentialDetector.Memory(from: after),
      calibration: SequentialDetector.Memory(from: after)
    )
  }

  /// What the detectors compare with: frozen when they began.
  private struct Reference: Codable {
    let recallLayout: TrialLayout
    let calibrationLayout: TrialLayout
    let paceLayout: TrialLayout
    let recallRates: ReferenceRates
    let calibrationRates: ReferenceRates
    let paceRates: ReferenceRates
    let drop: Double
    let change: Double
    let recallAlpha: Double
    let calibrationAlpha: Double

    init(
      _ reference: [Cohort],
      bins: AgeBins,
      specification: DecaySpecification,
      asOf moment: Instant,
      floors: (recall: Double, calibration: Double)
    ) {
      func rates(_ layout: TrialLayout, _ floor: Double) -> ReferenceRates {
        ReferenceRates(layout.units(reference, knownBy: moment), layout, atLeast: floor)
      }
      recallLayout = .recall(bins)
      calibrationLayout = .calibration(bins, reference)
      paceLayout = .pace(bins, reference)
      recallRates = rates(recallLayout, floors.recall)
      calibrationRates = rates(calibrationLayout, floors.calibration)
      paceRates = rates(paceLayout, floors.calibration)
      drop =
        switch specification.drop {
        case .absolute(let drop): drop
        case .relative(let share): share * recallRates.rate
        }
      change = specification.change
      recallAlpha = specification.recallAlpha
      calibrationAlpha = specification.calibrationAlpha
    }
  }

  private init(
    _ reference: Reference,
    recall: SequentialDetector.Memory,
    calibration: SequentialDetector.Memory
  ) {
    self.reference = reference
    hazards = CalibrationDecay.hazards(reference.paceRates, reference.paceLayout)
    self.recall = SequentialDetector(
      hypotheses: RecallDecay.hypotheses(reference.recallRates, drop: reference.drop),
      alpha: reference.recallAlpha,
      memory: recall
    )
    self.calibration = SequentialDetector(
      hypotheses: CalibrationDecay.hypotheses(
        reference.calibrationRates,
        reference.calibrationLayout,
        tolerance: reference.change
      ),
      alpha: reference.calibrationAlpha,
      memory: calibration
    )
  }

  /// The last stratum that is evaluated: the configured one, else the age by which half of the
  /// churners are known, at least seven days and at most thirty; later where fewer than fifty are
  /// known by then.
  private static func lastStratum(
    _ reference: [Cohort],
    after: Instant,
    _ specification: DecaySpecification,
    asOf moment: Instant
  ) throws(DecayObstacle) -> Int {
    if let followUp = specification.followUp {
      guard let last = LabelAge.last(endingBy: followUp, horizon: specification.horizon) else {
        throw DecayObstacle(reason: "'follow_up' and 'horizon' must be a day or more")
      }
      return last
    }
    func last(by age: FixedDuration) throws(DecayObstacle) -> Int {
      guard let last = LabelAge.last(endingBy: age, horizon: specification.horizon) else {
        throw DecayObstacle(reason: "'horizon' must be a day or more")
      }
      return last
    }
    let usual = try last(by: FixedDuration(days: oldest))
    let age = LabelAge.end(usual, horizon: specification.horizon)
    let known = after.advanced(by: age)
    guard known <= moment else {
      throw DecayObstacle(
        reason: "the reference's labels of age \(age) are known on "
          + String(known.description.prefix(10))
      )
    }
    let curve = ArrivalCurve(reference, nil, horizon: specification.horizon, knownBy: known)
    let half = curve.known.firstIndex { $0 >= 0.5 } ?? usual
    let chosen = min(usual, max(LabelAge.last(endingBy: FixedDuration(days: youngest)) ?? 0, half))
    // Where churners are few or become known late, the age that shows enough of them.
    let latest = try last(by: specification.horizon)
    return (chosen...max(chosen, latest)).first {
      AgeBins(reference, last: $0, horizon: specification.horizon) != nil
    } ?? chosen
  }

  /// The label age up to which labels are evaluated.
  package var followUp: FixedDuration {
    recallLayout.bins.oldest
  }

  /// What arrives, against what was expected.
  ///
  /// - `pace`: The trials of the pace's layout, of all cohorts after the reference.
  package func feed(_ pace: [CohortTrials], until moment: Instant) -> LabelFeed {
    LabelFeed(
      pace,
      hazards: hazards,
      rates: paceRates,
      until: moment
    )
  }

  /// Evaluates what became known until a moment, but for the times in which the label feed says
  /// nothing.
  ///
  /// - Parameters:
  ///   - cohorts: All cohorts after the reference.
  ///   - moment: Until when labels are known.
  ///   - arrivals: The feed by what arrived; nil leaves it to the pace of labels by age.
  package mutating func advance(
    _ cohorts: [Cohort],
    until moment: Instant,
    feed arrivals: LabelFeed? = nil
  ) {
    let feed = arrivals ?? feed(paceLayout.units(cohorts, knownBy: moment), until: moment)
    let blind = feed.blind(recallLayout.bins)
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
  /// How many outcomes that say no churn became known in a range of time, of the ages that are
  /// evaluated.
  package func negatives(_ cohorts: [Cohort], in range: TimeRange) -> Int {
    let bins = calibrationLayout.bins
    return cohorts.reduce(0) { sum, cohort in
      (0..<bins.count).reduce(sum) { sum, bin in
        let at = bins.knownAt(bin, cohort)
        guard range.from < at, at <= range.to else { return sum }
        return LabelAges.Decision.allCases.reduce(sum) {
          $0 + cohort.ages.labels(.negative, in: bins.strata(bin), decision: $1)
        }
      }
    }
  }
}

/// What is stored: the reference's counts and what the detectors remember; the rates and hypotheses
/// follow.
extension DecayState: Codable {
  private enum CodingKeys: String, CodingKey { case reference, recall, calibration }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      try container.decode(Reference.self, forKey: .reference),
      recall: try container.decode(SequentialDetector.Memory.self, forKey: .recall),
      calibration: try container.decode(SequentialDetector.Memory.self, forKey: .calibration)
    )
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(reference, forKey: .reference)
    try container.encode(recall.memory, forKey: .recall)
    try container.encode(calibration.memory, forKey: .calibration)
  }
}
