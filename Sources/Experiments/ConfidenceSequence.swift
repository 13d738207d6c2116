// SPDX-License-Identifier: Apache-2.0
private import Glibc
package import Statistics

/// An interval that holds at all interim looks at once, however often one looks.
///
/// An asymptotic confidence sequence (Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas, arXiv
/// 2103.06476, eq. 9).
package struct ConfidenceSequence: Sendable {
  private let alpha: Double
  /// ρ of the mixture, which makes the interval tightest at the planned size.
  private let rate: Double

  /// A sequence for a planned number of customers in both arms.
  package init(planned: Int, alpha: Double = 1 - Confidence.standard) {
    self.alpha = alpha
    let root = -2 * log(alpha) + log(-2 * log(alpha) + 1)
    rate = (root / Double(max(1, planned))).squareRoot()
  }

  /// The half width after so many customers, in standard errors of the difference.
  package func halfWidth(_ count: Int) -> Double {
    let n = Double(max(1, count))
    let scale = n * rate * rate + 1
    let width = 2 * scale / (n * n * rate * rate) * log(scale.squareRoot() / alpha)
    return n.squareRoot() * width.squareRoot()
  }

  /// The interval of a difference after so many customers.
  package func interval(_ difference: Double, standardError: Double, count: Int) -> Interval {
    let margin = halfWidth(count) * standardError
    return Interval(lower: difference - margin, upper: difference + margin)
  }

  /// The p-value of no difference that holds at all interim looks at once: equation 155 there.
  package func p(_ difference: Double, standardError: Double, count: Int) -> Double {
    guard standardError > 0 else { return difference == 0 ? 1 : 0 }
    let n = Double(max(1, count))
    let z = difference / standardError
    let scale = n * rate * rate + 1
    return min(1, scale.squareRoot() * exp(-rate * rate * n * z * z / (2 * scale)))
  }
}

/// Corrections for several tests.
package enum Multiplicity {
  /// p-values adjusted so that the chance of any false rejection is kept (Holm 1979).
  package static func holm(_ ps: [Double]) -> [Double] {
    let order = ps.indices.sorted { ps[$0] < ps[$1] }
    var adjusted = ps
    var highest = 0.0
    for (rank, index) in order.enumerated() {
      highest = max(highest, min(1, ps[index] * Double(ps.count - rank)))
      adjusted[index] = highest
    }
    return adjusted
  }

  /// p-values adjusted so that the share of false rejections is kept (Benjamini, Hochberg 1995).
  package static func benjaminiHochberg(_ ps: [Double]) -> [Double] {
    let order = ps.indices.sorted { ps[$0] > ps[$1] }
    var adjusted = ps
    var lowest = 1.0
    for (rank, index) in order.enumerated() {
      lowest = min(lowest, ps[index] * Double(ps.count) / Double(ps.count - rank))
      adjusted[index] = lowest
    }
    return adjusted
  }
}
