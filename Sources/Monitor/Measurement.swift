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
  let references: ReferenceRanges
  /// Features without a column now, and why.
  let absences: [String: String]
  let hasOutcomes: Bool
  /// How many false alerts a kind of window may give.
  let budget: (WindowSpec) -> ErrorBudget
  /// What the detectors of each version say.
  let decays: [String: VersionDecay]
  /// Who was treated; nil where no campaign is named.
  let treatments: TreatmentSeries?
  /// In which windows are named.
  private let calendar: ZonedCalendar
  private(set) var featureReferences: [ModelSeries.Key: FeatureReference] = [:]
  private(set) var labelReferences: [ModelSeries.Key: MeasuredReference] = [:]
  private var estimates: [ModelSeries.Key: Estimates] = [:]
  /// How much more windows of a kind differ than chance makes them, by feature.
  private(set) var dispersions: [ModelSeries.Key: [WindowSpec: [Double]]] = [:]

  /// How features are gathered into groups, and what is told by them.
  let groups: GroupLayout
  private(set) var analyses: [String: [WindowSpec: CauseAnalysis]] = [:]

  /// What a version's features, and its scores, are compared with.
  struct FeatureReference {
    let features: FeatureProfile?
    let score: FeatureProfile?
  }

  /// A measurement of a series; the references are merged once, for all windows.
  init(
    series: ModelSeries,
    judge: Judge,
    references: ReferenceRanges,
    absences: [String: String],
    hasOutcomes: Bool,
    kinds: [WindowSpec],
    budget: @escaping (WindowSpec) -> ErrorBudget,
    decays: [String: VersionDecay],
    treatments: TreatmentSeries?,
    calendar: ZonedCalendar
  ) {
    self.series = series
    self.judge = judge
    self.references = references
    self.absences = absences
    self.hasOutcomes = hasOutcomes
    self.budget = budget
    self.decays = decays
    self.treatments = treatments
    self.calendar = calendar
    groups = GroupLayout(series.binning)
    for key in series.series.keys {
      featureReferences[key] = makeFeatureReference(key, still(key.version))
      labelReferences[key] = makeLabelReference(key)
      estimates[key] = labelReferences[key].flatMap {
        Estimates($0.scores, binning: binning.score)
      }
      for kind in kinds { dispersions[key, default: [:]][kind] = makeDispersions(key, kind) }
    }
    analyses = makeAnalyses(kinds)
  }

  var binning: Binning { series.binning }

  /// Returns the report on one window of one version.
  func window(_ kind: WindowSpec, _ range: TimeRange, version: String) -> WindowReport {
    let readings = series.segments(of: version).flatMap {
      self.readings(kind, range, version: version, segment: $0)
    }
    // Versions that score at the same time share the model's budget.
    let active = series.versions.count {
      series.series[ModelSeries.Key(version: $0, segment: nil)]?.hasRows(in: range) ?? false
    }
    let budget = budget(kind).shared(by: active)
    let findings = judge.findings(on: readings, window: kind, budget: budget)
    let all = series.series[ModelSeries.Key(version: version, segment: nil)]
    let labels = all?.labels(in: range)
    var report = WindowReport(
      kind: kind,
      range: range,
      calendar: calendar,
      rows: all?.features(in: range).rows ?? 0,
      labelled: labels?.labelled ?? 0,
      isMature: (labels?.predictions ?? 0) > 0 && labels?.isMature ?? false,
      findings: findings,
      errors: ErrorNote(budget, tests: judge.testCount(readings, window: kind)),
      causes: causes(kind, range, version: version)
    )
    report.reference = references.slice(kind, range, version: version).ranges
    return report
  }

  private func readings(
    _ kind: WindowSpec,
    _ range: TimeRange,
    version: String,
    segment: String?
  ) -> [Reading] {
    let key = ModelSeries.Key(version: version, segment: segment)
    guard let mine = series.series[key] else { return [] }
    let features = mine.features(in: range)
    let slice = references.slice(kind, range, version: version)
    let reference = featureReference(key, slice)
    var readings = [volume(range, features, key, slice)]
    let offsets = binning.offsets
    for index in 0...binning.features.count {
      let isScore = index == binning.features.count
      let counts = features.feature(index, of: binning, offsets: offsets)
      var theirs = (isScore ? reference?.score : reference?.features)?
        .feature(index, of: binning, offsets: offsets)
      theirs?.dispersion = dispersions[key]?[kind]?[index] ?? 1
      readings += DriftRoster.readings(
        counts,
        with: theirs,
        absence: absences[counts.binning.name]
      )
    }
    if hasOutcomes {
      readings += untreated(outcomeReadings(range, mine.labels(in: range), key), range, key)
    }
    return readings.map { reading in
      var labelled = reading
      labelled.segment = segment
      return labelled
    }
  }

  /// What labels tell of a window, and what is estimated before they come.
  private func outcomeReadings(
    _ range: TimeRange,
    _ labels: LabelProfile,
    _ key: ModelSeries.Key
  ) -> [Reading] {
    let decay = decays[key.version]
    let outage = decay?.outage(in: range)
    var readings = PerformanceRoster.readings(
      LabelledScores(labels, binning: binning.score),
      with: labelReferences[key]
    ).map { reading in
      var reading = reading
      if let outage, reading.obstacle == nil { reading.obstacle = .noData(outage) }
      return reading
    }
    if let estimates = estimates[key] { readings += estimates.readings(labels) }
    guard key.segment == nil, let decay else { return readings }
    let early = outage == nil ? decay.provisional(readings, range) : readings
    return early + decay.readings(range)
  }

  /// Predictions a day, in the window and in the reference; a count has no interval.
  private func volume(
    _ range: TimeRange,
    _ features: FeatureProfile,
    _ key: ModelSeries.Key,
    _ slice: ReferenceSlice
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
    let mine = series.series[key]
    let rows = mine?.rows(in: slice) ?? 0
    let length = slice.days
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
    var reading = Reading(
      .volume,
      subject: Subject.scoreName,
      value: Double(features.rows) / days(range),
      reference: Double(rows) / length,
      sample: Reading.Sample(current: features.rows, reference: rows)
    )
    // Days without a prediction, of those that the reference makes one expect.
    let busy = mine?.busyBuckets(in: slice) ?? 0
    let expected = Double(busy) / length * days(range)
    let found = Double(mine?.busyBuckets(in: range) ?? 0)
    reading.details = [
      Reading.Detail("busy_buckets", found), Reading.Detail("expected_busy_buckets", expected),
    ]
    if found < 0.8 * expected {
      reading.note =
        "\(Int(found)) buckets have predictions where \(NumberText.text(expected)) were expected"
    }
    return reading
  }

  /// The reference's profile: of the version itself where it was active then; else features are
  /// compared with all versions' rows, since they do not depend on the model, and scores with none.
  private func makeFeatureReference(
    _ key: ModelSeries.Key,
    _ slice: ReferenceSlice
  ) -> FeatureReference {
    let own = merged(slice, versions: [key.version], segment: key.segment)
    if own.rows > 0 { return FeatureReference(features: own, score: own) }
    let all = merged(slice, versions: series.versions, segment: key.segment)
    return FeatureReference(features: all.rows > 0 ? all : nil, score: nil)
  }

  /// The reference of one window: the one that stands still is merged once.
  private func featureReference(
    _ key: ModelSeries.Key,
    _ slice: ReferenceSlice
  ) -> FeatureReference? {
    if slice == still(key.version) { return featureReferences[key] }
    return makeFeatureReference(key, slice)
  }

  private func still(_ version: String) -> ReferenceSlice {
    ReferenceSlice(ranges: references.still(for: version), weekdays: nil, calendar: calendar)
  }

  private func merged(
    _ slice: ReferenceSlice,
    versions: [String],
    segment: String?
  ) -> FeatureProfile {
    var sum = FeatureProfile(cellCount: binning.cellCount)
    for version in versions {
      guard let part = series.series[ModelSeries.Key(version: version, segment: segment)] else {
        continue
      }
      sum.merge(part.features(in: slice))
    }
    return sum
  }

  /// The factors of the features, and of the score, by the reference's windows of a length, or of a quarter
  /// of the reference where it is not four such windows long.
  private func makeDispersions(_ key: ModelSeries.Key, _ kind: WindowSpec) -> [Double] {
    func windows(_ versions: [String]) -> [FeatureProfile] {
      references.still(for: key.version).flatMap { range -> [FeatureProfile] in
        var parts: [Int64: FeatureProfile] = [:]
        for version in versions {
          guard let part = series.series[ModelSeries.Key(version: version, segment: key.segment)]
          else { continue }
          let found = part.features(in: range, parts: Overdispersion.fewest, days: kind.days)
          parts.merge(found) { first, second in
            var sum = first
            sum.merge(second)
            return sum
          }
        }
        return parts.sorted { $0.key < $1.key }.map(\.value)
      }
    }
    // As the reference itself: the version's own rows, else those of all.
    let own = windows([key.version])
    let windows = own.contains { $0.rows > 0 } ? own : windows(series.versions)
    let offsets = binning.offsets
    return (0...binning.features.count).map { index in
      Overdispersion.factor(windows.map { $0.feature(index, of: binning, offsets: offsets) })
    }
  }

  private func makeLabelReference(_ key: ModelSeries.Key) -> MeasuredReference? {
    guard let mine = series.series[key] else { return nil }
    var sum = LabelProfile(cellCount: binning.score.cellCount)
    for range in references.still(for: key.version) { sum.merge(mine.labels(in: range)) }
    // The first weeks of a version serve when they are mature.
    let isReady = sum.isMature || references.firstWeeks[key.version] == nil
    return sum.predictions > 0 && isReady
      ? MeasuredReference(LabelledScores(sum, binning: binning.score)) : nil
  }
}
