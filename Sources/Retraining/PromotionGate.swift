// SPDX-License-Identifier: Apache-2.0
package import Profiles
import Statistics

/// Decides whether a challenger takes the champion's place: a function of what its trial has shown.
///
/// It looks a few times, each time at all of the trial so far, and shares the chance of an error among its looks and,
/// within a look, among segments (C. Bonferroni, 1936).
package struct PromotionGate: Sendable, Hashable {
  /// The predictions of so long a time are looked at, once their labels are final; at the second look of twice that.
  package var trial = FixedDuration(days: 28)
  package var looks = 3
  /// The loss of recall that would not matter.
  package var margin = 0.02
  /// By how much observed and predicted churn may differ.
  package var calibration = 0.02

  /// Fewer churners tell nothing.
  package static let fewestChurners = 50
  /// Fewer in a segment tell nothing of it.
  package static let fewestInSegment = 20

  package init() {}

  /// How sure each look is.
  package var confidence: Double { 1 - (1 - Confidence.standard) / Double(looks) }

  /// The predictions that a look is about, by its number from 1.
  package func range(of look: Int, since start: Instant) -> TimeRange? {
    TimeRange(
      from: start,
      to: start.advanced(by: FixedDuration(microseconds: trial.microseconds * Int64(look)))
    )
  }

  package enum Decision: Sendable, Hashable {
    case promote(String)
    case reject(String)
    /// Nothing is decided yet; another look follows.
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

  /// - `look`: Its number, from 1.
  package func decide(_ evidence: TrialEvidence, look: Int) -> Decision {
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
    let words = open.joined(separator: "; ")
    return look < looks
      ? .extend(words) : .reject("after \(look) looks it is not shown to be no worse: \(words)")
  }

  private func recall(_ evidence: TrialEvidence) -> Answer {
    guard let recall = evidence.recall else { return .open("recall cannot be measured") }
    let words =
      "its list finds \(Self.percent(recall.challenger)) of \(evidence.churners) churners, the champion's "
      + "\(Self.percent(recall.champion)) (difference \(Self.points(recall)))"
    if recall.lower > -margin { return .passed(words) }
    if recall.upper < 0 { return .failed("worse: " + words) }
    return .open("a loss of more than \(Self.percent(margin)) of recall is not ruled out: \(words)")
  }

  private func calibration(_ evidence: TrialEvidence) -> Answer {
    guard let level = evidence.calibration else { return .open("calibration cannot be measured") }
    let words =
      "observed less predicted churn is \(Self.signed(level.challenger)) points "
      + "(\(Self.signed(level.lower)) to \(Self.signed(level.upper)))"
    if level.lower > calibration || level.upper < -calibration {
      return .failed("not calibrated: \(words), \(Self.percent(calibration)) is allowed")
    }
    return abs(level.challenger) <= calibration ? .passed(words) : .open(words)
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
