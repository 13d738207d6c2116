// SPDX-License-Identifier: Apache-2.0
package import Profiles

/// Two samples over the same groups: what PSI, Jensen–Shannon and χ² compare.
///
/// The groups are those of `FeatureKind.binGroups`; groups empty on both sides are dropped.
package struct GroupedCounts: Sendable {
  package let current: [Int]
  package let reference: [Int]

  package init(_ current: FeatureCounts, _ reference: FeatureCounts) {
    precondition(current.binning == reference.binning, "one binning only")
    let first = current.grouped
    let second = reference.grouped
    let kept = first.indices.filter { first[$0] + second[$0] > 0 }
    self.current = kept.map { first[$0] }
    self.reference = kept.map { second[$0] }
  }

  /// Counts that are already grouped.
  package init(current: [Int], reference: [Int]) {
    precondition(current.count == reference.count)
    self.current = current
    self.reference = reference
  }

  /// Rows that a group must be expected to have in the smaller sample to mean something.
  ///
  /// Source: W. Cochran (Biometrics 10, 1954).
  static let fewestExpected = 5.0

  /// Returns the counts with neighbouring groups merged until each is expected to have five rows in
  /// either sample, by the shares of both together.
  ///
  /// A value that is new and frequent keeps a group of its own.
  package func mergingSparse() -> GroupedCounts {
    let total = Double(currentTotal + referenceTotal)
    let least = Double(min(currentTotal, referenceTotal))
    guard total > 0 else { return self }
    var merged: [(current: Int, reference: Int)] = []
    var open = (current: 0, reference: 0)
    for (a, b) in zip(current, reference) {
      open = (open.current + a, open.reference + b)
      if Double(open.current + open.reference) / total * least >= Self.fewestExpected {
        merged.append(open)
        open = (0, 0)
      }
    }
    // What is left over joins the last group.
    if open.current + open.reference > 0 {
      let last = merged.popLast() ?? (0, 0)
      merged.append((last.current + open.current, last.reference + open.reference))
    }
    return GroupedCounts(current: merged.map(\.current), reference: merged.map(\.reference))
  }

  package var currentTotal: Int { current.reduce(0, +) }
  package var referenceTotal: Int { reference.reduce(0, +) }

  /// Shares with half a count added to every group.
  ///
  /// Jeffreys' prior (1946): never zero, and of all constants the one whose false alarms are
  /// nearest to nominal in small samples.
  package func smoothedShares() -> (current: [Double], reference: [Double]) {
    func shares(_ counts: [Int]) -> [Double] {
      let total = Double(counts.reduce(0, +)) + 0.5 * Double(counts.count)
      return counts.map { (Double($0) + 0.5) / total }
    }
    return (shares(current), shares(reference))
  }
}

/// The delta method for a smooth function of two independent multinomial samples.
enum DeltaMethod {
  /// Returns the standard error of f(c, r) given its derivatives by the shares; totals are
  /// of independent rows.
  static func standardError(
    current: (shares: [Double], slopes: [Double], total: Double),
    reference: (shares: [Double], slopes: [Double], total: Double)
  ) -> Double {
    func variance(_ side: (shares: [Double], slopes: [Double], total: Double)) -> Double {
      let mean = zip(side.shares, side.slopes).reduce(0) { $0 + $1.0 * $1.1 }
      let square = zip(side.shares, side.slopes).reduce(0) { $0 + $1.0 * $1.1 * $1.1 }
      return max(0, square - mean * mean) / max(1, side.total)
    }
    return (variance(current) + variance(reference)).squareRoot()
  }
}
