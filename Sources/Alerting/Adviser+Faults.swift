// SPDX-License-Identifier: Apache-2.0
import Checks
import Profiles

/// Which alerts are about faults of the data or labels, and what they explain.
extension Adviser {
  func isFault(_ concern: Concern) -> Bool {
    switch concern.cause.check {
    case .stuck: true
    // What rises slowly is how customers change.
    case .missing, .newValues:
      concern.rise >= Self.total || evidence.jumps[concern.cause] == .fault
    case .outOfRange where concern.cause.subject == Subject.scoreName && concern.rise > 0.5: true
    case .psi, .outOfRange, .scorePSI: hasNewUnit(concern.cause.subject)
    default: false
    }
  }

  /// Whether a column's unit has changed.
  ///
  /// Values that look like the reference's times a factor may also have grown that far. What
  /// changed from one bucket to the next has not grown, and nothing grows by so large a factor.
  private func hasNewUnit(_ subject: String) -> Bool {
    guard let factor = unitFactor(of: subject) else { return false }
    return max(factor, 1 / factor) >= Self.largeFactor
      || evidence.jumps[Advice.Cause(.psi, of: subject)] == .fault
  }

  private static let largeFactor = 5.0

  /// So many more of the rows are no slow change, whenever it began.
  private static let total = 0.9

  /// The factor by which a column's unit has changed, as its newest windows say.
  private func unitFactor(of subject: String) -> Double? {
    windows.flatMap(\.findings).first {
      $0.reading.subject == subject && $0.reading.unitFactor != nil
    }?.reading.unitFactor
  }

  // MARK: What faults explain

  /// Predictions of which measures mean nothing.
  private struct BlindSpan {
    let range: TimeRange
    /// How long after it a decay that began in it must last to be one of its own.
    let echo: FixedDuration
  }

  /// Predictions that were made of broken data, and those whose labels a broken feed may have lost
  /// or made up.
  private var blind: [BlindSpan] {
    let feed = concerns.filter { $0.cause.check == .labelFeed }.compactMap { concern in
      TimeRange(from: concern.span.from.advanced(by: -evidence.horizon), to: concern.span.to)
        .map { BlindSpan(range: $0, echo: Self.echo + evidence.horizon) }
    }
    let faults = concerns.filter { $0.cause.check != .labelFeed && (isFault($0) || wasFault($0)) }
    // Of one fault the shortest windows say best when it began and ended.
    let shortest = Dictionary(grouping: faults, by: \.cause).values.compactMap { same in
      same.min { $0.kind.days < $1.kind.days }
    }
    return feed + shortest.map { BlindSpan(range: $0.span, echo: Self.echo) }
  }

  /// An alert on completeness that has ended was one on a fault.
  private func wasFault(_ concern: Concern) -> Bool {
    !concern.isFiring && concern.severity >= .warning
      && [.missing, .stuck, .newValues, .outOfRange].contains(concern.cause.check)
  }

  /// Whether something measured rests on predictions of a fault.
  func isExplained(_ concern: Concern) -> Bool {
    let alarm = windows.flatMap(\.findings).first {
      $0.reading.check == concern.cause.check && $0.reading.detector?.alarm != nil
    }?.reading.detector?.alarm
    guard concern.definition.isDetector, let alarm else {
      return blind.contains { $0.range.overlaps(concern.window) }
    }
    let newest = windows.map(\.range.to).max() ?? alarm.detectedAt
    return blind.contains { fault in
      let earliest = fault.range.from.advanced(by: -Self.uncertainty)
      guard earliest <= alarm.since, alarm.since < fault.range.to else { return false }
      // What lasts when labels of later predictions are known was not made by the fault.
      return newest < fault.range.to.advanced(by: fault.echo)
    }
  }

  /// A detector knows the day on which a decay began no better.
  private static let uncertainty = FixedDuration(days: 10)

  /// So long after a fault a detector may still be alarmed by it.
  private static let echo = FixedDuration(days: 60)
}
