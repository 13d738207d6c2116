// SPDX-License-Identifier: Apache-2.0
import Alerting
import Checks
import Profiles

/// Measures windows against their reference and applies the rules to the readings.
///
/// A reading is made in this order, and each stage may only restrict what the one before said: its
/// value and reference; what outages of the label feed hide; what is expected before labels are
/// final; intervals as wide as repeated customers make them; what a campaign confounds; its
/// segment.
struct Measurement {
  let history: ModelHistory
  let rules: RuleEvaluator
  private(set) var featureReferences: [ModelSeries.Key: FeatureReference] = [:]
  private(set) var labelReferences: [ModelSeries.Key: MeasuredReference] = [:]
  private var estimates: [ModelSeries.Key: Estimates] = [:]
  /// How much the reference's own windows of a kind differ, by feature, the score's last.
  private(set) var spreads: [ModelSeries.Key: [WindowSpec: [ReferenceSpread?]]] = [:]
  /// Rows by local day, of the buckets that are loaded, and of all by version.
  let dayCounts: [ModelSeries.Key: [Int: Int]]
  let pace: [String: [Int: Int]]
  /// How much the reference's own windows of a kind differ in performance.
  private(set) var seasons: [ModelSeries.Key: [WindowSpec: [CheckName: Seasons]]] = [:]
  /// How features are gathered into groups, and what is known by them.
  let groups: GroupLayout
  private(set) var analyses: [String: [WindowSpec: CauseAnalysis]] = [:]

  /// What a version's features, and its scores, are compared with.
  struct FeatureReference {
    let features: FeatureProfile?
    let score: FeatureProfile?
  }

  /// A measurement of a history; the references are merged once, for all windows.
  ///
  /// - Parameters:
  ///   - history: What is known.
  ///   - rules: The rules that are applied.
  ///   - kinds: The kinds of window that will be measured.
  /// - Complexity: O(versions · segments · (buckets · bins + kinds · windows · bins)).
  init(_ history: ModelHistory, _ rules: RuleEvaluator, kinds: [WindowSpec]) {
    self.history = history
    self.rules = rules
    groups = GroupLayout(history.series.binning)
    let calendar = history.plan.grid.calendar
    dayCounts = history.series.series.mapValues { $0.rowsByDay(calendar) }
    pace = history.activity.rowsByDay(calendar)
    for key in series.series.keys {
      featureReferences[key] = makeFeatureReference(key, still(key.version))
      labelReferences[key] = makeLabelReference(key)
      estimates[key] = labelReferences[key].flatMap {
        Estimates($0.scores, binning: binning.score)
      }
      for kind in kinds {
        spreads[key, default: [:]][kind] = makeSpreads(key, kind)
        seasons[key, default: [:]][kind] = makeSeasons(key, kind)
      }
    }
    analyses = makeAnalyses(kinds)
  }

  var series: ModelSeries { history.series }
  var references: ReferenceRanges { history.references }
  var decays: [String: VersionDecay] { history.decays }
  var customers: CustomerStatistics { history.customers }
  var binning: Binning { series.binning }

  /// Returns the evaluation of one window of one version.
  func window(_ choice: WindowChoice) -> WindowEvaluation {
    let (kind, range, version) = (choice.kind, choice.range, choice.version)
    let readings = series.segments(of: version).flatMap {
      self.readings(kind, range, version: version, segment: $0)
    }
    // Versions that score at the same time share the model's budget.
    let active = series.versions.count {
      series.series[ModelSeries.Key(version: $0, segment: nil)]?.hasRows(in: range) ?? false
    }
    let budget = history.plan.budget(kind).shared(by: active)
    let outcome = rules.evaluate(readings, window: kind, budget: budget)
    let all = series.series[ModelSeries.Key(version: version, segment: nil)]
    let labels = all?.labels(in: range)
    var evaluation = WindowEvaluation(
      kind: kind,
      range: range,
      calendar: history.plan.grid.calendar,
      rows: all?.features(in: range).rows ?? 0,
      labelled: labels?.labelled ?? 0,
      isMature: (labels?.predictions ?? 0) > 0 && labels?.isMature ?? false,
      findings: outcome.findings,
      errors: TestLevels(budget, tests: rules.testCount(readings, window: kind)),
      causes: causes(kind, range, version: version)
    )
    evaluation.ruleFindings = outcome.ruleFindings
    evaluation.reference = references.slice(kind, range, version: version).ranges
    return evaluation
  }

  /// Returns all readings of one version and segment in a window, in the order in which they are
  /// printed: volume, each feature, the score, outcomes, coverage.
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
    var readings = [volume(in: range, of: key, against: slice)]
    let offsets = binning.offsets
    for index in 0...binning.features.count {
      let isScore = index == binning.features.count
      let counts = features.feature(index, of: binning, offsets: offsets)
      let theirs = (isScore ? reference?.score : reference?.features)?
        .feature(index, of: binning, offsets: offsets)
      let found = DriftMeasures.readings(
        counts,
        with: theirs,
        in: driftContext(key, kind, feature: index),
        absence: history.absences[counts.binning.name]
      )
      readings += found.map { reading in
        guard reading.mayHaveOtherUnit, let theirs else { return reading }
        return noting(
          mine.profiles(in: range).map { $0.feature(index, of: binning, offsets: offsets) },
          theirs,
          in: reading
        )
      }
    }
    if history.plan.hasOutcomes {
      readings += untreated(
        outcomeReadings(kind, in: range, mine.labels(in: range), of: key),
        kind,
        in: range,
        of: key
      )
    }
    if segment == nil, let coverage = coverage(kind, range) { readings.append(coverage) }
    let scores = features.feature(binning.features.count, of: binning, offsets: offsets)
    let noScore = ScoreRecognition.reason(scores)
    return readings.map { reading in
      var labelled = reading
      labelled.segment = segment
      if let noScore, reading.restsOnScores { labelled.obstacle = .noData(noScore) }
      return labelled
    }
  }

  /// Notes another unit that began or ended inside the window.
  private func noting(
    _ buckets: [FeatureCounts],
    _ reference: FeatureCounts,
    in reading: Reading
  ) -> Reading {
    guard let found = UnitChange.factor(inPartOf: buckets, reference) else { return reading }
    var noted = reading
    noted.noteUnit(found.factor, extent: " in \(found.buckets) of \(buckets.count) buckets")
    return noted
  }

  /// Returns what labels say of a window, and what is estimated before they come.
  ///
  /// - Parameters:
  ///   - kind: Whose design effects widen the intervals.
  ///   - range: The window.
  ///   - labels: What is known of its predictions.
  ///   - key: Detectors watch all rows together: segments have no readings of theirs.
  /// - Returns: Readings without their segment.
  private func outcomeReadings(
    _ kind: WindowSpec,
    in range: TimeRange,
    _ labels: LabelProfile,
    of key: ModelSeries.Key
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
    readings = seasonal(readings, kind, of: key)
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
    if let rows = (history.training[key.version] ?? history.training[""])?[key.segment] {
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
    ReferenceSlice(
      ranges: references.still(for: version),
      weekdays: nil,
      calendar: history.plan.grid.calendar
    )
  }

  private func merged(
    _ slice: ReferenceSlice,
    versions: [String],
    segment: String?
  ) -> FeatureProfile {
    var sum = FeatureProfile(binCount: binning.binCount)
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
    var sum = LabelProfile(binCount: binning.score.binCount)
    for range in references.still(for: key.version) { sum.merge(mine.labels(in: range)) }
    // The first weeks of a version serve when they are mature.
    let isReady = sum.isMature || references.firstWeeks[key.version] == nil
    guard sum.predictions > 0, isReady else { return nil }
    let design = customers.effects[key.version]?.effects.reference
    return MeasuredReference(LabelledScores(sum, binning: binning.score, design: design))
  }
}

extension TestLevels {
  init(_ budget: ErrorBudget, tests: Int) {
    self.init(
      falseAlertsPerMonth: budget.falseAlertsPerMonth,
      tests: tests,
      evaluationsPerMonth: budget.evaluationsPerMonth,
      alpha: budget.level(tests: tests)
    )
  }
}

extension Reading {
  /// Whether it means nothing where scores are no probabilities.
  fileprivate var restsOnScores: Bool {
    switch check {
    case .outOfRange, .missing, .volume, .coverage, .labelFeed, .prevalence: false
    default: subject == Subject.scoreName || subject == Subject.outcomeName
    }
  }
}
