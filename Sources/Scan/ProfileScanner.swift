// SPDX-License-Identifier: Apache-2.0
package import Profiles

/// Counts of labels by bucket, version and segment level.
package typealias LabelCounts = [BucketKey: [LabelProfile]]

/// The name of a profile: model version and the bucket's number in the scan's grid.
package struct BucketKey: Sendable, Hashable {
  package let version: String
  package let bucket: Int

  package init(version: String, bucket: Int) {
    self.version = version
    self.bucket = bucket
  }
}

/// Turns a stream of rows into one profile for each bucket, version and segment level.
///
/// One pass, no allocation for a row. Memory: four bytes for each bin of each profile that is
/// being filled, at most `memoryLimit` before the profiles are packed.
///
/// - Complexity: O(fields · log bins) for a row.
package struct ProfileScanner: Sendable {
  /// The version that stands for NULL.
  package static let missingVersion = "(missing)"

  private let layout: RowLayout
  private let columnCount: Int
  private let isScorePacked: Bool
  private let types: [ColumnType]
  /// Columns that travel alone, and the members of the quads, one quad after the other.
  private let singles: [Int]
  private let quads: [Int]
  private let plans: FeaturePlans
  /// For each column of the row, then for the score, its plan.
  private let columnPlans: [FeaturePlan]
  private let namePlans: HashBins
  private let nameTable: HashBins.Table

  private var framing = CopyFraming()
  private var store: CountStore
  private var numbers: NumberBlocks
  private var versions: VersionNames
  private var buckets: BucketFinder
  private var segments: SegmentTargets
  /// Where the bins of the row's profiles begin.
  private var bases: [Int]
  /// The quads of the row that are NULL; rarely any.
  private var missingQuads: [Int] = []
  /// The bins of a row of jsonb, as indices into the vector of counts.
  private var bins: [Int32]
  /// Rows whose time lies outside the grid.
  package private(set) var rowsOutside = 0
  /// Rows whose jsonb value is no object; their features count as missing.
  package private(set) var rowsWithoutObject = 0
  /// Rows read.
  package private(set) var rows = 0

  /// A scanner for rows of a layout.
  ///
  /// - `bucketEdges`: Starts of the buckets, then the end of the last.
  /// - `constantVersion`: The version of rows without one.
  /// - `memoryLimit`: Bytes of counts after which profiles are packed.
  package init(
    layout: RowLayout,
    binning: Binning,
    bucketEdges: [Instant],
    constantVersion: String,
    memoryLimit: Int = 24 << 20
  ) {
    self.layout = layout
    columnCount = layout.columnCount
    isScorePacked = layout.isScorePacked
    types = layout.features.map(\.type)
    singles = layout.singles
    quads = layout.packed
    let plans = FeaturePlans(binning)
    self.plans = plans
    // Names are distinguished by their bytes, as they were when the bins were made; Swift takes two
    // spellings of one letter for the same.
    let indices = Dictionary(
      binning.features.enumerated().map { (ByteHash.of($1.name), $0) },
      uniquingKeysWith: { first, _ in first }
    )
    let known = layout.features.compactMap { column in
      indices[ByteHash.of(column.name)].map { plans.plans[$0] }
    }
    precondition(known.count == layout.features.count, "only columns that have bins")
    let columnPlans = known + [plans.plans[binning.features.count]]
    self.columnPlans = columnPlans
    numbers = NumberBlocks(
      quads.map { columnPlans[$0] },
      targetCount: binning.segments.count + 1
    )
    var names = HashBins()
    nameTable = names.add(
      indices,
      fallback: -1
    )
    namePlans = names
    segments = SegmentTargets(binning.segments)
    buckets = BucketFinder(edges: bucketEdges)
    bins = Array(repeating: 0, count: binning.features.count)
    bases = Array(repeating: 0, count: binning.segments.count + 1)
    versions = VersionNames(constant: constantVersion)
    store = CountStore(binning: binning, targetCount: segments.count, memoryLimit: memoryLimit)
  }

  /// Counts the rows of one message of a binary COPY.
  package mutating func scan(_ message: RawSpan) throws(ScanError) {
    var cursor = FieldCursor(offset: try framing.start(of: message))
    while try CopyFraming.hasRow(message, at: cursor.offset, columns: columnCount) {
      cursor.offset &+= 2
      try scanRow(message, &cursor)
    }
  }

  @inline(__always)
  private mutating func scanRow(
    _ row: RawSpan,
    _ cursor: inout FieldCursor
  ) throws(ScanError) {
    rows &+= 1
    let head = try RowHead(row, &cursor, layout: layout, isScorePacked: isScorePacked)
    let bucket = buckets.bucket(of: head.time)
    try segments.read(row, &cursor)
    guard bucket >= 0 else {
      rowsOutside &+= 1
      return try skipFeatures(row, &cursor)
    }
    let version = versions.index(row, at: head.version.offset, length: head.version.length)
    if store.packs(version: version, bucket: bucket) { countRest() }
    store.select(version: version, bucket: bucket, targets: segments.targets, &bases)
    if !isScorePacked {
      let plan = columnPlans[columnPlans.count &- 1]
      store.count(plan, plans.bin(head.score, plan, in: row), bases: bases)
    }
    if layout.isJSON {
      try readJSON(row, &cursor)
    } else {
      if numbers.quadCount > 0 { try readQuads(row, &cursor) }
      for index in singles {
        let scalar = try cursor.scalar(types[index], in: row, column: index)
        count(scalar, columnPlans[index], in: row)
      }
    }
  }

  private func skipFeatures(_ row: RawSpan, _ cursor: inout FieldCursor) throws(ScanError) {
    let before =
      columnCount
      - (layout.isJSON ? 1 : singles.count + (quads.isEmpty ? 0 : numbers.quadCount + 1))
    for _ in before..<columnCount { cursor.offset &+= max(0, try cursor.length(in: row)) }
  }

  /// Keeps values outside the reference's range aside; they are rare.
  @inline(__always)
  private mutating func keep(_ scalar: Scalar, _ plan: FeaturePlan, bin: Int32) {
    guard plan.isOutside(bin), case .number(let value) = scalar
    else { return }
    store.addOutOfRange(OutOfRangeValue(plan: plan, bin: bin, value: value), bases: bases)
  }

  /// Counts a feature's value.
  @inline(__always)
  private mutating func count(_ scalar: Scalar, _ plan: FeaturePlan, in row: RawSpan) {
    let bin = plans.bin(scalar, plan, in: row)
    store.count(plan, bin, bases: bases)
    keep(scalar, plan, bin: bin)
  }

  /// Reads the numbers that travel four at a time: an `lseg` for each quad, then the array that
  /// stands in for all of them where a number is NULL.
  @inline(__always)
  private mutating func readQuads(
    _ row: RawSpan,
    _ cursor: inout FieldCursor
  ) throws(ScanError) {
    for quad in 0..<numbers.quadCount {
      let length = try cursor.length(in: row)
      if length == 32 {
        if numbers.add(row, at: cursor.offset, quad: quad, bases) {
          numbers.flush(quad, into: &store, plans)
        }
        cursor.offset &+= 32
      } else {
        guard length == -1 else { throw .fieldLength(column: quads[quad &* 4], length: length) }
        missingQuads.append(quad)
      }
    }
    let length = try cursor.length(in: row)
    if length == -1, missingQuads.isEmpty { return }
    try readArray(length: length, in: row, at: &cursor)
  }

  /// Reads a `float8[]` of all members: dimensions, flags, type, size, lower bound, elements; those
  /// of quads that were there are passed over.
  private mutating func readArray(
    length: Int,
    in row: RawSpan,
    at cursor: inout FieldCursor
  ) throws(ScanError) {
    defer { missingQuads.removeAll(keepingCapacity: true) }
    let end = cursor.offset &+ length
    guard !missingQuads.isEmpty, length >= 20, row.int32(at: cursor.offset) == 1,
      row.int32(at: cursor.offset &+ 12) == quads.count
    else { throw .fieldLength(column: quads[0], length: length) }
    cursor.offset &+= 20
    for (place, index) in quads.enumerated() {
      let scalar = try cursor.scalar(.float8, in: row, column: index)
      guard missingQuads.contains(place / 4) else { continue }
      let plan = columnPlans[index]
      let bin = plans.bin(scalar, plan, in: row)
      store.count(plan, bin, bases: bases)
      // Sums of doubles depend on their order: it is that of the rows, whatever waits.
      if plan.isOutside(bin) { numbers.flush(place / 4, into: &store, plans) }
      keep(scalar, plan, bin: bin)
    }
    guard cursor.offset == end else { throw .fieldLength(column: quads[0], length: length) }
  }

  private mutating func readJSON(
    _ row: RawSpan,
    _ cursor: inout FieldCursor
  ) throws(ScanError) {
    // A member that is absent is a missing value; of one that is there twice the last one counts.
    for index in bins.indices { bins[index] = 0 }
    defer {
      for index in bins.indices {
        store.count(plans.plans[index], bins[index], bases: bases)
      }
    }
    let column = columnCount - 1
    guard case .text(let offset, let length) = try cursor.scalar(.json, in: row, column: column)
    else { return }
    guard var reader = JSONObjectReader(row, offset: offset, length: length) else {
      rowsWithoutObject &+= 1
      return
    }
    do {
      while let member = try reader.next(row) {
        let name = row.slice(member.nameOffset, member.nameLength)
        let index = Int(namePlans.bin(of: ByteHash.of(name), in: nameTable))
        guard index >= 0 else { continue }
        let plan = plans.plans[index]
        let bin = plans.bin(member.value, plan, in: row)
        bins[index] = bin
        keep(member.value, plan, bin: bin)
      }
    } catch {
      rowsWithoutObject &+= 1
    }
  }

  private mutating func countRest() { numbers.flush(into: &store, plans) }

  /// Returns the profiles, by key.
  ///
  /// Element 0 of each is that of all rows; the others follow the segments' levels in order.
  package consuming func finish() -> [BucketKey: [FeatureProfile]] {
    countRest()
    return store.finish(versionNames: versions.names)
  }
}
