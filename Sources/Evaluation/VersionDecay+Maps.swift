// SPDX-License-Identifier: Apache-2.0
import Checks
import Profiles

/// What would put a version's scores right.
extension VersionDecay {
  /// Tries maps on the predictions since a decay began, but for labels that a broken feed lost or
  /// made up; nil where too little is known.
  ///
  /// - Complexity: O(cohorts · strata · score groups).
  func maps(since: Instant) -> PrequentialMaps? {
    guard let state else { return nil }
    return PrequentialMaps(
      sound(state.calibrationLayout.units(all, knownBy: until), state),
      PrequentialMaps.Scale(state),
      since: since,
      until: until
    )
  }

  /// How churn has moved against the reference's map for predictions since a decay began, as far as
  /// labels of the evaluated age show; nil where nothing can be fitted.
  func shift(since: Instant) -> (shift: CalibrationDecay.Shift, rows: Int, basis: String)? {
    guard let state else { return nil }
    let layout = state.calibrationLayout
    let outcomes = sound(layout.units(cohorts, knownBy: until), state)
      .filter { $0.cohort >= since }.map(\.outcome)
    // Customers without a label are trials of every bin; those of the first are all.
    let rows = outcomes.reduce(0) { sum, outcome in
      layout.question == .churning && outcome.kind >= layout.bands.count
        ? sum : sum + outcome.trials
    }
    let shift = CalibrationDecay.shift(
      outcomes,
      against: state.calibration.hypotheses,
      rates: state.calibrationRates,
      layout: layout
    )
    guard let shift, rows > 0 else { return nil }
    return (
      shift, rows,
      "labels known by age \(state.followUp) of predictions since \(Self.day(since))"
    )
  }

  private func sound(_ units: [CohortTrials], _ state: DecayState) -> [CohortTrials] {
    let blind = feed?.blind(state.recallLayout.bins) ?? []
    return units.filter { unit in
      !blind.contains { $0.from < unit.knownAt && unit.knownAt <= $0.to }
    }
  }
}
