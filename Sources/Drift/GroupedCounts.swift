// SPDX-License-Identifier: Apache-2.0
package import Profiles

/// Two samples over the same groups: what PSI, Jensen–Shannon and χ² compare.
///
/// Numeric cells are gathered into the reference's deciles and atoms; values outside its range
/// join the outer deciles, since their rate is a check of its own and an empty reference group
/// would only add noise. Rare and new categories share a group for the same reason. Missing values
/// are a group; NaN and infinities share one. Groups empty on both sides are dropped.
package struct GroupedCounts: Sendable {
  package let current: [Int]
  package let reference: [Int]

  package init(_ current: FeatureCounts, _ reference: FeatureCounts) {
    precondition(current.binning == reference.binning, "one binning only")
    let keys = Self.groups(of: current.binning.kind)
    let groupCount = (keys.max() ?? 0) + 1
    var first = Array(repeating: 0, count: groupCount)
    var second = first
    for (cell, group) in keys.enumerated() {
      first[group] += current.counts[cell]
      second[group] += reference.counts[cell]
    }
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

  /// Returns the group of each cell.
  private static func groups(of kind: FeatureKind) -> [Int] {
    switch kind {
    case .numeric(let binning):
      // 0 missing, 1 NaN and infinities, then the groups of the inner cells.
      let first = binning.groups.first ?? 0
      let last = binning.groups.last ?? 0
      return [0, 1, 1, 1, first + 2] + binning.groups.map { $0 + 2 } + [last + 2]
    case .category(let binning):
      return (0..<binning.cellCount).map { min($0, binning.other) }
    case .identifier:
      return Array(0..<IdentifierBinning.cellCount)
    }
  }

  package var currentTotal: Int { current.reduce(0, +) }
  package var referenceTotal: Int { reference.reduce(0, +) }

  /// Shares with half a count added to every group.
  ///
  /// Jeffreys' prior (1946): never zero, and of all constants the one whose false alarms are nearest
  /// to nominal in small samples.
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
  /// Returns the standard error of f(c, r) given its derivatives by the shares.
  static func standardError(
    current: (shares: [Double], slopes: [Double], total: Int),
    reference: (shares: [Double], slopes: [Double], total: Int)
  ) -> Double {
    func variance(_ side: (shares: [Double], slopes: [Double], total: Int)) -> Double {
      let mean = zip(side.shares, side.slopes).reduce(0) { $0 + $1.0 * $1.1 }
      let square = zip(side.shares, side.slopes).reduce(0) { $0 + $1.0 * $1.1 * $1.1 }
      return max(0, square - mean * mean) / Double(max(1, side.total))
    }
    return (variance(current) + variance(reference)).squareRoot()
  }
}
