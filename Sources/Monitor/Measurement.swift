// SPDX-License-Identifier: Apache-2.0
import Alerting
import Drift
import Findings
import Performance
import Profiles
import Reports
import Settings
import Statistics

/// Measures windows against their reference and has them judged.
struct Measurement {
  let series: ModelSeries
  let judge: Judge
  /// The reference's ranges for a version.
  let references: (String) -> [TimeRange]
  /// Features without a column now, and why.
  let absences: [String: String]
  let hasOutcomes: Bool
  /// What the detectors of each version say.
  let decays: [String: VersionDecay]
  /// In which windows are named.
  private let calendar: ZonedCalendar
  private var featureReferences: [ModelSeries.Key: FeatureReference] = [:]
  private var labelReferences: [ModelSeries.Key: LabelledScores] = [:]

  /// What a version's features, and its scores, are compared with.
  private struct FeatureReference {
    let features: FeatureProfile?
    let score: FeatureProfile?
  }

  /// A measurement of a series; the references are merged once, for all windows.
  init(
    series: ModelSeries,
    judge: Judge,
    references: @escaping (String) -> [TimeRange],
    absences: [String: String],
    hasOutcomes: Bool,
    decays: [String: VersionDecay],
    calendar: ZonedCalendar
  ) {
    self.series = series
    self.judge = judge
    self.references = references
    self.absences = absences
    self.hasOutcomes = hasOutcomes
    self.decays = decays
    self.calendar = calendar
    for key in series.series.keys {
      featureReferences[key] = makeFeatureReference(key)
      labelReferences[key] = makeLabelReference(key)
    }
  }

  private var binning: Binning { series.binning }

  /// Returns the report on one window of one version.
  func window(_ kind: WindowSpec, _ range: TimeRange, version: String) -> WindowReport {
    var findings: [Finding] = []
    for segment in series.segments(of: version) {
      findings += readings(range, version: version, segment: segment).map {
        judge.finding(on: $0, window: kind)
      }
    }
    let all = series.series[ModelSeries.Key(version: version, segment: nil)]
    let labels = all?.labels(in: range)
    return WindowReport(
      kind: kind,
      range: range,
      calendar: calendar,
      rows: all?.features(in: range).rows ?? 0,
      labelled: labels?.labelled ?? 0,
      isMature: (labels?.predictions ?? 0) > 0 && labels?.isMature ?? false,
      findings: findings
    )
  }

  private func readings(
    _ range: TimeRange,
    version: String,
    segment: String?
  ) -> [Reading] {
    let key = ModelSeries.Key(version: version, segment: segment)
    guard let mine = series.series[key] else { return [] }
    let features = mine.features(in: range)
    let reference = featureReferences[key]
    var readings = [volume(range, features, version: version, segment: segment)]
    let offsets = binning.offsets
    for index in 0...binning.features.count {
      let isScore = index == binning.features.count
      let counts = features.feature(index, of: binning, offsets: offsets)
      let theirs = isScore ? reference?.score : reference?.features
      readings += DriftRoster.readings(
        counts,
        with: theirs?.feature(index, of: binning, offsets: offsets),
        absence: absences[counts.binning.name]
      )
    }
    if hasOutcomes {
      let outage = decays[version]?.outage(in: range)
      readings += PerformanceRoster.readings(
        LabelledScores(mine.labels(in: range), binning: binning.score),
        with: labelReferences[key]
      ).map { reading in
        var reading = reading
        if let outage, reading.obstacle == nil { reading.obstacle = .noData(outage) }
        return reading
      }
      if segment == nil { readings += decays[version]?.readings(range) ?? [] }
    }
    return readings.map { reading in
      var labelled = reading
      labelled.segment = segment
      return labelled
    }
  }

  /// Predictions a day, in the window and in the reference; a count has no interval.
  private func volume(
    _ range: TimeRange,
    _ features: FeatureProfile,
    version: String,
    segment: String?
  ) -> Reading {
    func days(_ range: TimeRange) -> Double {
      Double(range.to.microseconds - range.from.microseconds) / 86_400e6
    }
    guard features.rows > 0 else {
      return Reading(
        .volume,
        subject: Subject.scoreName,
        sample: Reading.Sample(current: 0),
        obstacle: .noData("there are no predictions in the window")
      )
    }
    let ranges = references(version)
    let mine = series.series[ModelSeries.Key(version: version, segment: segment)]
    let rows = ranges.reduce(0) { $0 + (mine?.features(in: $1).rows ?? 0) }
    let length = ranges.reduce(0) { $0 + days($1) }
    guard rows > 0, length > 0 else {
      var reading = Reading(
        .volume,
        subject: Subject.scoreName,
        value: Double(features.rows) / days(range),
        sample: Reading.Sample(current: features.rows)
      )
      reading.obstacle = .noReference("the reference has no rows of this version")
      return reading
    }
    return Reading(
      .volume,
      subject: Subject.scoreName,
      value: Double(features.rows) / days(range),
      reference: Double(rows) / length,
      sample: Reading.Sample(current: features.rows, reference: rows)
    )
  }

  /// The reference's profile: of the version itself where it was active then; else features are
  /// compared with all versions' rows, since they do not depend on the model, and scores with none.
  private func makeFeatureReference(_ key: ModelSeries.Key) -> FeatureReference {
    let ranges = references(key.version)
    let own = merged(ranges, versions: [key.version], segment: key.segment)
    if own.rows > 0 { return FeatureReference(features: own, score: own) }
    let all = merged(ranges, versions: series.versions, segment: key.segment)
    return FeatureReference(features: all.rows > 0 ? all : nil, score: nil)
  }

  private func merged(
    _ ranges: [TimeRange],
    versions: [String],
    segment: String?
  ) -> FeatureProfile {
    var sum = FeatureProfile(cellCount: binning.cellCount)
    for version in versions {
      guard let part = series.series[ModelSeries.Key(version: version, segment: segment)] else {
        continue
      }
      for range in ranges { sum.merge(part.features(in: range)) }
    }
    return sum
  }

  private func makeLabelReference(_ key: ModelSeries.Key) -> LabelledScores? {
    guard let mine = series.series[key] else { return nil }
    var sum = LabelProfile(cellCount: binning.score.cellCount)
    for range in references(key.version) { sum.merge(mine.labels(in: range)) }
    return sum.predictions > 0 ? LabelledScores(sum, binning: binning.score) : nil
  }

  /// Returns the comparisons behind the charts: the most drifted features of the newest window
  /// with rows, and the reliability of the newest window with mature labels.
  func charts(_ windows: [WindowReport], version: String) -> ChartData {
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
      reference: reference.map(points) ?? []
    )
  }
}
