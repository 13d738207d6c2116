// SPDX-License-Identifier: Apache-2.0
import Profiles

/// How one feature's values find their cells: everything the scan needs, without a reference.
struct FeaturePlan: Sendable {
  enum Kind: UInt8, Sendable { case numeric, category, identifier }

  let kind: Kind
  /// Where the feature's cells begin in the vector of counts.
  let offset: Int
  let edges: EdgeGuides.Place
  let table: HashCells.Table
  let falseCell: Int32
  let trueCell: Int32
}

/// The plans of all features with the tables that they share.
struct FeaturePlans: Sendable {
  private(set) var plans: [FeaturePlan] = []
  private(set) var edges = EdgeGuides()
  private(set) var hashes = HashCells()

  private static let noTable = HashCells.Table(start: 0, mask: 0, fallback: 0)

  init(_ binning: Binning) {
    let offsets = binning.offsets
    for (index, feature) in (binning.features + [binning.scoreFeature]).enumerated() {
      add(feature.kind, offset: offsets[index])
    }
  }

  private mutating func add(_ kind: FeatureKind, offset: Int) {
    var place = EdgeGuides.none
    var table = Self.noTable
    var flags: (Int32, Int32) = (0, 0)
    let word: FeaturePlan.Kind
    switch kind {
    case .numeric(let binning):
      word = .numeric
      place = edges.add(binning.edges)
    case .category(let binning):
      word = .category
      table = hashes.add(binning.cellsByHash(), fallback: binning.new)
      flags = (
        hashes.cell(of: ByteHash.of("false"), in: table),
        hashes.cell(of: ByteHash.of("true"), in: table)
      )
    case .identifier(let binning):
      word = .identifier
      let known = binning.known.map { ($0, IdentifierBinning.knownCell) }
      table = hashes.add(
        Dictionary(known) { first, _ in first },
        fallback: binning.overflowed ? IdentifierBinning.knownCell : IdentifierBinning.new
      )
    }
    plans.append(
      FeaturePlan(
        kind: word,
        offset: offset,
        edges: place,
        table: table,
        falseCell: flags.0,
        trueCell: flags.1
      )
    )
  }

  /// Returns the cell of a value, relative to the feature's first.
  @inline(__always)
  func cell(_ scalar: Scalar, _ plan: FeaturePlan, _ row: RawSpan) -> Int32 {
    switch scalar {
    case .missing: return 0
    case .number(let value):
      if plan.kind == .numeric {
        return Int32(truncatingIfNeeded: edges.cell(of: value, in: plan.edges))
      }
      return hashes.cell(of: ByteHash.of(value), in: plan.table)
    case .text(let offset, let length):
      guard plan.kind != .numeric else { return 0 }
      return hashes.cell(of: ByteHash.of(row.slice(offset, length)), in: plan.table)
    case .flag(let flag):
      guard plan.kind == .category else { return 0 }
      return flag ? plan.trueCell : plan.falseCell
    }
  }
}
