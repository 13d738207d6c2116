// SPDX-License-Identifier: Apache-2.0
internal import CLibPQ
private import Glibc

/// One connection to a PostgreSQL server.
///
/// An actor on a thread of its own: every call waits for the server there and nowhere else.
/// Cancelling the task that waits cancels the statement.
@safe
package actor Connection {
  private let executor: QueueExecutor
  private let raw: OpaquePointer
  private let canceller: Canceller
  /// Seconds that a statement of a transaction may take; 0 for no limit.
  private let timeout: Int

  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    unsafe executor.asUnownedSerialExecutor()
  }

  private init(owning raw: OpaquePointer, executor: QueueExecutor, timeout: Int) {
    self.timeout = timeout
    unsafe self.raw = unsafe raw
    self.executor = executor
    unsafe canceller = Canceller(raw)
  }

  isolated deinit { unsafe PQfinish(raw) }

  /// Connects.
  ///
  /// - Parameters:
  ///   - dsn: Any libpq connection string, URI or service; empty for the environment's.
  ///   - applicationName: What the server lists the connection as.
  ///   - timeout: Seconds after which the server stops a statement of a transaction; 0 for no
  ///     limit.
  /// - Returns: An open connection.
  /// - Throws: `ServerError` with the server's or libpq's reason.
  package static func open(
    _ dsn: String,
    applicationName: String = "plumbline",
    timeout: Int = 0
  ) async throws -> Connection {
    let executor = QueueExecutor(label: "plumbline.connection")
    let connection = try await ConnectionMaker(executor: executor)
      .connect(dsn, applicationName: applicationName)
    let made = unsafe Connection(owning: connection.raw, executor: executor, timeout: timeout)
    // These two are known to connection pools, which keep them apart for each client; all others
    // are set for a transaction at a time.
    try await made.execute(
      """
      select set_config('datestyle', 'ISO', false), set_config('timezone', 'UTC', false)
      """,
      name: "connect"
    )
    return made
  }

  /// Runs one statement with parameters and returns its rows.
  ///
  /// - Throws: `ServerError`.
  package func query(
    _ statement: Statement,
    _ parameters: [Parameter] = []
  ) async throws -> QueryResult {
    // The handler cannot return a value that cannot be copied, so the result leaves it sideways.
    var result: QueryResult?
    try await withTaskCancellationHandler {
      try Task.checkCancellation()
      result = try run(statement, parameters)
    } onCancel: {
      canceller.cancel()
    }
    guard let result = result.take() else { preconditionFailure("the statement ran") }
    return result
  }

  /// Runs SQL that is made while the program runs, and returns its rows; errors call it `name`.
  ///
  /// - Throws: `ServerError`.
  package func query(
    _ text: String,
    name: String,
    _ parameters: [Parameter] = []
  ) async throws -> QueryResult {
    try await query(Statement(name: name, text: text), parameters)
  }

  /// Runs one statement and returns the number of rows that it changed.
  ///
  /// - Throws: `ServerError`.
  @discardableResult
  package func execute(
    _ statement: Statement,
    _ parameters: [Parameter] = []
  ) async throws -> Int {
    try await query(statement, parameters).affectedRows
  }

  /// Runs SQL that is made while the program runs, and returns the number of rows that it changed;
  /// errors call it `name`.
  ///
  /// - Throws: `ServerError`.
  @discardableResult
  package func execute(
    _ text: String,
    name: String,
    _ parameters: [Parameter] = []
  ) async throws -> Int {
    try await execute(Statement(name: name, text: text), parameters)
  }

  /// Runs several statements, parted by semicolons, without parameters.
  package func executeScript(_ sql: String, name: String) async throws {
    let result = unsafe PQexec(raw, sql)
    defer { unsafe PQclear(result) }
    switch unsafe PQresultStatus(result) {
    case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: return
    default: throw unsafe ServerError(result: result, connection: raw, query: name)
    }
  }

  private func run(_ statement: Statement, _ parameters: [Parameter]) throws -> QueryResult {
    let name = statement.name
    let types = parameters.map { $0.type?.rawValue ?? 0 }
    let values = parameters.map(\.encoded)
    // Every value lies in one buffer, so that the pointers to them are valid together.
    let buffer: [UInt8] = values.compactMap(\.self).joined() + [0]
    var lengths: [Int32] = []
    var offsets: [Int?] = []
    var offset = 0
    for value in values {
      lengths.append(Int32(value?.count ?? 0))
      offsets.append(value == nil ? nil : offset)
      offset += value?.count ?? 0
    }
    let formats = [Int32](repeating: 1, count: values.count)
    let result = unsafe buffer.withUnsafeBytes { bytes in
      let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
      var pointers: [UnsafePointer<CChar>?] = unsafe []
      for offset in offsets {
        unsafe pointers.append(offset == nil ? nil : start?.advanced(by: offset ?? 0))
      }
      return unsafe PQexecParams(
        raw,
        statement.text,
        Int32(values.count),
        types,
        pointers,
        lengths,
        formats,
        1
      )
    }
    switch unsafe PQresultStatus(result) {
    case PGRES_COMMAND_OK, PGRES_TUPLES_OK:
      if let result = unsafe result { return unsafe QueryResult(owning: result, statement: name) }
      throw unsafe ServerError(result: nil, connection: raw, query: name)
    default:
      defer { unsafe PQclear(result) }
      throw unsafe ServerError(result: result, connection: raw, query: name)
    }
  }

  /// Quotes a table's, column's or schema's name.
  ///
  /// - Throws: `ServerError` for text that is not valid in the connection's encoding.
  package func quoted(identifier: String) throws -> String {
    try unsafe quoted(identifier, PQescapeIdentifier)
  }

  /// Quotes a text value; for `COPY`, which takes no parameters.
  package func quoted(literal: String) throws -> String {
    try unsafe quoted(literal, PQescapeLiteral)
  }

  private func quoted(
    _ text: String,
    _ escape: (OpaquePointer?, UnsafePointer<CChar>?, Int) -> UnsafeMutablePointer<CChar>?
  ) throws -> String {
    guard let quoted = unsafe escape(raw, text, text.utf8.count) else {
      throw ServerError(sqlState: "22021", query: "quote", message: "text that cannot be quoted")
    }
    defer { unsafe PQfreemem(quoted) }
    return unsafe String(cString: quoted)
  }

  /// Runs `body` in a transaction that is committed when it returns and rolled back when it throws.
  package func withTransaction<Value: Sendable>(
    _ mode: TransactionMode = .readWrite,
    _ body: @Sendable (Connection) async throws -> Value
  ) async throws -> Value {
    try await executeScript(
      """
      begin \(mode.rawValue); set local statement_timeout = '\(timeout)s';
      set local idle_in_transaction_session_timeout = 0; set local synchronize_seqscans = off;
      set local jit = off
      """,
      name: "begin"
    )
    do {
      let value = try await body(self)
      try await execute("commit", name: "commit")
      return value
    } catch {
      // The error that ended the work matters more than one of the rollback, which only means
      // that the server has rolled back by itself.
      _ = try? run(Statement(name: "rollback", text: "rollback"), [])
      throw error
    }
  }

  /// Lets go of what the last statement of a transaction saw, so that the transaction may stay open
  /// without keeping the server from cleaning up.
  ///
  /// The portal of a statement with parameters keeps its snapshot until another takes its place;
  /// one of the simple protocol keeps none.
  package func releaseSnapshot() async throws {
    try await executeScript("select 1", name: "release_snapshot")
  }

  /// The kind of a transaction.
  package enum TransactionMode: String, Sendable {
    case readWrite = "isolation level read committed"
    /// All statements see one moment; nothing can be written.
    case snapshot = "isolation level repeatable read read only"
  }

  /// The pointer for the extensions of this actor in this module.
  var handle: OpaquePointer { unsafe raw }

  var cancellation: Canceller { canceller }
}

/// Makes a connection on the thread that it will have.
private actor ConnectionMaker {
  private let executor: QueueExecutor

  nonisolated var unownedExecutor: UnownedSerialExecutor {
    unsafe executor.asUnownedSerialExecutor()
  }

  init(executor: QueueExecutor) { self.executor = executor }

  /// A pointer on its way from the maker to the connection, its only owner.
  @safe struct Made: @unchecked Sendable { let raw: OpaquePointer }

  func connect(_ dsn: String, applicationName: String) throws -> Made {
    guard let raw = unsafe Self.start(dsn, applicationName) else {
      throw ServerError(sqlState: "53200", query: "connect", message: "out of memory")
    }
    guard unsafe PQstatus(raw) == CONNECTION_OK else {
      defer { unsafe PQfinish(raw) }
      throw ServerError(
        sqlState: "08001",
        query: "connect",
        message: unsafe ServerError.connectionMessage(raw),
        hint: "check --dsn or PLUMBLINE_DSN; any libpq connection string, URI or service works"
      )
    }
    return unsafe Made(raw: raw)
  }

  /// `dbname` may hold a whole connection string: that is how libpq adds defaults to one.
  private static func start(_ dsn: String, _ applicationName: String) -> OpaquePointer? {
    // What stands before the connection string is a default that it may override: a server that
    // does not answer must not block without limit.
    let settings = [
      ("connect_timeout", "10"), ("keepalives_idle", "30"), ("keepalives_interval", "10"),
      ("keepalives_count", "3"), ("dbname", dsn), ("fallback_application_name", applicationName),
      ("client_encoding", "UTF8"),
    ]
    return unsafe withCStrings(settings.map(\.0)) { keys in
      unsafe withCStrings(settings.map(\.1)) { values in
        unsafe PQconnectdbParams(keys, values, 1)
      }
    }
  }

  /// Calls `body` with C strings, ended by a null pointer.
  private static func withCStrings<Value>(
    _ texts: [String],
    _ body: ([UnsafePointer<CChar>?]) -> Value
  ) -> Value {
    let copies = unsafe texts.map { unsafe strdup($0) }
    defer { unsafe copies.forEach { unsafe free($0) } }
    return unsafe body(copies.map { unsafe UnsafePointer($0) } + [nil])
  }
}
