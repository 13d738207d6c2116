// SPDX-License-Identifier: Apache-2.0
import Findings
import Profiles

/// A feature's shares in bars that people can read: deciles of a number, levels of a category.
struct FeatureBars {
  private(set) var labels: [String] = []
  private(set) var reference: [Double] = []
  private(set) var current: [Double] = []

  init(current: FeatureCounts, reference: FeatureCounts) {
    switch current.binning.kind {
    case .numeric(let binning): addNumeric(binning, current, reference)
    case .category(let binning):
      for cell in 0..<binning.cellCount {
        add(binning.label(of: cell), [cell], current, reference)
      }
    case .identifier:
      for (cell, label) in ["(missing)", "known", "(new)"].enumerated() {
        add(label, [cell], current, reference)
      }
    }
  }

  private mutating func addNumeric(
    _ binning: NumericBinning,
    _ current: FeatureCounts,
    _ reference: FeatureCounts
  ) {
    add("(missing)", Array(0..<NumericBinning.below), current, reference)
    add("below", [NumericBinning.below], current, reference)
    // Neighbouring cells of one group share a bar; an atom parts the bar of the decile around it.
    var start = 0
    for index in binning.groups.indices
    where index + 1 == binning.groups.count || binning.groups[index + 1] != binning.groups[index] {
      let from = binning.edges[start]
      let to = binning.edges[index + 1]
      let label =
        to == from.nextUp ? Self.text(from) : "\(Self.text(from)) – \(Self.text(to))"
      let first = binning.inner.lowerBound
      add(label, Array((first + start)...(first + index)), current, reference)
      start = index + 1
    }
    add("above", [binning.above], current, reference)
  }

  private static func text(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e6 ? String(Int(value)) : NumberText.text(value)
  }

  /// Adds a bar, unless it is empty on both sides.
  private mutating func add(
    _ label: String,
    _ cells: [Int],
    _ mine: FeatureCounts,
    _ theirs: FeatureCounts
  ) {
    func share(_ counts: FeatureCounts) -> Double {
      let rows = max(1, counts.rows)
      return Double(cells.reduce(0) { $0 + counts.counts[$1] }) / Double(rows)
    }
    guard share(mine) > 0 || share(theirs) > 0 else { return }
    labels.append(label)
    current.append(share(mine))
    reference.append(share(theirs))
  }
}
