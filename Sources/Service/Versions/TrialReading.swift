// SPDX-License-Identifier: Apache-2.0
import Experiments
import Profiles
import Retraining
import Scan
import Settings
import SourceTables
import Store

/// A challenger beside the champion, on predictions whose labels are final.
struct Trial: Sendable {
  let champion: String
  let challenger: String
  /// The predictions; their labels are final as of `asOf`.
  let range: TimeRange
  let asOf: Instant
  /// The share of customers that a list can hold; nil for the share that the champion flags.
  let capacity: Double?
  /// Of each interval.
  let confidence: Double
}

/// Reads what trials have shown.
struct TrialReading: Sendable {
  private let runtime: Runtime

  init(_ runtime: Runtime) { self.runtime = runtime }

  /// Values of a segment that are compared, those with most churners first.
  private static let levelsShown = 20

  /// Returns what a challenger's trial has shown.
  func evidence(of trial: Trial, _ source: Source) async throws -> TrialEvidence {
    let (champion, challenger) = (trial.champion, trial.challenger)
    let model = source.model
    let segments = model.segments
    runtime.progress.begin(.readingVersions, "reading \(champion) and \(challenger)")
    defer { runtime.progress.end() }
    let found = try await runtime.reader(source, dropsRepeats: false).pairs(
      trial.range,
      edges: model.grid.edges(covering: trial.range),
      asOf: trial.asOf,
      champion: champion,
      challenger: challenger,
      segments: segments
    )
    let capacity = trial.capacity ?? found.flaggedShare(model.decision)
    var evidence = TrialEvidence(
      champion: champion,
      challenger: challenger,
      range: trial.range,
      asOf: trial.asOf,
      capacity: capacity,
      confidence: trial.confidence
    )
    do {
      guard let comparison = try found.comparison(capacity: capacity) else {
        evidence.obstacle = "no final label of both versions is known"
        return evidence
      }
      evidence.measure(comparison, rows: found.isPaired ? found.both.labels.count : 0)
      let (first, second) =
        found.isPaired ? (found.both, found.both) : (found.championOnly, found.challengerOnly)
      evidence.measureCalibration(
        champion: try ScoredOutcomes(
          labels: first.labels,
          scores: first.champion,
          customers: first.customers
        ),
        challenger: try ScoredOutcomes(
          labels: second.labels,
          scores: second.challenger,
          customers: second.customers
        )
      )
      evidence.measure(
        segments: try segments.enumerated().flatMap { segment, name in
          try self.segments(found, segment, named: name, capacity: capacity)
        }
      )
    } catch let error as OutcomeError {
      evidence.obstacle = error.description
    }
    return evidence
  }

  /// Compares the versions within the values of a segment in which most churners are.
  private func segments(
    _ found: PairScanner,
    _ segment: Int,
    named name: String,
    capacity: Double
  ) throws -> [(name: String, ModelComparison?)] {
    let rows = found.isPaired ? found.both : found.challengerOnly
    var churners: [UInt32: Int] = [:]
    for (row, level) in rows.levels[segment].enumerated() where rows.labels[row] {
      churners[level, default: 0] += 1
    }
    let most = churners.filter { $0.value >= PromotionGate.fewestInSegment }
      .sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(Self.levelsShown)
    return try most.map { level, _ in
      let comparison = try found.comparison(capacity: capacity, in: (segment, level))
      return ("\(name) = \(found.levels[segment][Int(level)])", comparison)
    }
  }
}

extension PairScanner {
  /// The share of customers whom the champion's decisions flag: as configured, or above the newest
  /// threshold; a tenth where neither is known.
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
}
