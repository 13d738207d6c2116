// SPDX-License-Identifier: Apache-2.0
package import Postgres
package import Profiles
package import Scan
import Settings
import YAMLSource

/// Streams a customer's rows into profiles, over several connections that see one moment.
package struct RowReader: Sendable {
  /// Opens a further connection to the same server.
  private let open: @Sendable () async throws -> Connection
  private let source: Source
  /// Connections that read at the same time.
  private let streams: Int
  private let dropsRepeats: Bool
  private let progress: @Sendable (Int) -> Void

  /// A reader.
  ///
  /// - `progress`: Called with a number of rows each time so many more have been read.
  package init(
    _ source: Source,
    streams: Int,
    dropsRepeats: Bool,
    open: @escaping @Sendable () async throws -> Connection,
    progress: @escaping @Sendable (Int) -> Void
  ) {
    self.source = source
    self.streams = max(1, streams)
    self.dropsRepeats = dropsRepeats
    self.open = open
    self.progress = progress
  }

  /// Reads the rows of a reference and returns what was seen of them.
  package func reference(_ ranges: [TimeRange], _ layout: RowLayout) async throws
    -> ReferenceScanner
  {
    let connection = try await open()
    let statements = Statements(
      source: source,
      connection: connection,
      dropsRepeats: dropsRepeats
    )
    var sink = ScannerSink(scanner: ReferenceScanner(layout: layout), progress: progress)
    for range in ranges {
      sink.scanner.restart()
      sink = try await connection.copyOut(
        try await statements.rows(range, layout),
        name: "stream_rows",
        into: sink
      )
    }
    sink.tellRest()
    return sink.scanner
  }

  /// Reads the rows of a range and returns a profile for each bucket, version and segment level.
  package func profiles(
    _ range: TimeRange,
    edges: [Instant],
    _ layout: RowLayout,
    _ binning: Binning,
    isWhole: Bool
  ) async throws -> ScannedRows {
    let parts = parts(range, edges: edges, isWhole: isWhole)
    let scanner = ProfileScanner(
      layout: layout,
      binning: binning,
      bucketEdges: edges,
      constantVersion: source.constantVersion,
      memoryLimit: (48 << 20) / parts.count
    )
    return try await withSnapshot { snapshot in
      try await withThrowingTaskGroup { group in
        for (index, part) in parts.enumerated() {
          group.addTask {
            try await (index, stream(part, layout, scanner, snapshot))
          }
        }
        // Merged in the order of the parts, whichever ends first: sums of doubles depend on it.
        var found: [(Int, ScannedRows)] = []
        for try await result in group { found.append(result) }
        let inOrder = found.sorted { $0.0 < $1.0 }.map(\.1)
        return ScannedRows(
          profiles: Self.merged(inOrder.map(\.profiles)),
          rowsWithoutObject: inOrder.reduce(0) { $0 + $1.rowsWithoutObject }
        )
      }
    }
  }

  private struct Part {
    let range: TimeRange
    let filter: String
  }

  /// A plain table read as a whole is parted by its pages, which needs no index; anything else by
  /// time, at borders of buckets.
  private func parts(_ range: TimeRange, edges: [Instant], isWhole: Bool) -> [Part] {
    guard streams > 1, !dropsRepeats else { return [Part(range: range, filter: "")] }
    let hasIndex = source.predictions.indexed.contains(source.model.predictions.time.value)
    if source.predictions.kind == .table, isWhole || !hasIndex {
      let pages = source.predictions.pages
      guard pages >= streams * 64 else { return [Part(range: range, filter: "")] }
      return (0..<streams).map { index in
        let from = pages * index / streams
        let to = pages * (index + 1) / streams
        // Pages that were added since belong to the last part.
        let end = index == streams - 1 ? "" : " and ctid < '(\(to),0)'::tid"
        return Part(range: range, filter: " and ctid >= '(\(from),0)'::tid" + end)
      }
    }
    let count = min(streams, edges.count - 1)
    guard count > 1 else { return [Part(range: range, filter: "")] }
    return (0..<count).compactMap { index in
      let from = edges[(edges.count - 1) * index / count]
      let to = edges[(edges.count - 1) * (index + 1) / count]
      return TimeRange(from: max(from, range.from), to: min(to, range.to))
        .map { Part(range: $0, filter: "") }
    }
  }

  private func stream(
    _ part: Part,
    _ layout: RowLayout,
    _ scanner: ProfileScanner,
    _ snapshot: String
  ) async throws -> ScannedRows {
    let connection = try await open()
    var sink = try await connection.withTransaction(.snapshot) { connection in
      let name = try await connection.quoted(literal: snapshot)
      try await connection.execute("set transaction snapshot \(name)", name: "set_snapshot")
      let statements = Statements(
        source: source,
        connection: connection,
        dropsRepeats: dropsRepeats
      )
      let sql = try await statements.rows(part.range, layout, part: part.filter)
      return try await connection.copyOut(
        sql,
        name: "stream_rows",
        into: ScannerSink(scanner: scanner, progress: progress)
      )
    }
    sink.tellRest()
    let without = sink.scanner.rowsWithoutObject
    return ScannedRows(profiles: sink.scanner.finish(), rowsWithoutObject: without)
  }

  /// Runs `body` while a transaction holds a snapshot that other connections can share.
  private func withSnapshot<Value: Sendable>(
    _ body: @Sendable (String) async throws -> Value
  ) async throws -> Value {
    let holder = try await open()
    return try await holder.withTransaction(.snapshot) { holder in
      let rows = try await holder.query(SQL.export_snapshot, name: "export_snapshot")
      return try await body(rows.text(0, 0))
    }
  }

  private static func merged(
    _ parts: [[BucketKey: [FeatureProfile]]]
  ) -> [BucketKey: [FeatureProfile]] {
    parts.reduce(into: [:]) { whole, part in
      whole.merge(part) { first, second in
        zip(first, second).map { pair in
          var sum = pair.0
          sum.merge(pair.1)
          return sum
        }
      }
    }
  }

  /// Reads predictions with what was known of their outcomes, and returns a label profile for each
  /// bucket, version and segment level.
  package func labels(
    _ range: TimeRange,
    edges: [Instant],
    asOf: Instant,
    _ binning: Binning
  ) async throws -> [BucketKey: [LabelProfile]] {
    let connection = try await open()
    let statements = Statements(
      source: source,
      connection: connection,
      dropsRepeats: dropsRepeats
    )
    guard
      let sql = try await statements.labels(
        range,
        asOf: asOf,
        segments: binning.segments.map(\.column)
      )
    else { return [:] }
    var hasVersion = false
    if case .column = source.model.predictions.version { hasVersion = true }
    let scanner = LabelScanner(
      binning: binning,
      hasVersion: hasVersion,
      bucketEdges: edges,
      constantVersion: source.constantVersion
    )
    var sink = try await connection.copyOut(
      sql,
      name: "stream_labels",
      into: ScannerSink(scanner: scanner, progress: progress)
    )
    sink.tellRest()
    return sink.scanner.finish()
  }
}

/// What a scan found.
package struct ScannedRows: Sendable {
  package let profiles: [BucketKey: [FeatureProfile]]
  /// Rows whose jsonb value is no object.
  package let rowsWithoutObject: Int
}

/// Rows between two reports of progress.
private let progressStep = 16_384

/// Feeds a scanner from a stream and reports progress.
private struct ScannerSink<Scanner: RowScanner>: CopySink {
  var scanner: Scanner
  let progress: @Sendable (Int) -> Void
  private var told = 0

  init(scanner: Scanner, progress: @escaping @Sendable (Int) -> Void) {
    self.scanner = scanner
    self.progress = progress
  }

  /// Reports the rows since the last report.
  mutating func tellRest() {
    progress(scanner.rows - told)
    told = scanner.rows
  }

  mutating func receive(_ message: RawSpan) throws {
    try scanner.scan(message)
    if scanner.rows - told >= progressStep { tellRest() }
  }
}
