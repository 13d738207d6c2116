// SPDX-License-Identifier: Apache-2.0
private import Glibc
package import Profiles

/// Turns a stream of predictions joined to their outcomes into one label profile for each bucket,
/// version and segment level.
///
/// A row is: time, version if the layout has one, score (float8), decision (boolean), label
/// (boolean, NULL when unknown), whether the horizon has passed (boolean), faults (a bit set,
/// integer), segments.
package struct LabelScanner: Sendable {
  /// What can be wrong with a prediction's outcomes; bits of the faults field.
  package struct Faults: OptionSet, Sendable {
    package let rawValue: Int32
    package init(rawValue: Int32) { self.rawValue = rawValue }
    package static let contradictory = Faults(rawValue: 1)
    package static let invalidLabel = Faults(rawValue: 2)
    package static let afterHorizon = Faults(rawValue: 4)
    package static let beforePrediction = Faults(rawValue: 8)
  }

  private let hasVersion: Bool
  private let binning: Binning
  private let bucketEdges: [Int64]
  private var framing = CopyFraming()
  private var versions: VersionNames
  private var profiles: [BucketKey: [LabelProfile]] = [:]
  private let targetCount: Int
  private var currentKey: (version: Int, bucket: Int) = (-1, -1)
  private var current: [LabelProfile] = []
  private var currentName = BucketKey(version: "", bucket: -1)

  package init(
    binning: Binning,
    hasVersion: Bool,
    bucketEdges: [Instant],
    constantVersion: String
  ) {
    self.binning = binning
    self.hasVersion = hasVersion
    self.bucketEdges = bucketEdges.map(\.microseconds)
    versions = VersionNames(constant: constantVersion)
    targetCount = binning.segments.reduce(1) { $0 + $1.levels.count + 1 }
  }

  /// Counts the rows of one message of a binary COPY.
  package mutating func scan(_ message: RawSpan) throws(ScanError) {
    var cursor = FieldCursor(offset: try framing.start(of: message))
    let columns = 6 + (hasVersion ? 1 : 0) + binning.segments.count
    while try CopyFraming.hasRow(message, at: cursor.offset, columns: columns) {
      cursor.offset += 2
      try scanRow(message, &cursor)
    }
  }

  private mutating func scanRow(
    _ row: RawSpan,
    _ cursor: inout FieldCursor
  ) throws(ScanError) {
    let layout = RowLayout(
      hasVersion: hasVersion,
      score: .float8,
      segments: [],
      features: [],
      isJSON: false
    )
    let head = try RowHead(row, &cursor, layout)
    let decision = try cursor.scalar(.bool, in: row, column: 2)
    let label = try cursor.scalar(.bool, in: row, column: 3)
    let isFinal = try cursor.scalar(.bool, in: row, column: 4)
    let faults = try cursor.scalar(.int32, in: row, column: 5)
    var targets = [0]
    var start = 1
    for segment in binning.segments {
      let value = try cursor.scalar(.text, in: row, column: 6)
      targets.append(start + level(value, segment, row))
      start += segment.levels.count + 1
    }
    guard let bucket = bucket(of: head.time), case .number(let score) = head.score,
      (0...1).contains(score)
    else { return }
    select(versions.index(row, head.version.offset, head.version.length), bucket)
    let known = Self.flag(label)
    let cell = binning.score.cell(of: score)
    let loss = known.map { -log(max($0 ? score : 1 - score, LabelProfile.smallestProbability)) }
    for target in targets {
      current[target].count(
        score: score,
        cell: cell,
        label: known,
        isFlagged: Self.flag(decision),
        isFinal: Self.flag(isFinal) ?? false,
        logLoss: loss ?? 0
      )
      note(faults, target)
    }
  }

  private static func flag(_ scalar: Scalar) -> Bool? {
    if case .flag(let flag) = scalar { return flag }
    return nil
  }

  private func level(_ value: Scalar, _ segment: SegmentBinning, _ row: RawSpan) -> Int {
    guard case .text(let offset, let length) = value else { return segment.levels.count }
    let text = String(row, offset, length)
    return segment.levels.firstIndex(of: text) ?? segment.levels.count
  }

  private func bucket(of time: Int64) -> Int? {
    guard let first = bucketEdges.first, let last = bucketEdges.last, time >= first, time < last
    else { return nil }
    if currentKey.bucket >= 0, bucketEdges[currentKey.bucket] <= time,
      time < bucketEdges[currentKey.bucket + 1]
    {
      return currentKey.bucket
    }
    var low = 0
    var high = bucketEdges.count - 1
    while high - low > 1 {
      let middle = (low + high) / 2
      if bucketEdges[middle] <= time { low = middle } else { high = middle }
    }
    return low
  }

  /// Makes the profiles of a version and bucket the current ones.
  ///
  /// They are moved out of the dictionary, so that counting does not copy them.
  private mutating func select(_ version: Int, _ bucket: Int) {
    guard currentKey != (version, bucket) else { return }
    store()
    currentKey = (version, bucket)
    currentName = BucketKey(version: versions.names[version], bucket: bucket)
    current =
      profiles.removeValue(forKey: currentName)
      ?? Array(
        repeating: LabelProfile(cellCount: binning.score.cellCount),
        count: targetCount
      )
  }

  private mutating func store() {
    if currentKey.version >= 0 { profiles[currentName] = current }
  }

  private mutating func note(_ scalar: Scalar, _ target: Int) {
    guard case .number(let bits) = scalar, bits != 0 else { return }
    let faults = Faults(rawValue: Int32(bits))
    if faults.contains(.contradictory) { current[target][.contradictory] += 1 }
    if faults.contains(.invalidLabel) { current[target][.invalidLabel] += 1 }
    if faults.contains(.afterHorizon) { current[target][.afterHorizon] += 1 }
    if faults.contains(.beforePrediction) { current[target][.beforePrediction] += 1 }
  }

  /// Returns the profiles, by key; element 0 of each is that of all rows.
  package consuming func finish() -> [BucketKey: [LabelProfile]] {
    store()
    return profiles
  }
}
