// SPDX-License-Identifier: Apache-2.0
internal import CLibPQ
private import Glibc

/// Takes the messages of a `COPY … TO STDOUT`, each with whole rows.
package protocol CopySink: Sendable {
  /// Takes one message; its bytes are gone after the call.
  mutating func receive(_ message: RawSpan) throws
}

/// Gives the bytes of a `COPY … FROM STDIN`, piece by piece.
package protocol CopySource: Sendable {
  /// Returns the next piece, or nil at the end.
  mutating func next() throws -> [UInt8]?
}

extension Connection {
  /// Streams what a `COPY (…) TO STDOUT` sends into a sink and returns the sink.
  ///
  /// Memory does not depend on the number of rows: each message is freed after the sink has seen
  /// it.
  ///
  /// - Throws: `ServerError`, or what the sink threw; the connection can be used again either way.
  package func copyOut<Sink: CopySink>(
    _ sql: String,
    name: String,
    into sink: consuming Sink
  ) async throws -> Sink {
    let canceller = cancellation
    return try await withTaskCancellationHandler { [sink = consume sink] in
      try Task.checkCancellation()
      return try stream(sql, name: name, into: sink)
    } onCancel: {
      canceller.cancel()
    }
  }

  private func stream<Sink: CopySink>(
    _ sql: String,
    name: String,
    into sink: consuming Sink
  ) throws -> Sink {
    try begin(sql, name: name, expecting: PGRES_COPY_OUT)
    var buffer: UnsafeMutablePointer<CChar>?
    while true {
      var length = unsafe PQgetCopyData(handle, &buffer, 1)
      while length == 0 {
        try waitForData(name)
        length = unsafe PQgetCopyData(handle, &buffer, 1)
      }
      guard length > 0 else { break }
      defer { unsafe PQfreemem(buffer) }
      let bytes = unsafe UnsafeRawBufferPointer(start: buffer, count: Int(length))
      do {
        try sink.receive(unsafe bytes.bytes)
      } catch {
        cancellation.cancel()
        drain()
        throw error
      }
    }
    try finish(name)
    return sink
  }

  /// Waits until the server has sent more, and takes it up.
  ///
  /// The server sends eight kilobytes at a time. Woken for each of them, two processes change
  /// places tens of thousands of times a second; a short nap lets the socket fill instead.
  private func waitForData(_ name: String) throws {
    var descriptor = unsafe pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
    if unsafe poll(&descriptor, 1, 0) == 0 {
      usleep(Self.nap)
      // An interrupted wait is repeated by the caller.
      _ = unsafe poll(&descriptor, 1, -1)
    }
    guard unsafe PQconsumeInput(handle) == 1 else {
      throw unsafe ServerError(result: nil, connection: handle, query: name)
    }
  }

  /// Microseconds in which a server fills a good part of a socket's buffer.
  private static let nap: UInt32 = 400

  /// Sends what a source gives to a `COPY … FROM STDIN` and returns the number of rows stored.
  ///
  /// - Throws: `ServerError`, or what the source threw; then nothing is stored.
  @discardableResult
  package func copyIn<Source: CopySource>(
    _ statement: Statement,
    from source: consuming Source
  ) async throws -> Int {
    let name = statement.name
    try begin(statement.text, name: name, expecting: PGRES_COPY_IN)
    do {
      while let piece = try source.next() {
        try Task.checkCancellation()
        let sent = unsafe piece.withUnsafeBytes { bytes in
          unsafe PQputCopyData(
            handle,
            bytes.baseAddress?.assumingMemoryBound(to: CChar.self),
            Int32(bytes.count)
          )
        }
        guard sent == 1 else { break }
      }
    } catch {
      _ = unsafe PQputCopyEnd(handle, "the sender stopped")
      drain()
      throw error
    }
    _ = unsafe PQputCopyEnd(handle, nil)
    return try finish(name)
  }

  /// Sends what a source gives to a `COPY … FROM STDIN` that is made while the program runs; it is
  /// called `name` in errors.
  ///
  /// - Throws: As the other.
  @discardableResult
  package func copyIn<Source: CopySource>(
    _ text: String,
    name: String,
    from source: consuming Source
  ) async throws -> Int {
    try await copyIn(Statement(name: name, text: text), from: source)
  }

  private func begin(_ sql: String, name: String, expecting status: ExecStatusType) throws {
    let result = unsafe PQexec(handle, sql)
    defer { unsafe PQclear(result) }
    guard unsafe PQresultStatus(result) == status else {
      throw unsafe ServerError(result: result, connection: handle, query: name)
    }
  }

  /// Reads the results behind a COPY and returns the number of rows.
  @discardableResult
  private func finish(_ name: String) throws -> Int {
    var rows = 0
    var failure: ServerError?
    while let result = unsafe PQgetResult(handle) {
      defer { unsafe PQclear(result) }
      if unsafe PQresultStatus(result) == PGRES_COMMAND_OK {
        rows = Int(unsafe String(cString: PQcmdTuples(result))) ?? 0
      } else {
        let error = unsafe ServerError(result: result, connection: handle, query: name)
        failure = failure ?? error
        if unsafe PQstatus(handle) == CONNECTION_BAD { break }
      }
    }
    if let failure { throw failure }
    guard unsafe PQstatus(handle) == CONNECTION_OK else {
      throw unsafe ServerError(result: nil, connection: handle, query: name)
    }
    return rows
  }

  /// Throws away the rest of a COPY that was given up.
  private func drain() {
    var buffer: UnsafeMutablePointer<CChar>?
    while unsafe PQgetCopyData(handle, &buffer, 0) > 0 { unsafe PQfreemem(buffer) }
    while let result = unsafe PQgetResult(handle) { unsafe PQclear(result) }
  }
}
