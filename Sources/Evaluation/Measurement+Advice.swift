// SPDX-License-Identifier: Apache-2.0
import Alerting
import Checks
import Profiles

extension Measurement {
  /// Returns what to do about a version: by the newest window of each kind and the newest whose
  /// labels are mature.
  func advice(_ windows: [WindowEvaluation], version: String) -> Advice? {
    guard !windows.isEmpty else { return nil }
    var chosen: [WindowEvaluation] = []
    for kind in Set(windows.map(\.kind)) {
      let mine = windows.filter { $0.kind == kind }.sorted { $0.range.to < $1.range.to }
      if let newest = mine.last { chosen.append(newest) }
      if let mature = mine.last(where: \.isMature), mature.range != mine.last?.range {
        chosen.append(mature)
      }
    }
    return Adviser.advice(
      chosen.sorted { $0.range.to > $1.range.to }.map {
        Adviser.Window(range: $0.range, findings: $0.findings)
      },
      issues: history.issues.filter(\.kind.breaksFeature).map { "\($0.subject): \($0.message)" },
      map: map(chosen, version: version)
    )
  }

  /// The map that would put the scores right: by the labels since an alarm, else by mature ones.
  private func map(_ windows: [WindowEvaluation], version: String) -> RecalibrationMap? {
    let key = ModelSeries.Key(version: version, segment: nil)
    if let shift = decays[version]?.shift {
      return Recalibration.map(
        labelReferences[key]?.scores,
        shift: (shift.level, shift.slope, shift.gain, shift.rows),
        basis: shift.basis
      )
    }
    let mature = windows.filter(\.isMature).max { $0.range.to < $1.range.to }
    guard let mature, let mine = series.series[key] else { return nil }
    let outcomes = LabelledScores(mine.labels(in: mature.range), binning: series.binning.score)
    return Recalibration.map(outcomes, basis: "predictions with mature labels")
  }
}
