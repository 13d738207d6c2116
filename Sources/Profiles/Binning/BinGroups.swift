// SPDX-License-Identifier: Apache-2.0

/// Bins gathered into the few groups that tests compare and people read.
///
/// Numeric bins are gathered into the reference's deciles and point masses; values outside its
/// range join the outer deciles, since their rate is a check of its own and an empty reference
/// group would only add noise. Rare and new categories share a group for the same reason. Missing
/// values are a group; NaN and infinities share one.
extension FeatureKind {
  /// The group of each bin.
  package var binGroups: [Int] {
    switch self {
    case .numeric(let binning):
      // 0 missing, 1 NaN and infinities, then the groups of the inner bins.
      let first = binning.groups.first ?? 0
      let last = binning.groups.last ?? 0
      return [0, 1, 1, 1, first + 2] + binning.groups.map { $0 + 2 } + [last + 2]
    case .category(let binning):
      return (0..<binning.binCount).map { min($0, binning.other) }
    case .identifier:
      return Array(0..<IdentifierBinning.binCount)
    }
  }

  /// How many groups there are.
  package var groupCount: Int {
    switch self {
    case .numeric(let binning): max(1, binning.groupCount) + 2
    case .category(let binning): binning.other + 1
    case .identifier: IdentifierBinning.binCount
    }
  }

  /// A group's name for people: a level, or the values from one border to the next.
  package func label(ofGroup group: Int) -> String {
    switch self {
    case .numeric(let binning):
      guard group >= 2, let first = binning.groups.firstIndex(of: group - 2),
        let last = binning.groups.lastIndex(of: group - 2)
      else { return group == 0 ? "(missing)" : "(not a number)" }
      let (from, to) = (binning.edges[first], binning.edges[last + 1])
      if to == from.nextUp { return Self.text(from) }
      if first == 0 { return "below \(Self.text(to))" }
      // What follows a value of its own begins just above it.
      let isAbove = binning.edges.contains(from.nextDown)
      let start = isAbove ? "above \(Self.text(from.nextDown))" : Self.text(from)
      if last + 1 == binning.innerBinCount { return isAbove ? start : start + " and more" }
      return "\(start) to \(Self.text(to))"
    case .category(let binning): return binning.label(of: group)
    case .identifier: return ["(missing)", "known", "(new)"][group]
    }
  }

  private static func text(_ value: Double) -> String {
    if value == value.rounded(), abs(value) < 1e6 { return String(Int(value)) }
    let scale = abs(value) >= 100 ? 10.0 : abs(value) >= 1 ? 100.0 : 10_000.0
    return abs(value) < 1e12 ? "\((value * scale).rounded() / scale)" : "\(value)"
  }
}

extension FeatureCounts {
  /// The counts by group.
  package var grouped: [Int] {
    var sums = Array(repeating: 0, count: binning.kind.groupCount)
    for (bin, group) in binning.kind.binGroups.enumerated() { sums[group] += counts[bin] }
    return sums
  }
}
