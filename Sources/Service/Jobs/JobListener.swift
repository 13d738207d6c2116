// SPDX-License-Identifier: Apache-2.0
import Postgres

/// Wakes a worker when a job is made, and otherwise after a while.
///
/// A notification saves time and nothing depends on it: where there is none, as behind a pool in
/// transaction mode, the worker polls.
package actor JobListener {
  private let dsn: String
  private var connection: Connection?

  /// A listener.
  ///
  /// - Parameter dsn: A direct connection to the server.
  package init(_ dsn: String) { self.dsn = dsn }

  /// Waits until a job is made, or for so many seconds; returns whether it was notified.
  @discardableResult
  package func wait(seconds: Double) async throws -> Bool {
    do {
      let listener = try await listener()
      return try await listener.waitForNotification(seconds: seconds)
    } catch is ServerError {
      // The server is away, or the connection was lost: the next wait makes another.
      connection = nil
      try await Task.sleep(for: .seconds(seconds))
      return false
    }
  }

  private func listener() async throws -> Connection {
    if let connection { return connection }
    let made = try await Connection.open(dsn, applicationName: "plumbline jobs")
    try await made.listen(to: "plumbline_job")
    connection = made
    return made
  }
}
