// SPDX-License-Identifier: Apache-2.0
import Checks
import Profiles

/// Why windows differ from the reference.
extension Measurement {
  /// Returns what can be said of why a window differs; nil where the reference's outcomes are not
  /// known by feature.
  func causes(_ kind: WindowSpec, _ range: TimeRange, version: String) -> CauseNote? {
    analyses[version]?[kind].flatMap { $0.note(side([range], version: version, layout: groups)) }
  }

  /// Returns analyses against the references of all versions, by kind of window.
  func makeAnalyses(_ kinds: [WindowSpec]) -> [String: [WindowSpec: CauseAnalysis]] {
    var analyses: [String: [WindowSpec: CauseAnalysis]] = [:]
    let names = binning.features.map(\.name) + [Subject.scoreName]
    for version in series.versions {
      guard let age = decays[version]?.labelAge else { continue }
      let reference = side(references.still(for: version), version: version, layout: groups)
      guard reference.outcomes != nil else { continue }
      for kind in kinds {
        let factors = dispersions(ModelSeries.Key(version: version, segment: nil), kind)
        let byName = Dictionary(zip(names, factors)) { first, _ in first }
        analyses[version, default: [:]][kind] = CauseAnalysis(
          groups,
          reference: reference,
          labelAge: age
        ) { byName[$0] ?? 1 }
      }
    }
    return analyses
  }

  /// The rows of some ranges by group, and what became of them where all of it is known.
  private func side(
    _ ranges: [TimeRange],
    version: String,
    layout: GroupLayout
  ) -> CauseAnalysis.Side {
    let all = series.series[ModelSeries.Key(version: version, segment: nil)]
    var features = FeatureProfile(binCount: binning.binCount)
    for range in ranges { if let all { features.merge(all.features(in: range)) } }
    let levels = binning.segmentNames.map { name in
      let mine = series.series[ModelSeries.Key(version: version, segment: name)]
      return ranges.reduce(0) { $0 + (mine?.rows(in: $1) ?? 0) }
    }
    var outcomes: OutcomeProfile? = OutcomeProfile(layout)
    for range in ranges {
      if let found = all?.outcomes(in: range, layout) {
        outcomes?.merge(found)
      } else {
        outcomes = nil
      }
    }
    return CauseAnalysis.Side(rows: layout.counts(features, levels: levels), outcomes: outcomes)
  }
}
