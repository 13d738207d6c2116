// SPDX-License-Identifier: Apache-2.0
import Alerting
import Drift
import Findings
import Performance
import Profiles
import Reports
import Settings
import Statistics
import Store

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
  /// What is known of the customers as such.
  let customers: CustomerFacts
  /// What training rows look like; empty where the reference is something else.
  let training: TrainingProfiles
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
    customers: CustomerFacts,
    training: TrainingProfiles,
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
    self.customers = customers
    self.training = training
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
    let look = judge.look(at: readings, window: kind, budget: budget)
    let all = series.series[ModelSeries.Key(version: version, segment: nil)]
    let labels = all?.labels(in: range)
    var report = WindowReport(
      kind: kind,
      range: range,
      calendar: calendar,
      rows: all?.features(in: range).rows ?? 0,
      labelled: labels?.labelled ?? 0,
      isMature: (labels?.predictions ?? 0) > 0 && labels?.isMature ?? false,
      findings: look.findings,
      errors: ErrorNote(budget, tests: judge.testCount(readings, window: kind)),
      causes: causes(kind, range, version: version)
    )
    report.judgements = look.judgements
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
      readings += untreated(
        outcomeReadings(kind, range, mine.labels(in: range), key),
        kind,
        range,
        key
      )
    }
    if segment == nil, let coverage = coverage(kind, range) { readings.append(coverage) }
    return readings.map { reading in
      var labelled = reading
      labelled.segment = segment
      return labelled
    }
  }

  /// What labels tell of a window, and what is estimated before they come.
  private func outcomeReadings(
    _ kind: WindowSpec,
    _ range: TimeRange,
    _ labels: LabelProfile,
    _ key: ModelSeries.Key
  ) -> [Reading] {
    let decay = decays[key.version]
    let outage = decay?.outage(in: range)
    var readings = PerformanceRoster.readings(
      LabelledScores(
        labels,
        binning: binning.score,
        design: customers.design(key.version, kind)
      ),
      with: labelReferences[key]
    ).map { reading in
      var reading = reading
      if let outage, reading.obstacle == nil { reading.obstacle = .noData(outage) }
      return reading
    }
    if let estimates = estimates[key] { readings += estimates.readings(labels) }
    guard key.segment == nil, let decay else {
      return clustered(readings, kind, version: key.version)
    }
    let early = outage == nil ? decay.provisional(readings, range) : readings
    return clustered(early + decay.readings(range), kind, version: key.version)
  }

  /// The reference's profile: of the version itself where it was active then; else features are
  /// compared with all versions' rows, since they do not depend on the model, and scores with none.
  private func makeFeatureReference(
    _ key: ModelSeries.Key,
    _ slice: ReferenceSlice
  ) -> FeatureReference {
    if let rows = (training[key.version] ?? training[""])?[key.segment] {
      // Scores of training rows are too good: scores are compared with those of the first weeks.
      let scores = merged(still(key.version), versions: [key.version], segment: key.segment)
      return FeatureReference(features: rows, score: scores.rows > 0 ? scores : nil)
    }
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

  private func makeLabelReference(_ key: ModelSeries.Key) -> MeasuredReference? {
    guard let mine = series.series[key] else { return nil }
    var sum = LabelProfile(cellCount: binning.score.cellCount)
    for range in references.still(for: key.version) { sum.merge(mine.labels(in: range)) }
    // The first weeks of a version serve when they are mature.
    let isReady = sum.isMature || references.firstWeeks[key.version] == nil
    guard sum.predictions > 0, isReady else { return nil }
    let design = customers.effects[key.version]?.effects.reference
    return MeasuredReference(LabelledScores(sum, binning: binning.score, design: design))
  }
}
