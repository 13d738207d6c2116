// SPDX-License-Identifier: Apache-2.0
package import Profiles
import Statistics

/// Decides whether a challenger takes the champion's place: a function of what its trial has shown.
///
/// It evaluates all of the trial so far a few times, and shares the chance of an error among its
/// evaluations and, within one, among segments (C. Bonferroni, 1936).
package struct PromotionGate: Sendable, Hashable {
  /// The predictions of so long a time are evaluated, once their labels are final; at the second
  /// evaluation of twice that.
  package var trial = FixedDuration(days: 28)
  package var evaluations = 3
  /// The loss of recall that would not matter.
  package var margin = 0.02
  /// By how much observed and predicted churn may differ.
  package var calibration = 0.02

  /// Fewer churners show nothing.
  package static let fewestChurners = 50
  /// Fewer in a segment show nothing of it.
  package static let fewestInSegment = 20

  package init() {}

  /// How sure each evaluation is.
  package var confidence: Double { 1 - (1 - Confidence.standard) / Double(evaluations) }

  /// The predictions of an evaluation, by its number from 1.
  package func range(of evaluation: Int, since start: Instant) -> TimeRange? {
    TimeRange(
      from: start,
      to: start.advanced(by: FixedDuration(microseconds: trial.microseconds * Int64(evaluation)))
    )
  }

  package enum Decision: Sendable, Hashable {
    case promote(String)
    case reject(String)
    /// Nothing is decided yet; another evaluation follows.
    case extend(String)

    package var reason: String {
      switch self {
      case .promote(let reason), .reject(let reason), .extend(let reason): reason
      }
    }
  }

  /// What one condition says.
  private enum Answer {
    case passed(String), failed(String), open(String)
  }

  /// - `evaluation`: Its number, from 1.
  package func decide(_ evidence: TrialEvidence, evaluation: Int) -> Decision {
    var answers: [Answer] = []
    if let obstacle = evidence.obstacle {
      answers = [.open(obstacle)]
    } else if evidence.churners < Self.fewestChurners {
      answers = [
        .open("\(evidence.churners) customers left in its trial, \(Self.fewestChurners) are needed")
      ]
    } else {
      answers = [recall(evidence), calibration(evidence)] + evidence.segments.compactMap(segment)
    }
    let failed = answers.compactMap { if case .failed(let why) = $0 { why } else { nil } }
    if !failed.isEmpty { return .reject(failed.joined(separator: "; ")) }
    let open = answers.compactMap { if case .open(let why) = $0 { why } else { nil } }
    let passed = answers.compactMap { if case .passed(let why) = $0 { why } else { nil } }
    guard !open.isEmpty else { return .promote(passed.joined(separator: "; ")) }
    let reason = open.joined(separator: "; ")
    guard evaluation >= evaluations else { return .extend(reason) }
    return .reject("after \(evaluation) evaluations it is not shown to be no worse: \(reason)")
  }

  private func recall(_ evidence: TrialEvidence) -> Answer {
    guard let recall = evidence.recall else { return .open("recall cannot be measured") }
    let reason =
      "its list finds \(Self.percent(recall.challenger)) of \(evidence.churners) churners, the champion's "
      + "\(Self.percent(recall.champion)) (difference \(Self.points(recall)))"
    if recall.lower > -margin { return .passed(reason) }
    if recall.upper < 0 { return .failed("worse: " + reason) }
    return .open(
      "a loss of more than \(Self.percent(margin)) of recall is not ruled out: \(reason)"
    )
  }

  private func calibration(_ evidence: TrialEvidence) -> Answer {
    guard let level = evidence.calibration else { return .open("calibration cannot be measured") }
    let reason =
      "observed less predicted churn is \(Self.signed(level.challenger)) points "
      + "(\(Self.signed(level.lower)) to \(Self.signed(level.upper)))"
    if level.lower > calibration || level.upper < -calibration {
      return .failed("not calibrated: \(reason), \(Self.percent(calibration)) is allowed")
    }
    return abs(level.challenger) <= calibration ? .passed(reason) : .open(reason)
  }

  private func segment(_ segment: TrialEvidence.Segment) -> Answer? {
    guard let recall = segment.recall, recall.upper < -margin else { return nil }
    return .failed(
      "\(segment.name) is harmed: its list finds \(Self.percent(recall.challenger)) of \(segment.churners) churners "
        + "there, the champion's \(Self.percent(recall.champion)) (difference \(Self.points(recall)))"
    )
  }

  private static func percent(_ share: Double) -> String {
    "\((share * 1000).rounded() / 10) %"
  }

  private static func signed(_ share: Double) -> String {
    let value = (share * 1000).rounded() / 10
    return value >= 0 ? "+\(value)" : "\(value)"
  }

  private static func points(_ comparison: TrialEvidence.Comparison) -> String {
    "\(signed(comparison.difference)) points, \(signed(comparison.lower)) to \(signed(comparison.upper))"
  }
}
