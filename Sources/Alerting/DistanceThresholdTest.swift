// SPDX-License-Identifier: Apache-2.0
import Checks
import Statistics

/// Asks whether a divergence is drift: two questions, of which both must be answered with yes.
///
/// (a) Is this window's own population beyond the tolerance, by sampling error alone? Two laws must
/// agree: the noncentral χ² at the tolerance, which is right for many small groups, and the delta
/// method's normal law, without which skewed groups alarm up to 15 % at the boundary.
/// (b) Is it beyond what the reference's own windows show among themselves? Where there are fewer
/// than four of them, (a) alone decides at tolerances of action, and smaller ones stay undecided.
struct DistanceThresholdTest {
  let tolerance: Double
  let alpha: Double

  /// A quiet answer means something only when a shift this many times the tolerance would have
  /// been seen with 80 % chance: from 0.1, the usual level of concern, to 0.25, that of action.
  static let detectableLimit = 2.5

  /// From this tolerance on, the usual level of action, a window that exceeds it is drift although
  /// the reference is too short to show what is usual.
  static let actionTolerance = 0.25

  /// The chance of a value as large where the true one is at the tolerance; nil where the reading
  /// has no law or the condition no tolerance.
  static func p(_ reading: Reading, _ condition: Condition) -> Double? {
    guard let value = reading.value, let law = reading.law, reading.obstacle == nil,
      case .above(let tolerance) = condition.test
    else { return nil }
    let normal = Normal.upperTail((value - tolerance) / max(law.standardError, 1e-300))
    return max(normal, law.p(value, tolerance: tolerance))
  }

  /// Returns the answer, and adds the smallest detectable shift to the reading's details.
  func outcome(
    of value: Double,
    under law: SamplingLaw,
    _ reading: inout Reading,
    _ thresholds: inout LawThresholds
  ) -> Outcome {
    let normal = tolerance + Normal.quantile(1 - alpha) * law.standardError
    let threshold = max(thresholds.threshold(law, tolerance: tolerance, alpha: alpha), normal)
    let detectable = law.smallestDetectable(threshold: threshold)
    reading.details += [
      Reading.Detail("smallest_detectable", detectable), Reading.Detail("alpha", alpha),
    ]
    // The side with fewer rows is the one that hides a shift.
    let isReferenceWeak = reading.sample.reference.map { $0 < reading.sample.current } ?? false
    let name = reading.check.rawValue.uppercased()
    let shown = "\(name) \(NumberText.text(value))"
    let level = NumberText.text(tolerance)
    let sample = NumberText.grouped(reading.sample.current)
    if value > threshold {
      return exceeding(reading, value, shown: shown, threshold: threshold)
    }
    if value > tolerance {
      return Outcome(
        answer: isReferenceWeak ? .weakReference : .unclear,
        threshold: threshold,
        reason: "\(shown) is above the tolerance \(level), but \(sample) rows can show up to "
          + "\(NumberText.text(threshold)) by chance"
      )
    }
    guard detectable <= tolerance * Self.detectableLimit else {
      let weak = reading.sample.reference.map { NumberText.grouped($0) } ?? "no"
      return Outcome(
        answer: isReferenceWeak ? .weakReference : .unclear,
        threshold: threshold,
        reason:
          "\(shown); with \(isReferenceWeak ? "\(weak) rows in the reference" : "\(sample) rows") "
          + "only shifts above \(NumberText.text(detectable)) can be seen"
      )
    }
    return Outcome(
      answer: .within,
      threshold: threshold,
      reason: "\(shown) is within the tolerance \(level)"
    )
  }
}

extension DistanceThresholdTest {
  /// The answer on a value that is beyond the tolerance by more than sampling error: what the
  /// reference's own windows say of it.
  private func exceeding(
    _ reading: Reading,
    _ value: Double,
    shown: String,
    threshold: Double
  ) -> Outcome {
    let level = NumberText.text(tolerance)
    let sample = NumberText.grouped(reading.sample.current)
    let beyond =
      "\(shown) exceeds the tolerance \(level) by more than chance allows for \(sample) rows "
      + "(\(NumberText.text(threshold)))"
    guard let usual = reading.spread else {
      let isDecided = tolerance >= Self.actionTolerance
      return Outcome(
        answer: isDecided ? .beyond : .weakReference,
        threshold: threshold,
        reason: beyond
          + (isDecided
            ? "; the reference is shorter than four such windows, which would say what is usual"
            : ", but the reference is shorter than four such windows: what is usual is not known")
      )
    }
    guard value > usual.threshold else {
      return Outcome(
        answer: .weakReference,
        threshold: usual.threshold,
        reason:
          "\(shown) exceeds the tolerance \(level), but the reference's own windows differ as "
          + "much: up to \(NumberText.text(usual.threshold)) is usual"
      )
    }
    return Outcome(answer: .beyond, threshold: max(threshold, usual.threshold), reason: beyond)
  }
}

/// The χ² thresholds of one evaluation, in which most features have the same law: a quantile of the
/// noncentral law takes longer than all else.
struct LawThresholds {
  private struct Key: Hashable {
    let scale: Double
    let degrees: Double
    let tolerance: Double
    let alpha: Double
  }

  private var known: [Key: Double] = [:]

  mutating func threshold(_ law: SamplingLaw, tolerance: Double, alpha: Double) -> Double {
    let key = Key(
      scale: law.scale,
      degrees: law.degreesOfFreedom,
      tolerance: tolerance,
      alpha: alpha
    )
    if let known = known[key] { return known + law.excess }
    let threshold = law.threshold(tolerance: tolerance, alpha: alpha)
    known[key] = threshold - law.excess
    return threshold
  }
}
