// SPDX-License-Identifier: Apache-2.0
private import Glibc
import Statistics

/// Whether arms have the sizes that were intended: a sample-ratio mismatch means that something
/// other than chance decided who is in which arm.
package struct SampleRatio: Sendable {
  /// Arms with a positive intended share: customers, and how many were intended.
  package let arms: [(name: String, count: Int, expected: Double)]
  package let p: Double

  /// Below this the arms cannot be compared (Fabijan and others 2019).
  package static let alarm = 0.001

  package var isMismatch: Bool { p < Self.alarm }

  /// Compares counts with intended shares; nil where fewer than two arms have one, or nobody is
  /// assigned.
  ///
  /// By χ² with as many degrees of freedom as arms less one. Two arms of fewer than 1,000
  /// customers, and arms of which fewer than 5 are expected, by exact binomial tests of each arm
  /// against the rest (Bonferroni).
  package init?(_ counts: [String: Int], shares: [String: Double]) {
    let intended = shares.filter { $0.value > 0 }
    let sum = intended.values.reduce(0, +)
    let total = intended.keys.reduce(0) { $0 + (counts[$1] ?? 0) }
    guard intended.count > 1, total > 0 else { return nil }
    arms = intended.sorted { $0.key < $1.key }.map { name, share in
      (name, counts[name] ?? 0, Double(total) * share / sum)
    }
    if arms.count == 2, total < 1000 {
      p = Self.binomial(arms[0].count, of: total, chance: arms[0].expected / Double(total))
    } else if arms.contains(where: { $0.expected < 5 }) {
      let least = arms.map {
        Self.binomial($0.count, of: total, chance: $0.expected / Double(total))
      }.min()
      p = min(1, (least ?? 1) * Double(arms.count))
    } else {
      let square = arms.reduce(0.0) { sum, arm in
        let off = Double(arm.count) - arm.expected
        return sum + off * off / arm.expected
      }
      p = ChiSquared(degreesOfFreedom: Double(arms.count - 1)).upperTail(square)
    }
  }

  /// The chance of all counts as unlikely as the one seen.
  private static func binomial(_ count: Int, of trials: Int, chance: Double) -> Double {
    func mass(_ k: Int) -> Double {
      exp(
        lgamma(Double(trials) + 1) - lgamma(Double(k) + 1) - lgamma(Double(trials - k) + 1)
          + Double(k) * log(chance) + Double(trials - k) * log(1 - chance)
      )
    }
    let seen = mass(count)
    return min(1, (0...trials).reduce(0) { $0 + (mass($1) <= seen * (1 + 1e-7) ? mass($1) : 0) })
  }
}
