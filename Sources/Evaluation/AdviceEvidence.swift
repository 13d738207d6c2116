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
          AdviceEvidence(history, version: version)
            .evidence(chosen, bad: bad(chosen, mine))
        ).advice()
    }
  }

  /// The checks that are bad, or were when their alert began: only of these do causes and remedies
  /// matter.
  private func bad(_ windows: [WindowEvaluation], _ alerts: [Alert]?) -> Set<CheckName> {
    let checks = Dictionary(rules.rules.map { ($0.name, $0.condition.check) }) { first, _ in first }
    let firing = alerts?.filter { $0.state == .firing }.compactMap { checks[$0.key.rule] }
    let found = windows.flatMap(\.findings).filter(\.verdict.isBad).map(\.reading.check)
    return Set((firing ?? []) + found)
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

  private func buckets(_ version: String, _ ranges: [TimeRange]) -> [OrderEvidence.Bucket] {
    let horizon = history.plan.horizon ?? .zero
    return ranges.flatMap { range in
      series(version)?.labelBuckets(in: range).map { bucket, labels in
        let middle = (bucket.from.microseconds + bucket.to.microseconds) / 2
        let age = FixedDuration(microseconds: history.labelsUntil.microseconds - middle)
        return OrderEvidence.Bucket(labels, age: age < horizon ? age : nil)
      } ?? []
    }
  }

  private func ages(_ version: String) -> OrderByAge? {
    guard let horizon = history.plan.horizon, let decay = history.decays[version] else {
      return nil
    }
    let ranges = history.references.still(for: version)
    guard let end = ranges.map(\.to).max() else { return nil }
    let known = FixedDuration(
      microseconds: history.labelsUntil.microseconds - end.microseconds
    )
    return OrderByAge(
      decay.all.filter { cohort in ranges.contains { $0.contains(cohort.range) } },
      knownTo: known,
      horizon: horizon
    )
  }

  func evidence(_ windows: [WindowEvaluation], bad: Set<CheckName>) -> Adviser.Evidence {
    var evidence = Adviser.Evidence()
    evidence.issues = history.issues.filter(\.kind.breaksFeature).map {
      "\($0.subject): \($0.message)"
    }
    evidence.horizon = history.plan.horizon ?? .zero
    if bad.contains(where: { [.lostRanking, .lostMeaning].contains($0.definition.symptom) }) {
      evidence.maps = maps(windows)
      evidence.order = order(windows)
    }
    evidence.predecessor = predecessor()
    if bad.contains(where: { $0.definition.kind == .dataDrift || $0 == .scorePSI }) {
      evidence.jumps = jumps(windows)
    }
    return evidence
  }

  /// The order since each alarm that lasts, and in the newest window whose labels are mature.
  ///
  /// Lost in one of them is lost: good months before hide it in the others.
  private func order(_ windows: [WindowEvaluation]) -> OrderEvidence? {
    let alarms = windows.flatMap(\.findings).compactMap(\.reading.detector?.alarm)
      .filter { $0.until == nil }.map(\.since)
    let longest = windows.map(\.kind.days).max() ?? 0
    let mature = windows.filter { $0.isMature && $0.kind.days == longest }
    let end = end(windows)
    let spans =
      alarms.compactMap { TimeRange(from: $0, to: max($0, end)) } + mature.map(\.range)
      + mature.compactMap { TimeRange(from: $0.range.from, to: max($0.range.from, end)) }
    let reference = buckets(version, history.references.still(for: version))
    let ages = ages(version)
    let found = Set(spans).compactMap { span in
      OrderEvidence(
        buckets(version, [span]),
        against: reference,
        binning.score,
        prevalence: prevalence(version),
        ages: ages
      )
    }
    let lost = found.filter { $0.answer == .lost }
    return (lost.isEmpty ? found : lost).max { $0.churners < $1.churners }
  }

  /// The end of what is evaluated: of all that is closed, unless the windows end in the past.
  private func end(_ windows: [WindowEvaluation]) -> Instant {
    let newest = windows.max { $0.range.to < $1.range.to }
    guard let newest,
      newest.range.to.advanced(by: FixedDuration(days: newest.kind.days)) <= history.closed
    else {
      return history.closed
    }
    return newest.range.to
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
        prevalence: prevalence(before),
        ages: ages(before)
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

  /// Why missing and new values rose from one bucket to the next: a jump by a tenth of the rows
  /// that is most of what there is; and by `psi`, which columns changed as a whole.
  private func jumps(_ windows: [WindowEvaluation]) -> [Advice.Cause: Adviser.Jump] {
    guard let longest = windows.max(by: { $0.range.from > $1.range.from }),
      let range = TimeRange(from: longest.range.from, to: history.closed),
      let mine = series(version)
    else { return [:] }
    let offsets = binning.offsets
    let profiles = mine.profiles(in: range)
    let jumps = FeatureJumps(
      binning.features.indices.map { index in
        profiles.map { $0.feature(index, of: binning, offsets: offsets) }
      }
    )
    var found: [Advice.Cause: Adviser.Jump] = [:]
    for (index, feature) in binning.features.enumerated() {
      func add(_ check: CheckName, _ count: (FeatureCounts) -> Int) {
        found[Advice.Cause(check, of: feature.name)] = jumps.reason(index, count).map {
          switch $0 {
          case .fault: .fault
          case .customers(let movers): .customers(movers.map { binning.features[$0].name })
          }
        }
      }
      add(.missing) { $0.missing }
      if jumps.isSharp(index) { found[Advice.Cause(.psi, of: feature.name)] = .fault }
      guard case .category(let bins) = feature.kind else { continue }
      add(.newValues) { $0.counts[bins.new] }
    }
    let scores = FeatureJumps([
      profiles.map { $0.feature(binning.features.count, of: binning, offsets: offsets) }
    ])
    if scores.isSharp(0) { found[Advice.Cause(.psi, of: Subject.scoreName)] = .fault }
    return found
  }

  /// Maps as they were tried since the calibration decayed: since its alarm, else in the newest
  /// window whose labels are mature.
  private func maps(_ windows: [WindowEvaluation]) -> Adviser.Maps? {
    let alarm = windows.flatMap(\.findings).filter { $0.reading.check == .calibrationDecay }
      .compactMap(\.reading.detector?.alarm).first { $0.until == nil }
    let mature = windows.filter(\.isMature).max { $0.range.to < $1.range.to }
    guard let decay = history.decays[version],
      let since = alarm?.since ?? mature?.range.from,
      let tried = decay.maps(since: since)
    else { return nil }
    guard case .helps(let gain, _) = tried.answer, let found = decay.shift(since: since) else {
      return .none(tried.obstacle ?? "no map could be fitted")
    }
    let own = labels(version, history.references.still(for: version))
    let map = Recalibration.map(
      own.predictions > 0 ? LabelledScores(own, binning: binning.score) : nil,
      shift: (found.shift.level, found.shift.slope),
      gain: gain,
      rows: found.rows,
      basis: found.basis
    )
    return map.map(Adviser.Maps.helpful) ?? .none("no map could be fitted")
  }
}
