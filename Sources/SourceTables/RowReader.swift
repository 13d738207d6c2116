// SPDX-License-Identifier: Apache-2.0
package import Postgres
package import Profiles
package import Scan
import Settings
private import Synchronization

/// Reads a customer's rows, over several connections that see one moment.
///
/// Every statement runs in a read-only transaction, so that a connection pool between us and the
/// server may give each transaction another session.
package struct RowReader: Sendable {
  private let connections: ReadingConnections
  let source: Source
  /// Connections that read at the same time.
  let streams: Int
  /// Whether each prediction id is used once, which costs a sort.
  package var dropsRepeats: Bool
  /// The moment that all statements see; nil when each sees its own.
  private var snapshot: String?
  private let progress: @Sendable (Int) -> Void

  /// Makes a reader.
  ///
  /// `progress` is called with a number of rows each time so many more have been read.
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
    connections = ReadingConnections(open)
    self.progress = progress
  }

  /// Runs `body` with a reader all of whose statements see one moment.
  package func atOneMoment<Value: Sendable>(
    _ body: @Sendable (RowReader) async throws -> Value
  ) async throws -> Value {
    try await connections.use { holder in
      try await holder.withTransaction(.snapshot) { holder in
        let rows = try await holder.query(SourceSQL.export_snapshot)
        var reader = self
        reader.snapshot = try rows.only { try $0.decode("snapshot", as: String.self) }
        return try await body(reader)
      }
    }
  }

  /// Runs `body` with a connection of its own in a read-only transaction.
  func withStatements<Value: Sendable>(
    _ body: @Sendable (Connection, Statements) async throws -> Value
  ) async throws -> Value {
    try await connections.use { connection in
      try await connection.withTransaction(.snapshot) { connection in
        if let snapshot {
          try await Self.take(snapshot, connection)
        }
        let statements = Statements(
          source: source,
          connection: connection,
          dropsRepeats: dropsRepeats
        )
        return try await body(connection, statements)
      }
    }
  }

  /// Connections of one reader and its copies, used one after another: the server starts a process
  /// for each new one.
  private final class ReadingConnections: Sendable {
    private let open: @Sendable () async throws -> Connection
    private let free = Mutex<[Connection]>([])

    init(_ open: @escaping @Sendable () async throws -> Connection) { self.open = open }

    /// Runs `body` with a connection that nobody else uses meanwhile.
    ///
    /// One on which it throws is closed.
    func use<Value: Sendable>(
      _ body: (Connection) async throws -> Value
    ) async throws -> Value {
      let connection = try await take()
      let value = try await body(connection)
      free.withLock { $0.append(connection) }
      return value
    }

    private func take() async throws -> Connection {
      while let connection = free.withLock({ $0.popLast() }) {
        do {
          try await connection.executeScript("select 1", name: "ping")
          return connection
        } catch let error as ServerError where error.isConnectionLoss {
          // The server has closed it while it was free; the next one, or a new one, will do.
        }
      }
      return try await open()
    }
  }

  /// Makes a transaction see the moment that another one holds.
  private static func take(_ snapshot: String, _ connection: Connection) async throws {
    let name = try await connection.quoted(literal: snapshot)
    do {
      try await connection.execute("set transaction snapshot \(name)", name: "set_snapshot")
    } catch let error as ServerError where error.sqlState == "22023" {
      // Its holder is gone, as when a replica's recovery stops it; that may be tried again.
      throw ServerError(
        sqlState: "40001",
        query: "set_snapshot",
        message: "the server gave up the moment at which rows were to be read",
        hint: ServerError.recoveryHint
      )
    }
  }

  /// Streams one statement into a scanner.
  func stream<Scanner: RowScanner>(
    name: String,
    into scanner: Scanner,
    _ sql: @Sendable (Statements) async throws -> String
  ) async throws -> Scanner {
    try await withStatements { connection, statements in
      var sink = try await connection.copyOut(
        try await sql(statements),
        name: name,
        into: ScannerSink(scanner: scanner, progress: progress)
      )
      sink.reportRest()
      return sink.scanner
    }
  }

  /// Reads the rows of a reference and returns what was seen of them.
  package func reference(_ ranges: [TimeRange], _ layout: RowLayout) async throws
    -> ReferenceScanner
  {
    var scanner = ReferenceScanner(layout: layout)
    for range in ranges {
      scanner.restart()
      scanner = try await stream(name: "stream_rows", into: scanner) {
        try await $0.rows(range, layout)
      }
    }
    return scanner
  }

  /// Reads rows from all over the table, about as many as asked for, in bounded time, and returns
  /// what was seen of them; of a view its first rows.
  package func sample(rows: Int, _ layout: RowLayout) async throws -> ReferenceScanner {
    try await stream(name: "sample_rows", into: ReferenceScanner(layout: layout)) {
      try await $0.sample(rows: rows, layout)
    }
  }

  /// Reads the rows of a range and returns a profile for each bucket, version and segment level.
  ///
  /// - Parameters:
  ///   - range: The times of the rows.
  ///   - edges: The starts of the buckets, then the end of the last.
  ///   - layout: The columns to read.
  ///   - binning: The bins to count in.
  ///   - isWhole: Whether the range is most of the table, so that an index would not help.
  /// - Returns: The profiles, and how many rows were unusable.
  /// - Throws: `ServerError`, or what the scanner refuses.
  package func profiles(
    _ range: TimeRange,
    edges: [Instant],
    layout: RowLayout,
    _ binning: Binning,
    isWhole: Bool
  ) async throws -> ScannedRows {
    let parts = try await parts(range, edges: edges, isWhole: isWhole, layout)
    var packed = layout
    packed.pack()
    let layout = packed
    let scanner = ProfileScanner(
      layout: layout,
      binning: binning,
      bucketEdges: edges,
      constantVersion: source.constantVersion,
      memoryLimit: (48 << 20) / parts.count
    )
    @Sendable func scan(_ part: Part, _ reader: RowReader) async throws -> ScannedRows {
      let scanned = try await reader.stream(name: "stream_rows", into: scanner) {
        try await $0.rows(part.range, layout, part: part.filter)
      }
      return scanned.found()
    }
    guard parts.count > 1 else { return try await scan(parts[0], self) }
    guard snapshot != nil else {
      return try await atOneMoment { reader in
        try await Self.scanAll(parts) { try await scan($0, reader) }
      }
    }
    return try await Self.scanAll(parts) { try await scan($0, self) }
  }

  private static func scanAll(
    _ parts: [Part],
    _ scan: @escaping @Sendable (Part) async throws -> ScannedRows
  ) async throws -> ScannedRows {
    try await withThrowingTaskGroup { group in
      for (index, part) in parts.enumerated() {
        group.addTask { try await (index, scan(part)) }
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
}

/// What a scan found.
package struct ScannedRows: Sendable {
  package let profiles: [BucketKey: [FeatureProfile]]
  /// Rows whose jsonb value is no object.
  package let rowsWithoutObject: Int

  package init(profiles: [BucketKey: [FeatureProfile]], rowsWithoutObject: Int) {
    self.profiles = profiles
    self.rowsWithoutObject = rowsWithoutObject
  }

  package var rows: Int { profiles.values.reduce(0) { $0 + ($1.first?.rows ?? 0) } }
}

extension ProfileScanner {
  /// What the scan found.
  fileprivate consuming func found() -> ScannedRows {
    let without = rowsWithoutObject
    return ScannedRows(profiles: finish(), rowsWithoutObject: without)
  }
}

/// Rows between two reports of progress.
private let progressStep = 16_384

/// Feeds a scanner from a stream and reports progress.
private struct ScannerSink<Scanner: RowScanner>: CopySink {
  var scanner: Scanner
  let progress: @Sendable (Int) -> Void
  private var reported = 0

  init(scanner: Scanner, progress: @escaping @Sendable (Int) -> Void) {
    self.scanner = scanner
    self.progress = progress
  }

  /// Reports the rows since the last report.
  mutating func reportRest() {
    progress(scanner.rows - reported)
    reported = scanner.rows
  }

  mutating func receive(_ message: RawSpan) throws {
    try scanner.scan(message)
    if scanner.rows - reported >= progressStep { reportRest() }
  }
}
