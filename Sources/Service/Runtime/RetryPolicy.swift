// SPDX-License-Identifier: Apache-2.0
import Postgres
import Store

/// How long and how often something is tried again that a server, or the way to it, made fail.
package struct RetryPolicy: Sendable {
  /// The time after the first failure in which it is tried again.
  private let patience: Duration
  private static let firstPause = 0.1
  private static let longestPause = 5.0

  package init(patience: Duration) { self.patience = patience }

  /// Runs `body` until it succeeds, fails for a reason that waiting does not fix, or has failed for
  /// too long.
  ///
  /// Pauses double from a tenth of a second to five, each shortened at random by up to a half, so
  /// that many clients do not come back together.
  ///
  /// - Parameters:
  ///   - onRetry: Receives the error and the seconds until the next attempt.
  ///   - body: Is called with what is known of the attempts so far.
  /// - Returns: What `body` returns.
  /// - Throws: The last error. A server that was never reached is an error at once: it is more
  ///   likely to be a wrong name than a short absence.
  func run<Value>(
    onRetry: (any Error, Double) -> Void,
    _ body: (Attempt) async throws -> Value
  ) async throws -> Value {
    let attempt = Attempt()
    var since: ContinuousClock.Instant?
    var pause = Self.firstPause
    while true {
      do {
        return try await body(attempt)
      } catch {
        let start = since ?? .now
        since = start
        guard attempt.canRecover(error), ContinuousClock.now - start < patience else { throw error }
        let seconds = pause * Double.random(in: 0.5...1)
        onRetry(error, seconds)
        try await Task.sleep(for: .seconds(seconds))
        pause = min(pause * 2, Self.longestPause)
        attempt.hasFailed = true
      }
    }
  }

  /// What is known of the attempts so far; used by one task.
  final class Attempt {
    /// Whether the server has answered in this run.
    var hasConnected = false
    fileprivate var hasFailed = false

    /// Whether another attempt may succeed.
    fileprivate func canRecover(_ error: any Error) -> Bool {
      switch error {
      case is ConcurrentUpdate: true
      // Our own lost session may hold the lock until the server has noticed.
      case is ModelLocked: hasFailed
      case let error as ServerError:
        error.isServerNotReady || hasConnected && (error.isConnectionLoss || error.isMomentary)
      default: false
      }
    }
  }
}
