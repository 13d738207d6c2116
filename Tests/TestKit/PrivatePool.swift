// SPDX-License-Identifier: Apache-2.0
import Foundation
package import LocalServer

/// A pgbouncer in transaction mode before a server: each transaction may get another session.
package struct PrivatePool: Sendable {
  private let folder: URL

  package static let isAvailable = FileManager.default.isExecutableFile(atPath: program)
  package static let reason: String = "needs pgbouncer: bin/test installs it"
  private static let program = "/usr/sbin/pgbouncer"

  package var dsn: String { "host=\(folder.path) port=6432 user=owner dbname=postgres" }

  /// Runs `body` with a pool before the server in a folder.
  package static func with<Value>(
    before server: PrivateServer,
    _ body: (PrivatePool) async throws -> Value
  ) async throws -> Value {
    let pool = PrivatePool(folder: server.folder)
    let settings = server.folder.appendingPathComponent("pool.ini")
    let folder = server.folder.path
    try """
    [databases]
    ; auth_type any takes the user from here
    * = host=\(folder) user=owner
    [pgbouncer]
    listen_addr =
    listen_port = 6432
    unix_socket_dir = \(folder)
    auth_type = any
    pool_mode = transaction
    default_pool_size = 8
    logfile = \(folder)/pool.log
    pidfile = \(folder)/pool.pid
    ignore_startup_parameters = extra_float_digits
    """.write(to: settings, atomically: true, encoding: .utf8)
    try await PrivateServer.run(
      PrivateServer.asServer([program, "-d", settings.path]),
      in: server.folder
    )
    let socket = server.folder.appendingPathComponent(".s.PGSQL.6432").path
    for _ in 0..<400 where !FileManager.default.fileExists(atPath: socket) {
      try await Task.sleep(for: .milliseconds(50))
    }
    do {
      let value = try await body(pool)
      try await pool.stop()
      return value
    } catch {
      try? await pool.stop()
      throw error
    }
  }

  private func stop() async throws {
    let file = folder.appendingPathComponent("pool.pid")
    let text = try String(contentsOf: file, encoding: .utf8)
    if let number = Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)) {
      kill(number, SIGTERM)
    }
  }
}
