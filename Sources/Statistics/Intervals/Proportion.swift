// SPDX-License-Identifier: Apache-2.0

/// A share of a sample: successes out of trials.
package struct Proportion: Sendable, Hashable {
  package let successes: Int
  package let trials: Int

  /// A share of at least one trial; nil when there is none, because 0/0 is no share.
  package init?(_ successes: Int, of trials: Int) {
    guard trials > 0 else { return nil }
    precondition((0...trials).contains(successes))
    self.successes = successes
    self.trials = trials
  }

  package var value: Double { Double(successes) / Double(trials) }

  /// The score interval of Wilson (JASA 22, 1927): never leaves 0...1, honest at 0 and 1.
  ///
  /// - `designEffect`: By how much the variance exceeds that of independent trials; at least 1.
  package func wilsonInterval(
    confidence: Double = Confidence.standard,
    designEffect: Double = 1
  ) -> Interval {
    let z = Normal.halfWidth(confidence: confidence)
    let n = Double(trials) / designEffect
    let centre = (value + z * z / (2 * n)) / (1 + z * z / n)
    let spread = value * (1 - value) / n + z * z / (4 * n * n)
    let margin = z / (1 + z * z / n) * spread.squareRoot()
    // At the ends the formula is exact in theory but not in floating point.
    return Interval(
      lower: successes == 0 ? 0 : max(0, centre - margin),
      upper: successes == trials ? 1 : min(1, centre + margin)
    )
  }

  /// The interval of `self − other` for independent samples by Newcombe's hybrid score method
  /// (Statistics in Medicine 17, 1998, method 10).
  package func newcombeDifference(
    from other: Proportion,
    confidence: Double = Confidence.standard
  ) -> Interval {
    let mine = wilsonInterval(confidence: confidence)
    let theirs = other.wilsonInterval(confidence: confidence)
    return Interval.difference((value, mine), (other.value, theirs))
  }
}

extension Interval {
  /// The interval of the difference of two independent estimates from the interval of each
  /// (MOVER: Zou and Donner, Statistics in Medicine 27, 2008); Newcombe's interval is the case of
  /// two proportions.
  package static func difference(
    _ first: (value: Double, interval: Interval),
    _ second: (value: Double, interval: Interval)
  ) -> Interval {
    func root(_ a: Double, _ b: Double) -> Double { (a * a + b * b).squareRoot() }
    let difference = first.value - second.value
    return Interval(
      lower: difference
        - root(first.value - first.interval.lower, second.interval.upper - second.value),
      upper: difference
        + root(first.interval.upper - first.value, second.value - second.interval.lower)
    )
  }
}
