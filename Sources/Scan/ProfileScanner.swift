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
  private let plans: FeaturePlans
  /// For each column of the row, its plan.
  private let columnPlans: [FeaturePlan]
  private let namePlans: HashCells
  private let nameTable: HashCells.Table
  private let segmentCells: HashCells
  private let segmentTables: [HashCells.Table]
  private let targetStarts: [Int]
  private let bucketEdges: [Int64]

  private var framing = CopyFraming()
  private var store: CountStore
  private var versions: VersionNames
  private var bucket = 0
  private var bucketFrom = Int64.max
  private var bucketTo = Int64.min
  private var cells: [Int32]
  private var targets: [Int]
  /// Rows whose time lies outside the grid.
  package private(set) var rowsOutside = 0
  /// Rows whose jsonb value is no object; their features count as missing.
  package private(set) var rowsWithoutObject = 0
  /// Rows read.
  package private(set) var rows = 0

  /// A scanner for rows of a layout.
  ///
  /// - `bucketEdges`: Starts of the buckets, then the end of the last.
  /// - `constantVersion`: The version of every row when the layout has no version field.
  /// - `memoryLimit`: Bytes of counts after which profiles are packed.
  package init(
    layout: RowLayout,
    binning: Binning,
    bucketEdges: [Instant],
    constantVersion: String,
    memoryLimit: Int = 24 << 20
  ) {
    self.layout = layout
    self.bucketEdges = bucketEdges.map(\.microseconds)
    let plans = FeaturePlans(binning)
    self.plans = plans
    let indices = Dictionary(
      uniqueKeysWithValues: binning.features.enumerated().map { ($1.name, $0) }
    )
    columnPlans = layout.features.compactMap { column in
      indices[column.name].map { plans.plans[$0] }
    }
    precondition(columnPlans.count == layout.features.count, "only columns that have cells")
    var names = HashCells()
    nameTable = names.add(
      Dictionary(uniqueKeysWithValues: indices.map { (ByteHash.of($0.key), $0.value) }),
      fallback: -1
    )
    namePlans = names
    var segments = HashCells()
    var starts: [Int] = []
    var targetCount = 1
    segmentTables = binning.segments.map { segment in
      starts.append(targetCount)
      targetCount += segment.levels.count + 1
      let levels = segment.levels.enumerated().map { (ByteHash.of($1), $0) }
      return segments.add(
        Dictionary(uniqueKeysWithValues: levels),
        fallback: segment.levels.count
      )
    }
    segmentCells = segments
    targetStarts = starts
    targets = Array(repeating: 0, count: binning.segments.count + 1)
    cells = Array(repeating: -1, count: binning.features.count + 1)
    versions = VersionNames(constant: constantVersion)
    store = CountStore(
      binning: binning,
      targetCount: targetCount,
      memoryLimit: memoryLimit
    )
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
    let isInside = findBucket(head.time)
    for index in 0..<segmentTables.count {
      let scalar = try cursor.scalar(.text, in: row, column: index)
      var level = segmentTables[index].fallback
      if case .text(let offset, let length) = scalar {
        level = segmentCells.cell(
          of: ByteHash.of(row.slice(offset, length)),
          in: segmentTables[index]
        )
      }
      targets[index &+ 1] = targetStarts[index] &+ Int(level)
    }
    if layout.isJSON {
      try readJSON(row, &cursor)
    } else {
      for index in 0..<columnPlans.count {
        let scalar = try cursor.scalar(layout.features[index].type, in: row, column: index)
        let plan = columnPlans[index]
        let cell = plans.cell(scalar, plan, row)
        cells[index] = Int32(truncatingIfNeeded: plan.offset) &+ cell
        if case .number(let value) = scalar, plan.kind == .numeric {
          noteGuard(value, cell, plan)
        }
      }
    }
    guard isInside else {
      rowsOutside &+= 1
      pendingGuards.removeAll(keepingCapacity: true)
      return
    }
    let scorePlan = plans.plans[plans.plans.count &- 1]
    cells[cells.count &- 1] =
      Int32(truncatingIfNeeded: scorePlan.offset) &+ plans.cell(head.score, scorePlan, row)
    store.count(
      version: version,
      bucket: bucket,
      cells: cells,
      targets: targets
    )
    if !pendingGuards.isEmpty { flushGuards(version) }
  }

  /// Finds the row's bucket; rows of one time lie together in most tables, so the last one is
  /// tried first.
  @inline(__always)
  private mutating func findBucket(_ time: Int64) -> Bool {
    if time >= bucketFrom, time < bucketTo { return true }
    guard let first = bucketEdges.first, let last = bucketEdges.last, time >= first, time < last
    else { return false }
    var low = 0
    var high = bucketEdges.count - 1
    while high - low > 1 {
      let middle = (low + high) / 2
      if bucketEdges[middle] <= time { low = middle } else { high = middle }
    }
    bucket = low
    bucketFrom = bucketEdges[low]
    bucketTo = bucketEdges[low + 1]
    return true
  }

  private var pendingGuards: [(plan: Int, isAbove: Bool, value: Double)] = []

  /// Values outside the reference's range are rare; their sums are kept aside.
  @inline(__always)
  private mutating func noteGuard(_ value: Double, _ cell: Int32, _ plan: FeaturePlan) {
    let isBelow = cell == plan.edges.below
    guard isBelow || cell == plan.edges.above else { return }
    pendingGuards.append((plan.offset, !isBelow, value))
  }

  private mutating func flushGuards(_ version: Int) {
    store.addGuards(pendingGuards, version: version, bucket: bucket, targets: targets)
    pendingGuards.removeAll(keepingCapacity: true)
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
        guard index >= 0 else { continue }
        let plan = plans.plans[index]
        let cell = plans.cell(member.value, plan, row)
        cells[index] = Int32(truncatingIfNeeded: plan.offset) &+ cell
        if case .number(let value) = member.value, plan.kind == .numeric {
          noteGuard(value, cell, plan)
        }
      }
    } catch {
      rowsWithoutObject &+= 1
    }
  }

  /// Returns the profiles, by key; element 0 of each is that of all rows, the others follow the
  /// segments' levels in order.
  package consuming func finish() -> [BucketKey: [FeatureProfile]] {
    store.finish(versionNames: versions.names)
  }
}
