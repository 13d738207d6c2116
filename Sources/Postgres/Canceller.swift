// SPDX-License-Identifier: Apache-2.0
private import CLibPQ

/// Asks the server to stop what a connection is doing; usable from any thread.
///
/// libpq documents `PQcancel` as safe to call from another thread, and the object never changes:
/// that is what makes the conformance to `Sendable` true.
@safe
final class Canceller: @unchecked Sendable {
  private let raw: OpaquePointer?

  init(_ connection: OpaquePointer) { unsafe raw = unsafe PQgetCancel(connection) }

  deinit { unsafe PQfreeCancel(raw) }

  func cancel() {
    // A cancel request that does not get through leaves the statement to its timeout.
    var message = [CChar](repeating: 0, count: 256)
    _ = unsafe PQcancel(raw, &message, Int32(message.count))
  }
}
