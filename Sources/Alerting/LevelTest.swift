// SPDX-License-Identifier: Apache-2.0
import Checks
import Statistics

/// Asks whether a value lies beyond a level, or has moved from its reference by more than an
/// amount, with its whole interval.
struct LevelTest {
  private let value: Double?
  private let interval: Interval?
  private let test: Condition.Test
  private let reading: Reading

  private let referenceInterval: Interval?

  /// - `level`: The chance of a false verdict where the value sits at its limit, for shares and for
  ///   performance; other intervals are those of the reading.
  init(_ test: Condition.Test, _ reading: Reading, level: Double) {
    self.test = test
    self.reading = reading
    value = reading.value
    if reading.check.definition.isRowShare {
      interval = Self.interval(reading.value, rows: reading.sample.current, level: level)
      referenceInterval = Self.interval(
        reading.reference,
        rows: reading.sample.reference,
        level: level
      )
    } else if reading.check.definition.kind == .performance {
      // A printed interval is of one window; a rule evaluates all of them.
      let factor = Normal.quantile(1 - level) / Normal.halfWidth(confidence: Confidence.standard)
      func widened(_ interval: Interval?, _ value: Double?) -> Interval? {
        guard let interval, let value, factor > 1 else { return interval }
        return interval.widened(around: value, by: factor)
          .clamped(to: reading.check.definition.unit.range)
      }
      interval = widened(reading.interval, reading.value)
      referenceInterval = widened(reading.referenceInterval, reading.reference)
    } else {
      interval = reading.interval
      referenceInterval = reading.referenceInterval
    }
  }

  /// The interval of a share that misses on one side with a chance of `level`.
  private static func interval(_ share: Double?, rows: Int?, level: Double) -> Interval? {
    guard let share, let rows else { return nil }
    return Proportion(Int((share * Double(rows)).rounded()), of: rows)?
      .wilsonInterval(confidence: 1 - 2 * level)
  }

  func outcome(of value: Double) -> Outcome {
    switch test {
    case .above(let level):
      return against(level, isUpper: true, value: value, interval: interval, relation: "above")
    case .below(let level):
      return against(level, isUpper: false, value: value, interval: interval, relation: "below")
    case .drop(let amount): return moved(amount, down: true, up: false, value)
    case .rise(let amount): return moved(amount, down: false, up: true, value)
    case .change(let amount): return moved(amount, down: true, up: true, value)
    }
  }

  private var name: String { reading.check.rawValue }

  private func against(
    _ level: Double,
    isUpper: Bool,
    value: Double,
    interval: Interval?,
    relation: String
  ) -> Outcome {
    let near = (isUpper ? interval?.lower : interval?.upper) ?? value
    let isBeyond = isUpper ? near > level : near < level
    let valueIsBeyond = isUpper ? value > level : value < level
    let text =
      "\(name) \(NumberText.text(value)) is \(valueIsBeyond ? "" : "not ")\(relation) "
      + NumberText.text(level)
    if isBeyond { return Outcome(answer: .beyond, threshold: level, reason: text) }
    if valueIsBeyond {
      return Outcome(
        answer: .unclear,
        threshold: level,
        reason: text + ", but its interval reaches \(NumberText.text(near)) with "
          + "\(NumberText.grouped(reading.sample.current)) rows"
      )
    }
    return Outcome(answer: .within, threshold: level, reason: text)
  }

  private func moved(
    _ amount: Condition.Amount,
    down: Bool,
    up: Bool,
    _ value: Double
  ) -> Outcome {
    let reference = reading.reference ?? 0
    let margin = amount.of(reference)
    let change = value - reference
    let band = changeInterval(value, reference)
    let isDown = down && (!up || change < 0)
    let threshold = isDown ? reference - margin : reference + margin
    let near = isDown ? -(band?.upper ?? change) : band?.lower ?? change
    let size = isDown ? -change : change
    let direction = change < 0 ? "fell" : "rose"
    let text =
      change == 0
      ? "\(name) \(NumberText.text(value)) is the reference's"
      : "\(name) \(direction) from \(NumberText.text(reference)) to \(NumberText.text(value))"
    if let better = betterDirection(change, down: down, up: up) {
      return Outcome(answer: .within, threshold: threshold, reason: text + better)
    }
    // With an interval on one side only, chance cannot be granted.
    let lacksInterval = (interval == nil) != (referenceInterval == nil)
    if near > margin, !lacksInterval {
      return Outcome(
        answer: .beyond,
        threshold: threshold,
        reason: text + ", more than the \(NumberText.text(margin)) allowed even with chance granted"
      )
    }
    if size > margin {
      return Outcome(
        answer: .unclear,
        threshold: threshold,
        reason: text + ", more than the \(NumberText.text(margin)) allowed, but "
          + "\(NumberText.grouped(reading.sample.current)) rows cannot distinguish it from chance"
      )
    }
    return Outcome(
      answer: .within,
      threshold: threshold,
      reason: text + ", within the \(NumberText.text(margin)) allowed"
    )
  }

  /// What is to be said of a change that the rule does not ask for: the other direction, or towards
  /// the value that is best; nil where it does ask.
  private func betterDirection(_ change: Double, down: Bool, up: Bool) -> String? {
    guard change != 0, let reference = reading.reference else { return nil }
    if change > 0, !up { return "; the rule asks only for a fall" }
    if change < 0, !down { return "; the rule asks only for a rise" }
    guard let ideal = reading.check.definition.unit.ideal else { return nil }
    let (before, now) = (reference - ideal, reference + change - ideal)
    // A level that crosses zero has changed its meaning, however small it is on the other side.
    guard abs(now) <= abs(before), before * now >= 0 else { return nil }
    return ", nearer to \(Int(ideal))"
  }

  /// The interval of the change; nil where either side has none.
  private func changeInterval(_ value: Double, _ reference: Double) -> Interval? {
    guard let interval, let theirs = referenceInterval else { return nil }
    return Interval.difference((value, interval), (reference, theirs))
  }
}
