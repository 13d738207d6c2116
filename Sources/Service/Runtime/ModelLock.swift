// SPDX-License-Identifier: Apache-2.0
import Postgres
import Store
import Synchronization

extension Runtime {
  /// Runs `body` as the only run at work on a model.
  ///
  /// Checks and recorded replays run under it; what follows a check does not. The lock is that of a
  /// transaction of its own that reads and writes nothing. It keeps runs from doing the same work
  /// twice; that nothing is counted twice does not depend on it, since all writes refuse watermarks
  /// that have moved.
  ///
  /// - Throws: `ModelLocked` when another run is at work on the model.
  func withModelLock<Value: Sendable>(
    _ model: String,
    _ body: @Sendable (Connection) async throws -> Value
  ) async throws -> Value {
    try await retrying(model) { attempt in
      let lock = try await open()
      attempt.hasConnected = true
      try await requireSchema(lock)
      let done = Mutex<Value?>(nil)
      do {
        try await lock.withTransaction { lock in
          try await Self.lock(model, on: lock)
          // The lock lasts as long as the work; the customers' tables must be vacuumed meanwhile.
          try await lock.releaseSnapshot()
          let value = try await body(try await open())
          done.withLock { $0 = value }
        }
      } catch {
        // What was done is done, even where the lock could not be released in form.
        if let value = done.withLock({ $0 }) { return value }
        throw error
      }
      guard let value = done.withLock({ $0 }) else { preconditionFailure("the body has run") }
      return value
    }
  }
}

extension Runtime {
  /// How often a lock is tried, and how long between: the server may need a moment to see that the
  /// run that held it is gone.
  private static let (lockAttempts, lockPause) = (4, Duration.milliseconds(200))

  private static func lock(_ model: String, on connection: Connection) async throws {
    for attempt in 1...lockAttempts {
      if try await ModelStore(connection).tryLock(model) { return }
      if attempt < lockAttempts { try await Task.sleep(for: lockPause) }
    }
    throw ModelLocked(model: model)
  }
}

/// Another process is at work on the model.
package struct ModelLocked: Error, CustomStringConvertible {
  let model: String
  package var description: String {
    "another run is checking '\(model)'; nothing was done. Try again when it has ended"
  }
}
