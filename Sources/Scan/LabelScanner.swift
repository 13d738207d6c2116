// SPDX-License-Identifier: Apache-2.0
private import Glibc
package import Profiles

/// Turns a stream of predictions joined to their outcomes into one label profile for each bucket,
/// version and segment level.
///
/// A row is: time, version if the layout has one, score (float8), decision (boolean), one or two
/// states, segments. A state is: label (boolean, NULL when unknown), whether it is final
/// (boolean), faults (a bit set, integer), when the label became known (timestamptz, NULL where no
/// outcome said it). Of two states the first is taken back and the second
/// counted: the profiles are then the change between two moments, and may hold negative counts.
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

  private let layout: RowLayout
  private let columnCount: Int
  private let isChange: Bool
  private let binning: NumericBinning
  private let groupCount: Int
  private var framing = CopyFraming()
  private var versions: VersionNames
  private var buckets: BucketFinder
  private var segments: SegmentTargets
  private var profiles: [BucketKey: [LabelProfile]] = [:]
  private var currentKey: (version: Int, bucket: Int) = (-1, -1)
  private var current: [LabelProfile] = []
  private var currentName = BucketKey(version: "", bucket: -1)
  /// Rows read.
  package private(set) var rows = 0

  package init(
    binning: Binning,
    hasVersion: Bool,
    isChange: Bool = false,
    bucketEdges: [Instant],
    constantVersion: String
  ) {
    self.binning = binning.score
    groupCount = binning.score.groupCount
    layout = RowLayout(
      hasVersion: hasVersion,
      score: .float8,
      segments: [],
      features: [],
      isJSON: false
    )
    self.isChange = isChange
    columnCount = 3 + (isChange ? 8 : 4) + (hasVersion ? 1 : 0) + binning.segments.count
    buckets = BucketFinder(edges: bucketEdges)
    segments = SegmentTargets(binning.segments)
    versions = VersionNames(constant: constantVersion)
  }

  /// Counts the rows of one message of a binary COPY.
  package mutating func scan(_ message: RawSpan) throws(ScanError) {
    var cursor = FieldCursor(offset: try framing.start(of: message))
    while try CopyFraming.hasRow(message, at: cursor.offset, columns: columnCount) {
      cursor.offset += 2
      try scanRow(message, &cursor)
    }
  }

  private mutating func scanRow(
    _ row: RawSpan,
    _ cursor: inout FieldCursor
  ) throws(ScanError) {
    rows += 1
    let head = try RowHead(row, &cursor, layout: layout)
    let decision = try cursor.scalar(.bool, in: row, column: 2)
    let before = isChange ? try state(row, &cursor) : nil
    let after = try state(row, &cursor)
    try segments.read(row, &cursor)
    let bucket = buckets.bucket(of: head.time)
    guard bucket >= 0, before != after, case .number(let score) = head.score,
      (0...1).contains(score)
    else { return }
    select(versions.index(row, at: head.version.offset, length: head.version.length), bucket)
    if let before {
      count(before, score: score, time: head.time, isFlagged: Self.flag(decision), weight: -1)
    }
    count(after, score: score, time: head.time, isFlagged: Self.flag(decision), weight: 1)
  }

  /// What was known of a prediction's outcomes at a moment.
  private struct State: Equatable {
    let label: Bool?
    let isFinal: Bool
    let faults: Faults
    /// When an outcome said the label, in seconds since 1970; nil where none did.
    let knownAt: Double?
  }

  private func state(_ row: RawSpan, _ cursor: inout FieldCursor) throws(ScanError) -> State {
    let label = try cursor.scalar(.bool, in: row, column: 3)
    let isFinal = try cursor.scalar(.bool, in: row, column: 4)
    let faults = try cursor.scalar(.int32, in: row, column: 5)
    let known = try cursor.scalar(.timestamp, in: row, column: 6)
    var knownAt: Double?
    if case .number(let seconds) = known { knownAt = seconds }
    var bits: Int32 = 0
    if case .number(let value) = faults { bits = Int32(value) }
    return State(
      label: Self.flag(label),
      isFinal: Self.flag(isFinal) ?? false,
      faults: Faults(rawValue: bits),
      knownAt: knownAt
    )
  }

  private mutating func count(
    _ state: State,
    score: Double,
    time: Int64,
    isFlagged: Bool?,
    weight: Int
  ) {
    let bin = binning.bin(of: score)
    // In whole microseconds: an age of exactly a day belongs to that day.
    let stratum =
      state.knownAt.map { LabelAge.stratum(seconds: (($0 * 1e6).rounded() - Double(time)) / 1e6) }
      ?? LabelAge.byAbsence
    let label = state.label.map { ($0 ? LabelAges.Label.positive : .negative, stratum: stratum) }
    let loss = state.label.map {
      -log(max($0 ? score : 1 - score, LabelProfile.smallestProbability))
    }
    let prediction = ScoredPrediction(
      score: score,
      bin: bin,
      isFlagged: isFlagged,
      logLoss: loss ?? 0
    )
    for target in segments.targets {
      current[target].count(
        prediction,
        label: state.label,
        isFinal: state.isFinal,
        weight: weight
      )
      current[target].ages.count(
        group: binning.group(ofBin: bin),
        of: groupCount,
        isFlagged: isFlagged,
        label: label,
        weight: Int32(weight)
      )
      if !state.faults.isEmpty { note(state.faults, target: target, weight: weight) }
    }
  }

  private static func flag(_ scalar: Scalar) -> Bool? {
    if case .flag(let flag) = scalar { return flag }
    return nil
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
        repeating: LabelProfile(binCount: binning.binCount),
        count: segments.count
      )
  }

  private mutating func store() {
    if currentKey.version >= 0 { profiles[currentName] = current }
  }

  private mutating func note(_ faults: Faults, target: Int, weight: Int) {
    if faults.contains(.contradictory) { current[target][.contradictory] += weight }
    if faults.contains(.invalidLabel) { current[target][.invalidLabel] += weight }
    if faults.contains(.afterHorizon) { current[target][.afterHorizon] += weight }
    if faults.contains(.beforePrediction) { current[target][.beforePrediction] += weight }
  }

  /// Returns the profiles, by key; element 0 of each is that of all rows.
  package consuming func finish() -> [BucketKey: [LabelProfile]] {
    store()
    return profiles
  }
}
