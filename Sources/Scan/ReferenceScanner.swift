// SPDX-License-Identifier: Apache-2.0
private import Glibc
package import Profiles

/// Reads the rows of a reference once and makes the binning from them.
///
/// Ranges and the counts of missing values and levels are exact; the values from which quantiles
/// are taken are a sample by hash of the row, which is the same in any order of rows and with any
/// number of streams. Memory: eight bytes for each sampled value.
package struct ReferenceScanner: Sendable {
  /// Rows of which values are kept, at most.
  package static let sampleLimit = 100_000
  /// Different levels of one column that are counted, at most.
  package static let levelLimit = 50_000

  private let layout: RowLayout
  private var framing = CopyFraming()
  private var columns: [ColumnSample]
  private var score = ColumnSample()
  private var segments: [ColumnSample]
  private var rowHashes: [UInt64] = []
  /// When the sampled rows' predictions were made, in seconds from the first that was read.
  private var times: [Double] = []
  private var origin: Int64?
  private var threshold = UInt64.max
  private var jsonNames: [UInt64: Int] = [:]
  private var names: [String]
  package private(set) var rows = 0

  package init(layout: RowLayout) {
    self.layout = layout
    names = layout.features.map(\.name)
    columns = Array(repeating: ColumnSample(), count: layout.features.count)
    segments = Array(repeating: ColumnSample(), count: layout.segments.count)
  }

  /// Gets ready for another stream of the same layout.
  package mutating func restart() { framing = CopyFraming() }

  /// Takes up the rows of one message of a binary COPY.
  package mutating func scan(_ message: RawSpan) throws(ScanError) {
    var cursor = FieldCursor(offset: try framing.start(of: message))
    while try CopyFraming.hasRow(message, at: cursor.offset, columns: layout.columnCount) {
      let start = cursor.offset
      cursor.offset += 2
      try scanRow(message, start: start, &cursor)
    }
  }

  private mutating func scanRow(
    _ row: RawSpan,
    start: Int,
    _ cursor: inout FieldCursor
  ) throws(ScanError) {
    // The row's values decide whether it is sampled, so they are read twice: once to find the
    // row's end, once to keep them.
    var probe = cursor
    for _ in 0..<layout.columnCount { probe.offset += max(0, try probe.length(in: row)) }
    let hash = ByteHash.of(row.slice(start, probe.offset - start))
    let place = hash <= threshold ? rowHashes.count : nil
    rows += 1
    let head = try RowHead(row, &cursor, layout: layout)
    let time = seconds(head.time)
    score.add(head.score, row, time: time, place: place)
    for index in segments.indices {
      let value = try cursor.scalar(.text, in: row, column: index)
      segments[index].add(value, row, time: time, place: nil)
    }
    if layout.isJSON {
      try scanJSON(row, &cursor, time: time, place: place)
    } else {
      for index in columns.indices {
        let value = try cursor.scalar(layout.features[index].type, in: row, column: index)
        columns[index].add(value, row, time: time, place: place)
      }
    }
    // The id takes part in the hash only: without it equal rows would be sampled in clumps.
    if layout.hasIdentifier { cursor.offset += max(0, try cursor.length(in: row)) }
    if place != nil { keep(hash, time) }
  }

  private mutating func seconds(_ time: Int64) -> Double {
    let first = origin ?? time
    origin = first
    // Infinite times are the ends of the range of integers.
    return (Double(time) - Double(first)) / 1e6
  }

  private mutating func scanJSON(
    _ row: RawSpan,
    _ cursor: inout FieldCursor,
    time: Double,
    place: Int?
  ) throws(ScanError) {
    let column = layout.columnCount - 1 - (layout.hasIdentifier ? 1 : 0)
    guard case .text(let offset, let length) = try cursor.scalar(.json, in: row, column: column)
    else { return }
    // What is no object has no members; the profiles count such rows.
    guard var reader = JSONObjectReader(row, offset: offset, length: length) else { return }
    do {
      while let member = try reader.next(row) {
        let index = jsonIndex(row, member)
        columns[index].add(member.value, row, time: time, place: place)
      }
    } catch {
      return
    }
  }

  private mutating func jsonIndex(_ row: RawSpan, _ member: JSONObjectReader.Member) -> Int {
    let hash = ByteHash.of(row.slice(member.nameOffset, member.nameLength))
    if let index = jsonNames[hash] { return index }
    names.append(String(row, at: member.nameOffset, length: member.nameLength))
    columns.append(ColumnSample())
    jsonNames[hash] = columns.count - 1
    return columns.count - 1
  }

  /// Notes a sampled row, and halves the share of rows that are sampled when there are too many.
  private mutating func keep(_ hash: UInt64, _ time: Double) {
    rowHashes.append(hash)
    times.append(time)
    while rowHashes.count > Self.sampleLimit {
      threshold >>= 1
      let kept = rowHashes.map { $0 <= threshold }
      score.thin(kept)
      for index in columns.indices { columns[index].thin(kept) }
      rowHashes = zip(rowHashes, kept).filter(\.1).map(\.0)
      times = zip(times, kept).filter(\.1).map(\.0)
    }
  }

  /// Borders that every score has, an eighth of a logit apart.
  ///
  /// Rows of one bin count as tied, so the bins of a small reference alone would bias AUC.
  private static let scoreGrid: [Double] = (-64...64).map { 1 / (1 + exp(-Double($0) / 8)) }

  /// What decides the binning besides the rows.
  package struct Choices: Sendable {
    /// Borders that the score must have: the decision thresholds.
    package var thresholds: [Double]
    /// Columns declared to be identifiers; nil asks for recognition.
    package var identifiers: [String]?
    /// Features to leave out, and the only ones to take; for jsonb, where columns are not named
    /// in advance.
    package var isIncluded: @Sendable (String) -> Bool
    /// Whether the features are listed by name: then none is left out for following the clock.
    package var isListed: Bool

    package init(
      thresholds: [Double],
      identifiers: [String]?,
      isListed: Bool = false,
      isIncluded: @escaping @Sendable (String) -> Bool = { _ in true }
    ) {
      self.thresholds = thresholds
      self.identifiers = identifiers
      self.isListed = isListed
      self.isIncluded = isIncluded
    }
  }

  /// Returns why the scores that were read cannot be probabilities; nil where they can.
  ///
  /// - `column`: The name of their column.
  package func scoreReason(column: String) -> String? {
    ScoreRecognition.reason(score.values.filter { !$0.isNaN }, column: column)
  }

  /// Returns the numeric features in which one value looks like a code for "not known".
  ///
  /// - Complexity: O(values).
  package func isolatedValues() -> [(feature: String, found: IsolatedValueRecognition.Found)] {
    names.indices.compactMap { index in
      let values = columns[index].values.filter { !$0.isNaN }
      return IsolatedValueRecognition.reason(values).map { (names[index], $0) }
    }.sorted { $0.feature < $1.feature }
  }

  /// Returns the binning of what was read.
  ///
  /// - Complexity: O(n log n) in the sampled values.
  package consuming func binning(_ choices: Choices) -> Binning {
    let order =
      layout.isJSON ? names.indices.sorted { names[$0] < names[$1] } : Array(names.indices)
    let features = order.filter { choices.isIncluded(names[$0]) }.map { index in
      let type = layout.isJSON ? nil : layout.features[index].type
      let isDeclared = choices.identifiers.map { $0.contains(names[index]) }
      return FeatureBinning(
        name: names[index],
        kind: columns[index].kind(
          type: type,
          isIdentifier: isDeclared,
          times: choices.isListed ? nil : times
        )
      )
    }
    var builder = NumericBinningBuilder()
    // The ends of the domain are borders, so that what lies beyond them is no score at all.
    builder.requiredEdges = choices.thresholds + [0, 1.0.nextUp] + Self.scoreGrid
    let valid = score.values.filter { (0...1).contains($0) }
    let range = valid.isEmpty ? nil : 0.0...1.0
    return Binning(
      features: features,
      score: builder.binning(of: valid, range: range),
      segments: zip(layout.segments, segments).map { column, sample in
        let counts = sample.levels.mapValues(\.rows)
        let levels = CategoryBinning(counts: counts, limit: SegmentBinning.levelLimit).levels
        return SegmentBinning(column: column, levels: levels)
      }
    )
  }
}
