// SPDX-License-Identifier: Apache-2.0
import Experiments
import Profiles
import Retraining
import Scan
import Settings
import Statistics
import Store
import YAMLSource

/// What challengers show on trial.
extension Monitor {
  /// Values of a segment that are looked at, those with most churners first.
  private static let levelsShown = 20

  /// Returns what a challenger's trial has shown.
  ///
  /// - `range`: The predictions looked at; their labels are final as of `asOf`.
  /// - `capacity`: The share of customers that a list can hold; nil for the share that the champion flags.
  func trial(
    _ source: Source,
    champion: String,
    challenger: String,
    _ range: TimeRange,
    asOf: Instant,
    capacity: Double?,
    confidence: Double
  ) async throws -> TrialEvidence {
    let model = source.model
    let segments = model.segments.map(\.value)
    progress.begin("reading \(champion) and \(challenger)")
    defer { progress.end() }
    let found = try await reader(source, dropsRepeats: false).pairs(
      range,
      edges: model.grid.edges(covering: range),
      asOf: asOf,
      champion: champion,
      challenger: challenger,
      segments: segments
    )
    let capacity = capacity ?? found.flaggedShare(model.decision)
    var evidence = TrialEvidence(
      champion: champion,
      challenger: challenger,
      range: range,
      asOf: asOf,
      capacity: capacity,
      confidence: confidence
    )
    do {
      guard let comparison = try found.comparison(capacity: capacity) else {
        evidence.obstacle = "no final label of both versions is known"
        return evidence
      }
      evidence.isPaired = comparison.isPaired
      evidence.rows = comparison.isPaired ? found.both.labels.count : 0
      evidence.churners = comparison.churners
      evidence.customers = comparison.churners + comparison.others
      evidence.recall = comparison[.recallAtCapacity].comparison(confidence)
      evidence.auc = comparison[.auc].comparison(confidence)
      evidence.calibration = try found.calibration(confidence)
      for (segment, name) in segments.enumerated() {
        evidence.segments += try self.segments(found, segment, name, evidence)
      }
      // All segments of a look share its chance of an error.
      let looked = evidence.segments.count { $0.recall != nil }
      if looked > 1 {
        let each = 1 - (1 - confidence) / Double(looked)
        let factor =
          Normal.halfWidth(confidence: each) / Normal.halfWidth(confidence: confidence)
        for index in evidence.segments.indices {
          evidence.segments[index].recall = evidence.segments[index].recall?.widened(by: factor)
        }
      }
    } catch let error as OutcomeError {
      evidence.obstacle = error.description
    }
    return evidence
  }

  private func segments(
    _ found: PairScanner,
    _ segment: Int,
    _ name: String,
    _ whole: TrialEvidence
  ) throws -> [TrialEvidence.Segment] {
    let rows = found.isPaired ? found.both : found.challengerOnly
    var churners: [UInt32: Int] = [:]
    for (row, level) in rows.levels[segment].enumerated() where rows.labels[row] {
      churners[level, default: 0] += 1
    }
    let most = churners.filter { $0.value >= PromotionGate.fewestInSegment }
      .sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(Self.levelsShown)
    return try most.map { level, count in
      let comparison = try found.comparison(capacity: whole.capacity, in: (segment, level))
      // Rows of one customer are one churner.
      let churners = min(count, comparison?.churners ?? 0)
      let isEnough = churners >= PromotionGate.fewestInSegment
      return TrialEvidence.Segment(
        name: "\(name) = \(found.levels[segment][Int(level)])",
        churners: churners,
        recall: isEnough ? comparison?[.recallAtCapacity].comparison(whole.confidence) : nil
      )
    }
  }
}

extension ComparedMetric {
  /// The two values with the interval of their difference; nil where they could not be compared.
  fileprivate func comparison(_ confidence: Double) -> TrialEvidence.Comparison? {
    guard let found = difference else { return nil }
    let interval = Interval(
      estimate: found.difference,
      standardError: found.standardError,
      confidence: confidence
    )
    return TrialEvidence.Comparison(
      champion: found.champion,
      challenger: found.challenger,
      lower: interval.lower,
      upper: interval.upper
    )
  }
}

extension TrialEvidence.Comparison {
  fileprivate func widened(by factor: Double) -> TrialEvidence.Comparison {
    TrialEvidence.Comparison(
      champion: champion,
      challenger: challenger,
      lower: difference - factor * (difference - lower),
      upper: difference + factor * (upper - difference)
    )
  }
}

extension PairScanner {
  /// The share of customers whom the champion's decisions flag: as configured, or above the newest threshold; a tenth
  /// where neither is known.
  fileprivate func flaggedShare(_ decision: Decision) -> Double {
    let usual = 0.1
    switch decision {
    case .top(let share): return share > 0 && share < 1 ? share : usual
    case .column: return usual
    case .thresholds(let dated):
      let scores = both.champion + championOnly.champion
      guard let threshold = dated.last?.value, !scores.isEmpty else { return usual }
      let share = Double(scores.count { $0 >= threshold }) / Double(scores.count)
      return share > 0 && share < 1 ? share : usual
    }
  }

  /// Observed less predicted churn of both versions, with the interval of the challenger's.
  fileprivate func calibration(_ confidence: Double) throws -> TrialEvidence.Comparison? {
    let (first, second) = isPaired ? (both, both) : (championOnly, challengerOnly)
    let champion = try ScoredOutcomes(
      labels: first.labels,
      scores: first.champion,
      customers: first.customers
    )
    let challenger = try ScoredOutcomes(
      labels: second.labels,
      scores: second.challenger,
      customers: second.customers
    )
    guard let mine = challenger.calibrationGap, let theirs = champion.calibrationGap else {
      return nil
    }
    let interval = Interval(
      estimate: mine.value,
      standardError: mine.standardError,
      confidence: confidence
    )
    return TrialEvidence.Comparison(
      champion: theirs.value,
      challenger: mine.value,
      lower: interval.lower,
      upper: interval.upper
    )
  }
}
