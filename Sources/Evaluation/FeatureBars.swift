// SPDX-License-Identifier: Apache-2.0
import Checks
import Profiles

/// A feature's shares in bars that people can read: deciles of a number, levels of a category.
struct FeatureBars {
  /// Names of the bars in order of value; as many as shares on either side.
  private(set) var labels: [String] = []
  /// Shares of the rows, 0 to 1.
  private(set) var reference: [Double] = []
  private(set) var current: [Double] = []

  init(current: FeatureCounts, reference: FeatureCounts) {
    switch current.binning.kind {
    case .numeric(let binning): addNumeric(binning, current: current, reference: reference)
    case .category(let binning):
      for bin in 0..<binning.binCount {
        add(binning.label(of: bin), bins: [bin], current: current, reference: reference)
      }
    case .identifier:
      for (bin, label) in ["(missing)", "known", "(new)"].enumerated() {
        add(label, bins: [bin], current: current, reference: reference)
      }
    }
  }

  private mutating func addNumeric(
    _ binning: NumericBinning,
    current: FeatureCounts,
    reference: FeatureCounts
  ) {
    add("(missing)", bins: Array(0..<NumericBinning.below), current: current, reference: reference)
    add("below", bins: [NumericBinning.below], current: current, reference: reference)
    // Neighbouring bins of one group share a bar; an atom parts the bar of the decile around it.
    var start = 0
    for index in binning.groups.indices
    where index + 1 == binning.groups.count || binning.groups[index + 1] != binning.groups[index] {
      let from = binning.edges[start]
      let to = binning.edges[index + 1]
      let label =
        to == from.nextUp ? Self.text(from) : "\(Self.text(from)) – \(Self.text(to))"
      let first = binning.inner.lowerBound
      add(
        label,
        bins: Array((first + start)...(first + index)),
        current: current,
        reference: reference
      )
      start = index + 1
    }
    add("above", bins: [binning.above], current: current, reference: reference)
  }

  private static func text(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e6 ? String(Int(value)) : NumberText.text(value)
  }

  /// Adds a bar, unless it is empty on both sides.
  private mutating func add(
    _ label: String,
    bins: [Int],
    current mine: FeatureCounts,
    reference theirs: FeatureCounts
  ) {
    func share(_ counts: FeatureCounts) -> Double {
      let rows = max(1, counts.rows)
      return Double(bins.reduce(0) { $0 + counts.counts[$1] }) / Double(rows)
    }
    guard share(mine) > 0 || share(theirs) > 0 else { return }
    labels.append(label)
    current.append(share(mine))
    reference.append(share(theirs))
  }
}
