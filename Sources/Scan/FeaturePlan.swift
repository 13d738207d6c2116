// SPDX-License-Identifier: Apache-2.0
import Profiles

/// How one feature's values find their bins: everything the scan needs, without a reference.
struct FeaturePlan: Sendable {
  enum Kind: UInt8, Sendable { case numeric, category, identifier }

  let kind: Kind
  /// Where the feature's bins begin in the vector of counts.
  let offset: Int
  let edges: EdgeGuides.Place
  let table: HashBins.Table
  let falseBin: Int32
  let trueBin: Int32
  /// Whether the mean of values outside the reference's range is wanted.
  let keepsOutside: Bool

  /// Whether a bin is one of values whose mean is wanted; they are rare.
  @inline(__always)
  func isOutside(_ bin: Int32) -> Bool {
    (bin == edges.below || bin == edges.above) && keepsOutside
  }
}

/// The plans of all features with the tables that they share.
struct FeaturePlans: Sendable {
  private(set) var plans: [FeaturePlan] = []
  private(set) var edges = EdgeGuides()
  private(set) var hashes = HashBins()

  private static let noTable = HashBins.Table(start: 0, mask: 0, fallback: 0)

  init(_ binning: Binning) {
    let offsets = binning.offsets
    for (index, feature) in (binning.features + [binning.scoreFeature]).enumerated() {
      add(feature.kind, offset: offsets[index], isScore: index == binning.features.count)
    }
  }

  private mutating func add(_ kind: FeatureKind, offset: Int, isScore: Bool) {
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
      table = hashes.add(binning.binsByHash(), fallback: binning.new)
      flags = (
        hashes.bin(of: ByteHash.of("false"), in: table),
        hashes.bin(of: ByteHash.of("true"), in: table)
      )
    case .identifier(let binning):
      word = .identifier
      let known = binning.known.map { ($0, IdentifierBinning.knownBin) }
      table = hashes.add(
        Dictionary(known) { first, _ in first },
        fallback: binning.overflowed ? IdentifierBinning.knownBin : IdentifierBinning.new
      )
    }
    plans.append(
      FeaturePlan(
        kind: word,
        offset: offset,
        edges: place,
        table: table,
        falseBin: flags.0,
        trueBin: flags.1,
        // Scores have no range to be outside of.
        keepsOutside: word == .numeric && !isScore
      )
    )
  }

  /// Returns the bin of a number, relative to the feature's first.
  @inline(__always)
  func bin(_ value: Double, _ plan: FeaturePlan) -> Int32 {
    if plan.kind == .numeric {
      return edges.bin(of: value, in: plan.edges)
    }
    return hashes.bin(of: ByteHash.of(value), in: plan.table)
  }

  /// Returns the bin of a value, relative to the feature's first.
  @inline(__always)
  func bin(_ scalar: Scalar, _ plan: FeaturePlan, in row: RawSpan) -> Int32 {
    switch scalar {
    case .missing: return 0
    case .number(let value): return bin(value, plan)
    case .text(let offset, let length):
      guard plan.kind != .numeric else { return 0 }
      return hashes.bin(of: ByteHash.of(row.slice(offset, length)), in: plan.table)
    case .flag(let flag):
      guard plan.kind == .category else { return 0 }
      return flag ? plan.trueBin : plan.falseBin
    }
  }
}
