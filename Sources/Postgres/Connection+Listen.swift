// SPDX-License-Identifier: Apache-2.0
internal import CLibPQ
private import Glibc

/// Being told of what happens, instead of asking.
extension Connection {
  /// Asks to be told of a channel; behind a pool in transaction mode nothing is ever told.
  package func listen(to channel: String) async throws {
    try await execute("listen \(try quoted(identifier: channel))", name: "listen")
  }

  /// Waits, on the connection's own thread, until something is told or the time is over.
  ///
  /// - Returns: Whether something was told.
  /// - Throws: `ServerError` where the connection is lost.
  package func waitToBeTold(seconds: Double) throws -> Bool {
    let end = ContinuousClock.now + .seconds(seconds)
    while true {
      guard unsafe PQconsumeInput(handle) == 1 else {
        throw unsafe ServerError(result: nil, connection: handle, query: "listen")
      }
      var wasTold = false
      while let notice = unsafe PQnotifies(handle) {
        unsafe PQfreemem(notice)
        wasTold = true
      }
      if wasTold { return true }
      let left = end - ContinuousClock.now
      guard left > .zero else { return false }
      var descriptor = unsafe pollfd(
        fd: PQsocket(handle),
        events: Int16(POLLIN),
        revents: 0
      )
      let milliseconds =
        left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000
      _ = unsafe poll(&descriptor, 1, Int32(min(milliseconds + 1, 60_000)))
    }
  }
}
