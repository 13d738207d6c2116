// SPDX-License-Identifier: Apache-2.0

/// A closed interval of real numbers: a confidence interval or a range of tolerance.
package struct Interval: Sendable, Hashable {
  package let lower: Double
  package let upper: Double

  package init(lower: Double, upper: Double) {
    precondition(lower <= upper, "an interval's lower end lies below its upper end")
    self.lower = lower
    self.upper = upper
  }

  /// An estimate with its standard error: estimate ± z · error.
  package init(
    estimate: Double,
    standardError: Double,
    confidence: Double = Confidence.standard
  ) {
    let margin = Normal.halfWidth(confidence: confidence) * standardError
    self.init(lower: estimate - margin, upper: estimate + margin)
  }

  /// Returns the interval with its ends so many times as far from a value inside it.
  package func widened(around value: Double, by factor: Double) -> Interval {
    Interval(lower: value - factor * (value - lower), upper: value + factor * (upper - value))
  }

  /// Returns the part of the interval that lies in `range`; an interval wholly outside becomes
  /// the nearest end of `range`.
  package func clamped(to range: ClosedRange<Double>) -> Interval {
    func clamp(_ value: Double) -> Double {
      min(max(value, range.lowerBound), range.upperBound)
    }
    return Interval(lower: clamp(lower), upper: clamp(upper))
  }
}

/// Confidence levels in use.
package enum Confidence {
  /// Two-sided coverage of every interval that is printed, unless a rule states another.
  package static let standard = 0.95
}
