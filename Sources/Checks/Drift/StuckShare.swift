// SPDX-License-Identifier: Apache-2.0
package import Profiles

/// The share of rows with one value that many more rows have than in the reference: a column that
/// died into a constant, or fell back to a default.
///
/// The value is that of the bin whose share rose most among those that may be stuck: a bin that has
/// fewer than one row in twenty of the reference, or one that has nine in ten of the window. What
/// half of the customers always had may be had by more of them without a fault.
package struct StuckShare: DriftMeasure {
  package let name = CheckName.stuck
  package init() {}

  /// A value of the reference this rare is no default.
  private static let rare = 0.05
  /// The share of the values from which on a usual value may be stuck.
  private static let nearlyAll = 0.9

  package func applies(to kind: FeatureKind) -> Bool {
    switch kind {
    case .numeric, .category: true
    case .identifier: false
    }
  }

  package func compare(
    _ current: FeatureCounts,
    with reference: FeatureCounts,
    in _: DriftContext
  ) -> Reading {
    let (mine, theirs) = (current.rows - current.missing, reference.rows - reference.missing)
    var best: (bin: Int, rise: Double)?
    for bin in Self.bins(current.binning.kind) where mine > 0 && theirs > 0 {
      let share = Double(current.counts[bin]) / Double(mine)
      let usual = Double(reference.counts[bin]) / Double(theirs)
      guard usual < Self.rare || share >= Self.nearlyAll else { continue }
      if share - usual > best?.rise ?? -1 { best = (bin, share - usual) }
    }
    var reading = Share.reading(
      name,
      count: best.map { current.counts[$0.bin] } ?? 0,
      of: current,
      referenceCount: best.map { reference.counts[$0.bin] } ?? 0,
      ofReference: reference
    )
    if let bin = best?.bin, (best?.rise ?? 0) > 0.1 {
      reading.note = "they say \(current.binning.kind.text(ofBin: bin))"
    }
    return reading
  }

  /// The bins of values that the reference had.
  private static func bins(_ kind: FeatureKind) -> Range<Int> {
    switch kind {
    case .numeric(let binning): binning.inner
    case .category(let binning): 1..<(binning.levels.count + 1)
    case .identifier: 0..<0
    }
  }
}

extension FeatureKind {
  /// A bin's values for people.
  fileprivate func text(ofBin bin: Int) -> String {
    switch self {
    case .numeric(let binning):
      NumberText.text(binning.means[bin - binning.inner.lowerBound])
    case .category(let binning): binning.label(of: bin)
    case .identifier: ""
    }
  }
}
