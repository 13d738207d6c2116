// SPDX-License-Identifier: Apache-2.0
package import Profiles

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
/// One pass, no allocation for a row. Memory: four bytes for each cell of each profile that is
/// being filled, at most `memoryLimit` before the profiles are packed.
///
/// - Complexity: O(fields · log cells) for a row.
package struct ProfileScanner: Sendable {
  /// The version that stands for NULL.
  package static let missingVersion = "(missing)"

  private let layout: RowLayout
  private let types: [ColumnType]
  /// Columns that travel alone, and those that travel four at a time, one group after the other.
  private let singles: [Int]
  private let quads: [Int]
  private let quadCount: Int
  private let plans: FeaturePlans
  /// For each column of the row, its plan.
  private let columnPlans: [FeaturePlan]
  private let scorePlan: FeaturePlan
  private let namePlans: HashCells
  private let nameTable: HashCells.Table

  private var framing = CopyFraming()
  private var store: CountStore
  private var versions: VersionNames
  private var buckets: BucketFinder
  private var segments: SegmentTargets
  /// The row's cells as indices into the vector of counts; −1 for features without a column.
  private var cells: [Int32]
  private var pendingGuards: [CountStore.GuardValue] = []
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
    types = layout.features.map(\.type)
    singles = layout.singles
    quads = Array(layout.quads.joined())
    quadCount = layout.quads.count
    let plans = FeaturePlans(binning)
    self.plans = plans
    let indices = Dictionary(
      uniqueKeysWithValues: binning.features.enumerated().map { ($1.name, $0) }
    )
    columnPlans = layout.features.compactMap { column in
      indices[column.name].map { plans.plans[$0] }
    }
    precondition(columnPlans.count == layout.features.count, "only columns that have cells")
    scorePlan = plans.plans[binning.features.count]
    var names = HashCells()
    nameTable = names.add(
      Dictionary(uniqueKeysWithValues: indices.map { (ByteHash.of($0.key), $0.value) }),
      fallback: -1
    )
    namePlans = names
    segments = SegmentTargets(binning.segments)
    buckets = BucketFinder(edges: bucketEdges)
    cells = Array(repeating: -1, count: binning.features.count + 1)
    versions = VersionNames(constant: constantVersion)
    store = CountStore(binning: binning, targetCount: segments.count, memoryLimit: memoryLimit)
  }

  /// Counts the rows of one message of a binary COPY.
  package mutating func scan(_ message: RawSpan) throws(ScanError) {
    var cursor = FieldCursor(offset: try framing.start(of: message))
    while try CopyFraming.hasRow(message, at: cursor.offset, columns: layout.columnCount) {
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
    let head = try RowHead(row, &cursor, layout)
    let version = versions.index(row, head.version.offset, head.version.length)
    let bucket = buckets.bucket(of: head.time)
    try segments.read(row, &cursor)
    if layout.isJSON {
      try readJSON(row, &cursor)
    } else {
      for quad in 0..<quadCount { try readQuad(quad, row, &cursor) }
      for index in singles {
        let scalar = try cursor.scalar(types[index], in: row, column: index)
        count(scalar, columnPlans[index], at: index, row)
      }
    }
    guard bucket >= 0 else {
      rowsOutside &+= 1
      pendingGuards.removeAll(keepingCapacity: true)
      return
    }
    cells[cells.count &- 1] =
      Int32(truncatingIfNeeded: scorePlan.offset) &+ plans.cell(head.score, scorePlan, row)
    store.count(version: version, bucket: bucket, cells: cells, targets: segments.targets)
    if !pendingGuards.isEmpty {
      store.addGuards(pendingGuards, version: version, bucket: bucket, targets: segments.targets)
      pendingGuards.removeAll(keepingCapacity: true)
    }
  }

  /// Finds a value's cell, and keeps values outside the reference's range aside; they are rare.
  @inline(__always)
  private mutating func count(
    _ scalar: Scalar,
    _ plan: FeaturePlan,
    at index: Int,
    _ row: RawSpan
  ) {
    let cell = plans.cell(scalar, plan, row)
    cells[index] = Int32(truncatingIfNeeded: plan.offset) &+ cell
    if cell == plan.edges.below || cell == plan.edges.above, plan.kind == .numeric,
      case .number(let value) = scalar
    {
      pendingGuards.append(
        CountStore.GuardValue(
          offset: plan.offset,
          isAbove: cell == plan.edges.above,
          value: value
        )
      )
    }
  }

  /// Reads four numbers that travel together: an `lseg`, then the array that stands in for it where
  /// one of them is NULL.
  @inline(__always)
  private mutating func readQuad(
    _ quad: Int,
    _ row: RawSpan,
    _ cursor: inout FieldCursor
  ) throws(ScanError) {
    let first = quad &* 4
    let length = try cursor.length(in: row)
    guard length == 32 else {
      guard length == -1 else { throw .fieldLength(column: quads[first], length: length) }
      return try readArray(first, row, &cursor)
    }
    for part in 0..<4 {
      let bits = row.int64(at: cursor.offset &+ part &* 8)
      let index = quads[first &+ part]
      count(
        .number(Double(bitPattern: UInt64(bitPattern: bits))),
        columnPlans[index],
        at: index,
        row
      )
    }
    cursor.offset &+= 32
    let other = try cursor.length(in: row)
    guard other == -1 else { throw .fieldLength(column: quads[first], length: other) }
  }

  /// Reads a `float8[]` of four elements: dimensions, flags, type, size, lower bound, elements.
  private mutating func readArray(
    _ first: Int,
    _ row: RawSpan,
    _ cursor: inout FieldCursor
  ) throws(ScanError) {
    let length = try cursor.length(in: row)
    let end = cursor.offset &+ length
    guard length >= 20, row.int32(at: cursor.offset) == 1, row.int32(at: cursor.offset &+ 12) == 4
    else { throw .fieldLength(column: quads[first], length: length) }
    cursor.offset &+= 20
    for index in quads[first..<(first &+ 4)] {
      let scalar = try cursor.scalar(.float8, in: row, column: index)
      count(scalar, columnPlans[index], at: index, row)
    }
    guard cursor.offset == end else { throw .fieldLength(column: quads[first], length: length) }
  }

  private mutating func readJSON(
    _ row: RawSpan,
    _ cursor: inout FieldCursor
  ) throws(ScanError) {
    let column = layout.columnCount - 1
    // A member that is absent is a missing value.
    for index in 0..<(cells.count - 1) {
      cells[index] = Int32(truncatingIfNeeded: plans.plans[index].offset)
    }
    guard case .text(let offset, let length) = try cursor.scalar(.json, in: row, column: column)
    else { return }
    guard var reader = JSONObjectReader(row, offset: offset, length: length) else {
      rowsWithoutObject &+= 1
      return
    }
    do {
      while let member = try reader.next(row) {
        let name = row.slice(member.nameOffset, member.nameLength)
        let index = Int(namePlans.cell(of: ByteHash.of(name), in: nameTable))
        if index >= 0 { count(member.value, plans.plans[index], at: index, row) }
      }
    } catch {
      rowsWithoutObject &+= 1
    }
  }

  /// Returns the profiles, by key.
  ///
  /// Element 0 of each is that of all rows; the others follow the segments' levels in order.
  package consuming func finish() -> [BucketKey: [FeatureProfile]] {
    store.finish(versionNames: versions.names)
  }
}
