// SPDX-License-Identifier: Apache-2.0
private import Glibc
package import Profiles
import Statistics

/// What maps that put scores right would have done for the predictions after them.
///
/// A map fitted to a decay always fits it. Whether it helps the predictions to come is shown by
/// those that came: each map is fitted to what was known when a window began, and judged by the
/// labels of that window (A. Dawid, JRSS A 147, 1984). Where the level swings from one half of the
/// year to the other, the map of one half does harm in the other, and none is advised.
package struct PrequentialMaps: Sendable, Hashable {
  /// One map, judged by the predictions of the window that began when it was fitted.
  package struct Trial: Sendable, Hashable {
    package let window: TimeRange
    /// By how much it lowers the log loss of the window's labels known so far, in nats.
    package let gain: Double
    /// The standard error of the gain.
    package let error: Double
    package let predictions: Int

    var helped: Bool { gain > error }
  }

  /// Churn at the same scores in some weeks, beside the reference's: the change of log odds.
  package struct Level: Sendable, Hashable {
    package let window: TimeRange
    package let value: Double
    package let error: Double
  }

  /// In order of time.
  package let trials: [Trial]
  /// The change of log odds since the decay began.
  package let level: Double
  /// A level of the same year on the other side of the reference; nil where there is none.
  package let opposite: Level?

  /// Windows of the newest ones in which a map must have helped, by more than a standard error.
  package static let needed = 2
  /// The newest windows.
  private static let considered = 4
  /// A window of a trial is so long at least; one of a level exactly so long.
  private static let (trialLength, levelLength) = (FixedDuration(days: 14), FixedDuration(days: 28))
  /// Churners whom the reference makes one expect in a window, and before the first map.
  private static let fewest = 30.0
  /// How far back a level makes a season, and how far it must be from the reference's, in standard
  /// errors and as a share of the level now.
  private static let (year, errors, share) = (FixedDuration(days: 365), 3.0, 0.5)

  /// What the maps are fitted with and judged by.
  package struct Scale: Sendable {
    let hypotheses: Hypotheses
    let rates: ReferenceRates
    let layout: TrialLayout

    package init(_ state: DecayState) {
      hypotheses = state.calibration.hypotheses
      rates = state.calibrationRates
      layout = state.calibrationLayout
    }
  }

  /// Tries maps on what is known; nil where too little is for a first one.
  ///
  /// - Parameters:
  ///   - units: What became known of which predictions, of the reference too.
  ///   - scale: What the reference makes one expect.
  ///   - since: The first predictions that have decayed.
  ///   - moment: Until when labels are known.
  /// - Complexity: O(units · windows).
  package init?(
    _ units: [CohortTrials],
    _ scale: Scale,
    since: Instant,
    until moment: Instant
  ) {
    let decayed = units.filter { $0.cohort >= since }.sorted { $0.cohort < $1.cohort }
    guard let first = Self.firstMap(decayed, scale),
      let level = Self.level(decayed, scale)
    else { return nil }
    let windows = Self.windows(decayed, from: first, until: moment, scale)
    trials = windows.compactMap { Self.trial(decayed, in: $0, scale) }
    self.level = level.value
    let year = moment.advanced(by: -Self.year)
    opposite = Self.levels(units.filter { $0.cohort >= year }, scale).filter { found in
      found.value * level.value < 0 && abs(found.value) > Self.errors * found.error
        && abs(found.value) >= Self.share * abs(level.value)
    }.max { abs($0.value) < abs($1.value) }
  }

  /// What can be said of a map.
  package enum Answer: Sendable, Hashable {
    /// The newest maps lowered the log loss by so much, in nats a prediction.
    case helps(gain: Double, predictions: Int)
    /// So many windows have been judged, too few.
    case waits(Int)
    case helpsNot
    case season(Level)
  }

  package var answer: Answer {
    if let opposite { return .season(opposite) }
    guard trials.count >= Self.needed else { return .waits(trials.count) }
    let newest = trials.suffix(Self.needed)
    let predictions = newest.reduce(0) { $0 + $1.predictions }
    let gain = newest.reduce(0) { $0 + $1.gain }
    let error = newest.reduce(0) { $0 + $1.error * $1.error }.squareRoot()
    // A window that says little is no reason against a map; one in which it did harm is.
    guard trials.suffix(Self.considered).count(where: \.helped) >= Self.needed, gain > error,
      newest.allSatisfy({ $0.gain > 0 })
    else { return .helpsNot }
    return .helps(gain: gain / Double(max(1, predictions)), predictions: predictions)
  }

  /// One sentence on why there is no map; nil where one helps.
  package var obstacle: String? {
    switch answer {
    case .helps: nil
    case .waits(let count):
      "a map is being tried on the predictions after it: \(count) of \(Self.needed) windows"
    case .helpsNot:
      "the newest maps did not lower the log loss of the predictions after them"
    case .season(let other):
      "the level swings: the odds of churn at the same scores are \(Self.factor(level)) times the "
        + "reference's, and were \(Self.factor(other.value)) times in the four weeks from "
        + "\(other.window.from.description.prefix(10)), so that a map of one season would do harm "
        + "in the other"
    }
  }

  private static func factor(_ level: Double) -> String { NumberText.text(exp(level)) }

  // MARK: Windows

  private static func expected(_ unit: CohortTrials, _ scale: Scale) -> Double {
    Double(unit.outcome.trials) * scale.hypotheses.reference[unit.outcome.kind]
  }

  /// When enough was known of the decayed predictions for a first map.
  private static func firstMap(_ decayed: [CohortTrials], _ scale: Scale) -> Instant? {
    var sum = 0.0
    for unit in decayed.sorted(by: { $0.knownAt < $1.knownAt }) {
      sum += expected(unit, scale)
      if sum >= fewest { return unit.knownAt }
    }
    return nil
  }

  /// Windows one after the other, each of enough days and expected churners.
  private static func windows(
    _ decayed: [CohortTrials],
    from first: Instant,
    until moment: Instant,
    _ scale: Scale
  ) -> [TimeRange] {
    var windows: [TimeRange] = []
    var (start, sum) = (first, 0.0)
    func close(_ end: Instant) {
      guard sum >= fewest, start.advanced(by: trialLength) <= end,
        let window = TimeRange(from: start, to: end)
      else { return }
      windows.append(window)
      (start, sum) = (end, 0)
    }
    for unit in decayed where unit.cohort >= first {
      close(unit.cohort)
      sum += expected(unit, scale)
    }
    close(moment)
    return windows
  }

  // MARK: Maps

  /// The newest map that existed when a window began, judged by the window's labels.
  private static func trial(
    _ decayed: [CohortTrials],
    in window: TimeRange,
    _ scale: Scale
  ) -> Trial? {
    let known = decayed.filter { $0.knownAt <= window.from }.map(\.outcome)
    let spread = CalibrationDecay.spread(scale.rates, scale.layout)
    guard
      let map = CalibrationDecay.shift(
        known,
        against: scale.hypotheses,
        rates: scale.rates,
        layout: scale.layout
      )
    else { return nil }
    var (gain, variance, predictions) = (0.0, 0.0, 0)
    for unit in decayed where window.from <= unit.cohort && unit.cohort < window.to {
      let outcome = unit.outcome
      let (trials, successes) = (Double(outcome.trials), Double(outcome.successes))
      let old = scale.hypotheses.reference[outcome.kind]
      let new = LogOdds.shifted(
        old,
        by: map.level + map.slope * spread[outcome.kind % spread.count]
      )
      let (success, failure) = (log(new / old), log((1 - new) / (1 - old)))
      gain += successes * success + (trials - successes) * failure
      let difference = success - failure
      variance += trials * new * (1 - new) * difference * difference
      // Customers without a label are trials of every bin of ages; those of the first are all.
      if scale.layout.question == .positive || outcome.kind < scale.layout.bands.count {
        predictions += outcome.trials
      }
    }
    return Trial(
      window: window,
      gain: gain,
      error: (scale.rates.dispersion * variance).squareRoot(),
      predictions: predictions
    )
  }

  // MARK: Levels

  private static func levels(_ units: [CohortTrials], _ scale: Scale) -> [Level] {
    guard let start = units.map(\.cohort).min() else { return [] }
    let groups = Dictionary(grouping: units) { unit in
      (unit.cohort.microseconds - start.microseconds) / levelLength.microseconds
    }
    return groups.sorted { $0.key < $1.key }.compactMap { key, units in
      let from = Instant(microseconds: start.microseconds + key * levelLength.microseconds)
      guard let found = level(units, scale),
        let window = TimeRange(from: from, to: from.advanced(by: levelLength))
      else { return nil }
      return Level(window: window, value: found.value, error: found.error)
    }
  }

  /// The shift of all log odds that makes one expect what was counted; nil where too little is
  /// expected to say.
  private static func level(
    _ units: [CohortTrials],
    _ scale: Scale
  ) -> (value: Double, error: Double)? {
    let expected = units.reduce(0) { $0 + Self.expected($1, scale) }
    guard expected >= fewest else { return nil }
    // Half a churner more keeps the odds of none finite.
    let churned = units.reduce(0.5) { $0 + Double($1.outcome.successes) }
    var (value, information) = (0.0, 0.0)
    // Newton's method; a step is at most one, so that a poor start cannot overshoot.
    for _ in 0..<50 {
      var sum = 0.0
      information = 0
      for unit in units {
        let rate = LogOdds.shifted(scale.hypotheses.reference[unit.outcome.kind], by: value)
        let trials = Double(unit.outcome.trials)
        sum += trials * rate
        information += trials * rate * (1 - rate)
      }
      guard information > 0 else { return nil }
      let step = (churned - sum) / information
      value += min(1, max(-1, step))
      if abs(step) < 1e-9 { break }
    }
    return (value, (scale.rates.dispersion / information).squareRoot())
  }
}
