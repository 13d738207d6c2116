// SPDX-License-Identifier: Apache-2.0
import Checks
import Profiles
import Statistics

/// The comparisons behind the charts.
extension Measurement {
  /// Returns the comparisons behind the charts: the most drifted features of the newest window
  /// with rows, and the reliability of the newest window with mature labels.
  func charts(_ windows: [WindowEvaluation], version: String) -> ChartData {
    var charts = ChartData()
    if let newest = windows.last(where: { $0.rows > 0 }) {
      let drifted = newest.findings
        .filter { $0.reading.check == .psi && $0.reading.segment == nil }
        .sorted { ($0.reading.value ?? 0) > ($1.reading.value ?? 0) }.prefix(6)
      charts.distributions = drifted.compactMap {
        distribution($0.reading.subject, newest.range, version: version)
      }
    }
    if let mature = windows.last(where: \.isMature) {
      charts.reliability = reliability(mature.range, version: version)
    }
    return charts
  }

  private func distribution(
    _ name: String,
    _ range: TimeRange,
    version: String
  ) -> ChartData.Distribution? {
    guard let index = binning.features.firstIndex(where: { $0.name == name }),
      let mine = series.series[ModelSeries.Key(version: version, segment: nil)],
      let reference = featureReferences[ModelSeries.Key(version: version, segment: nil)]?.features
    else { return nil }
    let offsets = binning.offsets
    let bars = FeatureBars(
      current: mine.features(in: range).feature(index, of: binning, offsets: offsets),
      reference: reference.feature(index, of: binning, offsets: offsets)
    )
    return ChartData.Distribution(
      feature: name,
      window: range,
      labels: bars.labels,
      reference: bars.reference,
      current: bars.current
    )
  }

  private func reliability(_ range: TimeRange, version: String) -> ChartData.Reliability? {
    guard let mine = series.series[ModelSeries.Key(version: version, segment: nil)] else {
      return nil
    }
    func points(_ outcomes: LabelledScores) -> [ChartData.Reliability.Point] {
      ExpectedCalibrationError.bins(of: outcomes).compactMap { bin in
        guard let share = Proportion(Int(bin.positives), of: Int(bin.count)) else { return nil }
        let interval = share.wilsonInterval()
        return ChartData.Reliability.Point(
          score: bin.meanScore,
          observed: share.value,
          lower: interval.lower,
          upper: interval.upper,
          count: share.trials
        )
      }
    }
    let current = LabelledScores(mine.labels(in: range), binning: binning.score)
    let reference = labelReferences[ModelSeries.Key(version: version, segment: nil)]
    return ChartData.Reliability(
      window: range,
      points: points(current),
      reference: reference.map { points($0.scores) } ?? []
    )
  }
}
