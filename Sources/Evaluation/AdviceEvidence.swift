// SPDX-License-Identifier: Apache-2.0
package import Alerting
import Checks
import Profiles
import Statistics

extension Evaluator {
  /// Adds to evaluations what to do about each version that is in use.
  ///
  /// - Parameters:
  ///   - evaluations: Of one history.
  ///   - history: What they were made from.
  ///   - alerts: The model's alerts as they stand after the evaluations; nil where none are kept.
  /// - Complexity: O(versions · buckets · bins).
  package func advise(
    _ evaluations: inout [VersionEvaluation],
    _ history: ModelHistory,
    alerts: [Alert]?
  ) {
    let inUse = Set(
      history.plan.windows.flatMap { kind in
        history.plan.grid.lastWindow(kind, endingBy: history.closed)
          .map(history.activity.versions) ?? []
      }
    )
    for index in evaluations.indices {
      let version = evaluations[index].version
      // A version that was replaced needs nothing any more.
      guard !evaluations[index].windows.isEmpty, inUse.isEmpty || inUse.contains(version) else {
        continue
      }
      let mine = alerts?.filter { $0.key.version == version }
      let chosen = Self.newest(evaluations[index].windows)
      evaluations[index].advice =
        Adviser(
          chosen.map { Adviser.Window(kind: $0.kind, range: $0.range, findings: $0.findings) },
          alerts: mine,
          rules: rules.rules,
          AdviceEvidence(history, version: version).evidence(chosen)
        ).advice()
    }
  }

  /// The newest window of each kind, and the newest whose labels are mature.
  private static func newest(_ windows: [WindowEvaluation]) -> [WindowEvaluation] {
    var chosen: [WindowEvaluation] = []
    for kind in Set(windows.map(\.kind)) {
      let mine = windows.filter { $0.kind == kind }.sorted { $0.range.to < $1.range.to }
      if let newest = mine.last { chosen.append(newest) }
      if let mature = mine.last(where: \.isMature), mature.range != mine.last?.range {
        chosen.append(mature)
      }
    }
    return chosen.sorted {
      ($1.range.to.microseconds, $0.kind.days, $0.range.from)
        < ($0.range.to.microseconds, $1.kind.days, $1.range.from)
    }
  }
}

/// What advice on one version rests on besides its alerts.
struct AdviceEvidence {
  let history: ModelHistory
  let version: String

  init(_ history: ModelHistory, version: String) {
    self.history = history
    self.version = version
  }

  private var binning: Binning { history.series.binning }

  private func series(_ version: String) -> WindowSeries? {
    history.series.series[ModelSeries.Key(version: version, segment: nil)]
  }

  private func labels(_ version: String, _ ranges: [TimeRange]) -> LabelProfile {
    var sum = LabelProfile(binCount: binning.score.binCount)
    for range in ranges { if let mine = series(version) { sum.merge(mine.labels(in: range)) } }
    return sum
  }

  private func buckets(_ version: String, _ ranges: [TimeRange]) -> [LabelProfile] {
    ranges.flatMap { series(version)?.labelBuckets(in: $0) ?? [] }
  }

  func evidence(_ windows: [WindowEvaluation]) -> Adviser.Evidence {
    var evidence = Adviser.Evidence()
    evidence.issues = history.issues.filter(\.kind.breaksFeature).map {
      "\($0.subject): \($0.message)"
    }
    evidence.horizon = history.plan.horizon ?? .zero
    evidence.map = map(windows)
    evidence.order = order(windows)
    evidence.predecessor = predecessor()
    evidence.abrupt = abrupt(windows)
    return evidence
  }

  /// The order since the decay began: since the first alarm that lasts, else of the newest window
  /// whose labels are mature.
  private func order(_ windows: [WindowEvaluation]) -> OrderEvidence? {
    let alarms = windows.flatMap(\.findings).compactMap(\.reading.detector?.alarm)
      .filter { $0.until == nil }
    let mature = windows.filter(\.isMature).max { $0.range.to < $1.range.to }
    guard let since = alarms.map(\.since).min() ?? mature?.range.from,
      let range = TimeRange(from: since, to: max(since, history.closed))
    else { return nil }
    return OrderEvidence(
      buckets(version, [range]),
      against: buckets(version, history.references.still(for: version)),
      binning.score,
      prevalence: prevalence(version)
    )
  }

  /// A version that took over lately is compared with the last two months of the one before.
  private func predecessor() -> (version: String, order: OrderEvidence)? {
    let starts = history.activity.starts
    guard let start = starts[version],
      history.closed <= start.advanced(by: FixedDuration(days: Self.trialDays)),
      let before = starts.filter({ $0.value < start }).max(by: { $0.value < $1.value })?.key,
      let theirs = TimeRange(
        from: start.advanced(by: -FixedDuration(days: Self.comparedDays)),
        to: start
      ),
      let mine = TimeRange(from: start, to: max(start, history.closed)),
      let order = OrderEvidence(
        buckets(version, [mine]),
        against: buckets(before, [theirs]),
        binning.score,
        prevalence: prevalence(before)
      )
    else { return nil }
    return (before, order)
  }

  /// The share of customers who churn, by the labels of a version's reference.
  private func prevalence(_ version: String) -> Double {
    let reference = labels(version, history.references.still(for: version))
    guard reference.labelled > 0 else { return 0 }
    return Double(reference.positives) / Double(reference.labelled)
  }

  /// Days in which a version that took over may be rolled back, and days of the one before with
  /// which it is compared.
  static let (trialDays, comparedDays) = (120, 60)

  /// Missing and new values that rose from one bucket to the next: a jump by a tenth of the rows
  /// that is most of what there is.
  private func abrupt(_ windows: [WindowEvaluation]) -> Set<Advice.Cause> {
    guard let longest = windows.max(by: { $0.range.from > $1.range.from }),
      let range = TimeRange(from: longest.range.from, to: history.closed),
      let mine = series(version)
    else { return [] }
    let offsets = binning.offsets
    let profiles = mine.profiles(in: range)
    var found: Set<Advice.Cause> = []
    for (index, feature) in binning.features.enumerated() {
      let counts = profiles.map { $0.feature(index, of: binning, offsets: offsets) }
      let rows = counts.map { Double(max(1, $0.rows)) }
      if Self.jumps(counts.map { Double($0.missing) }, rows) {
        found.insert(Advice.Cause(.missing, of: feature.name))
      }
      guard case .category(let bins) = feature.kind else { continue }
      if Self.jumps(counts.map { Double($0.counts[bins.new]) }, rows) {
        found.insert(Advice.Cause(.newValues, of: feature.name))
      }
    }
    return found
  }

  /// Whether a share rises somewhere from one bucket to the next by more than a tenth and by four
  /// standard errors, to more than three quarters of what it is now.
  private static func jumps(_ counts: [Double], _ rows: [Double]) -> Bool {
    func share(_ range: Range<Int>) -> (share: Double, rows: Double) {
      let all = range.reduce(0) { $0 + rows[$1] }
      return (range.reduce(0) { $0 + counts[$1] } / max(1, all), all)
    }
    guard counts.count >= 2 else { return false }
    let level = share((counts.count - min(3, counts.count - 1))..<counts.count).share
    return counts.indices.dropFirst().contains { cut in
      let before = share(max(0, cut - 3)..<cut)
      let after = share(cut..<min(cut + 2, counts.count))
      let jump = after.share - before.share
      let mean =
        (before.share * before.rows + after.share * after.rows) / (before.rows + after.rows)
      let error = (mean * (1 - mean) * (1 / before.rows + 1 / after.rows)).squareRoot()
      return jump > 0.1 && jump > 4 * error && after.share > 0.75 * level
    }
  }

  /// The map that would put the scores right: by the labels since an alarm, else by mature ones.
  private func map(_ windows: [WindowEvaluation]) -> RecalibrationMap? {
    let own = labels(version, history.references.still(for: version))
    let reference = own.predictions > 0 ? LabelledScores(own, binning: binning.score) : nil
    if let shift = history.decays[version]?.shift {
      return Recalibration.map(
        reference,
        shift: (shift.level, shift.slope, shift.gain, shift.rows),
        basis: shift.basis
      )
    }
    guard let mature = windows.filter(\.isMature).max(by: { $0.range.to < $1.range.to }) else {
      return nil
    }
    return Recalibration.map(
      LabelledScores(labels(version, [mature.range]), binning: binning.score),
      basis: "predictions with mature labels"
    )
  }
}
