// SPDX-License-Identifier: Apache-2.0
internal import CLibPQ
private import Glibc

/// Waiting for notifications, instead of polling.
extension Connection {
  /// Subscribes to a channel; behind a pool in transaction mode no notification ever arrives.
  package func listen(to channel: String) async throws {
    try await execute("listen \(try quoted(identifier: channel))", name: "listen")
  }

  /// Waits, on the connection's own thread, until a notification arrives or the time is over.
  ///
  /// - Parameter seconds: The longest wait.
  /// - Returns: Whether a notification arrived.
  /// - Throws: `ServerError` where the connection is lost.
  package func waitForNotification(seconds: Double) throws -> Bool {
    let end = ContinuousClock.now + .seconds(seconds)
    while true {
      guard unsafe PQconsumeInput(handle) == 1 else {
        throw unsafe ServerError(result: nil, connection: handle, query: "listen")
      }
      var wasNotified = false
      while let notice = unsafe PQnotifies(handle) {
        unsafe PQfreemem(notice)
        wasNotified = true
      }
      if wasNotified { return true }
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
